"""The workflow with which GitHub releases: signs in as the role of section 11, builds, pushes, deploys, looks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from runbook.errors import SettingsError
from runbook.settings import Deployment

CHECKOUT: Final = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2"
CREDENTIALS: Final = "aws-actions/configure-aws-credentials@7474bc4690e29a8392af63c5b98e7449536d5c3a # v4.3.1"
"""Pinned by commit, because a tag can be moved to other code.

Source: pairs of commit and version as many public workflows pin them, seen 2026-11-23.
"""

_RUNNERS = {"X86_64": ("ubuntu-24.04", "amd64"), "ARM64": ("ubuntu-24.04-arm", "arm64")}
"""Processor -> GitHub's runner of that processor, so that nothing is built by emulation; and the engines' name."""

_MINUTES = 120
"""Bound of the whole job: a first build of a compiled language, and two rollouts."""

FOLDERS: Final[Mapping[str, str]] = {"web": "src/karet", "worker": "src/karet-worker", "poller": "poller"}
"""Where the sources are in the repository, as the settings have them without a word."""

_FOLDER = re.compile(r"(?!/|.*\.\.)[A-Za-z0-9._/-]{1,200}")

_SERVICES: Final[Mapping[str, tuple[str, ...]]] = {"worker": ("worker", "poller"), "web": ("web",)}
"""Service -> the images in its tasks; the worker first, because the web application calls it."""

_BUILD = """\
tag="${GITHUB_SHA::12}-$PROCESSOR"
known() {
  aws ecr describe-images --repository-name "$REPOSITORY" --image-ids imageTag="$tag" \\
    --query 'imageDetails[0].imageDigest' --output text
}
# A commit that was pushed before keeps its image: the registry lets nobody move its tag.
if ! digest="$(known 2>/dev/null)"; then
  docker buildx build --load --platform "linux/$PROCESSOR" --provenance=false --sbom=false \\
    --tag "$REGISTRY/$REPOSITORY:$tag" "$FOLDER"
  docker push "$REGISTRY/$REPOSITORY:$tag"
  digest="$(known)"
fi
echo "image=$REGISTRY/$REPOSITORY@$digest" >> "$GITHUB_OUTPUT"
"""

_DEPLOY = """\
described() {
  aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" --query "$1" --output "$2"
}
running="$(described 'services[0].taskDefinition' text)"
aws ecs describe-task-definition --task-definition "$running" --include TAGS > running.json
# The same revision with other images; what only AWS writes into a revision is left out.
jq --argjson images "$IMAGES" --arg release "${GITHUB_SHA::12}" '
  [(.tags // [])[] | select(.key != "karet:release")] as $tags
  | .taskDefinition
  | del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities,
        .registeredAt, .registeredBy, .deregisteredAt)
  | .containerDefinitions |= map(.image = ($images[.name] // .image))
  | .tags = $tags + [{key: "karet:release", value: $release}]
' running.json > next.json
revision="$(aws ecs register-task-definition --cli-input-json file://next.json \\
  --query 'taskDefinition.taskDefinitionArn' --output text)"
deployment="$(aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --task-definition "$revision" \\
  --query "service.deployments[?status=='PRIMARY'].id | [0]" --output text)"
state=IN_PROGRESS
for _ in $(seq 120); do
  state="$(described "services[0].deployments[?id=='$deployment'].rolloutState | [0]" text)"
  [ "$state" = IN_PROGRESS ] || break
  sleep 10
done
if [ "$state" != COMPLETED ]; then
  # A deployment that is not listed any more was rolled back: the service is well then, on the old revision.
  echo "::error::$SERVICE: deployment $deployment is $state; $running runs again"
  described 'services[0].events[:10].message' json
  if [ "$(described 'services[0].taskDefinition' text)" != "$running" ]; then
    aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --task-definition "$running" > /dev/null
  fi
  exit 1
fi
read -r -a tasks <<< "$(aws ecs list-tasks --cluster "$CLUSTER" --service-name "$SERVICE" \\
  --desired-status RUNNING --query taskArns --output text)"
if [ "${tasks[0]:-None}" != None ]; then
  aws ecs describe-tasks --cluster "$CLUSTER" --tasks "${tasks[@]}" | jq --exit-status --argjson images "$IMAGES" '
    [.tasks[].containers[] | select($images[.name])]
    | all(.imageDigest == ($images[.name] | split("@")[1]))
  '
fi
"""


def github_actions(deployment: Deployment, folders: Mapping[str, str] | None = None) -> str:
    """The workflow as YAML.

    Parameters
    ----------
    deployment: with the account known.
    folders: part (web, worker, poller) -> folder in the repository; the rest as in `FOLDERS`.

    Raises
    ------
    SettingsError: no repository is named, so that there is no role to sign in as; or a folder is none.
    """
    if not deployment.github.repository:
        raise SettingsError(
            "github.repository is not set, so no role lets GitHub in",
            hint='Set github.repository = "owner/name", then `karet apply 11`, then export again.',
        )
    places = {**FOLDERS, **(folders or {})}
    for part, folder in places.items():
        if not _FOLDER.fullmatch(folder):
            raise SettingsError(
                f"{folder!r} is not a folder inside the repository for the {part} image",
                hint="Write it from the root of the repository, with letters, digits, dots, hyphens and slashes.",
            )
    return "\n".join([*_head(deployment), *_steps(deployment, places), ""])


def _head(deployment: Deployment) -> Iterator[str]:
    stack, account = deployment.stack, deployment.account or ""
    runner, processor = _RUNNERS[deployment.architecture]
    yield f"# Releases the stack {stack}; written by `karet export github-actions`. Belongs into .github/workflows/ of"
    yield f"# {deployment.github.repository}; `karet apply 11` makes the role that it signs in as."
    yield f"name: {_text(f'Release {stack}')}"
    yield ""
    yield "on:"
    yield "  push:"
    yield f"    branches: [{_text(deployment.github.branch)}]"
    yield "  workflow_dispatch:"
    yield ""
    yield "permissions: {}"
    yield ""
    yield "# One release at a time; the next one waits, because a rollout that is cut off is worse than a late one."
    yield "concurrency:"
    yield f"  group: {_text(f'release-{stack}')}"
    yield "  cancel-in-progress: false"
    yield ""
    yield "jobs:"
    yield "  release:"
    yield "    name: Build, push and deploy"
    yield f"    runs-on: {runner}"
    yield f"    timeout-minutes: {_MINUTES}"
    yield "    permissions:"
    yield "      contents: read"
    yield "      id-token: write # the token that the role is taken on with"
    yield "    defaults:"
    yield "      run:"
    yield "        shell: bash"
    yield "    env:"
    yield f"      CLUSTER: {_text(deployment.cluster)}"
    yield f"      PROCESSOR: {_text(processor)}"
    yield f"      REGISTRY: {_text(deployment.registry(account))}"


def _steps(deployment: Deployment, folders: Mapping[str, str]) -> Iterator[str]:
    account, region = deployment.account or "", deployment.region
    yield "    steps:"
    yield from _step("Check out", [f"uses: {CHECKOUT}", "with:", "  persist-credentials: false"])
    yield from _step(
        "Sign in to AWS",
        [
            f"uses: {CREDENTIALS}",
            "with:",
            f"  role-to-assume: {_text(f'arn:aws:iam::{account}:role/{deployment.github_role}')}",
            f"  aws-region: {_text(region)}",
            f"  allowed-account-ids: {_text(account)}",
        ],
    )
    login = 'aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"'
    yield from _step("Sign in to the registry", [f"run: {login}"])
    for part in deployment.image_parts:
        values = {"FOLDER": folders[part], "REPOSITORY": deployment.repository(part)}
        yield from _step(f"Build and push the {part} image", [f"id: {part}", *_env(values), *_run(_BUILD)])
    for service, parts in _SERVICES.items():
        images = {
            deployment.family(part): f"${{{{ steps.{part}.outputs.image }}}}"
            for part in parts
            if part in deployment.image_parts
        }
        values = {"IMAGES": json.dumps(images), "SERVICE": deployment.ecs_service(service)}
        yield from _step(f"Deploy the {service} service", [*_env(values), *_run(_DEPLOY)])


def _step(name: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"      - name: {name}"
    yield from (f"        {line}".rstrip() for line in lines)


def _env(values: Mapping[str, str]) -> Iterator[str]:
    yield "env:"
    yield from (f"  {name}: {_text(value)}" for name, value in values.items())


def _run(script: str) -> Iterator[str]:
    yield "run: |"
    yield from (f"  {line}" for line in script.splitlines())


def _text(value: str) -> str:
    """A text in quotes that YAML reads as it is."""
    return "'" + value.replace("'", "''") + "'"
