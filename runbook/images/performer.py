"""Carries out calls of the service `image`: Build and Push."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook.calls import Call, Permission, canonical, digest
from runbook.engine.performers import Answer, Workbench
from runbook.errors import AwsError, ImageError
from runbook.images.registry import Manifest, login_from, read_manifest

if TYPE_CHECKING:
    from runbook.images.engine import Engine

NOT_REHEARSED = "not rehearsed: the embedded AWS has no registry, so a placeholder stands for the image"

_PARAMS = {
    "Build": frozenset({"source", "platform", "uri", "tag"}),
    "Push": frozenset({"repository", "uri", "tag"}),
}
_PUSH_ACTIONS = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
    "ecr:DescribeImages",
)
"""What a push needs on the repository. Source: AWS docs: IAM permissions for pushing an image to an Amazon ECR
private repository."""
_NOT_THERE = ("ImageNotFoundException",)


def _first_engine() -> Engine:
    """The first engine that answers; its library is loaded only when something is built or pushed."""
    from runbook.images.engine import open_engine

    return open_engine()


@dataclass(frozen=True)
class ImagePerformer:
    """Builds and pushes with the engine of this machine.

    Parameters
    ----------
    rehearsal: ECR is the embedded AWS, which has no registry.
    registry: address of another registry that takes the pushes in place of ECR's; empty for ECR's own.
    logs: folder for what builds say.
    tell: gets lines for people.
    engine: finds the container engine.
    """

    rehearsal: bool
    registry: str
    logs: Path
    tell: Callable[[str], None]
    engine: Callable[[], Engine] = _first_engine

    def problems(self, call: Call) -> list[str]:
        """Whether the operation exists and gets exactly its parameters."""
        wanted = _PARAMS.get(call.operation)
        if wanted is None:
            return [f"{call.name}: there is no such operation; there are {', '.join(_PARAMS)}"]
        if set(call.params) != wanted:
            return [f"{call.name} takes {', '.join(sorted(wanted))}, but got {', '.join(sorted(call.params))}"]
        return []

    def permissions(self, call: Call) -> tuple[Permission, ...]:
        """Building needs none; pushing logs in and needs the repository."""
        if call.operation == "Build":
            return ()
        return (Permission("ecr:GetAuthorizationToken"), *(Permission(one, call.on) for one in _PUSH_ACTIONS))

    def perform(self, call: Call, bench: Workbench) -> Answer:
        """Do it, or say that it is not rehearsed.

        Raises
        ------
        ImageError: no engine, a failed build, a refused push, an image for another processor.
        """
        if self.rehearsal and not self.registry:
            return self._placeholder(call, bench)
        engine = self.engine()
        try:
            return self._build(call, engine, bench) if call.operation == "Build" else self._push(call, engine, bench)
        finally:
            engine.close()

    def _build(self, call: Call, engine: Engine, bench: Workbench) -> Answer:
        from runbook.images.build import Order, build

        params = call.params
        name = f"{params['uri']}:{params['tag']}"
        log = self.logs / f"{params['uri'].rpartition('/')[2]}-{params['tag']}.log"
        self.tell(f"building {params['source']} for {params['platform']}; output in {log}")
        build(engine, Order(Path(params["source"]), name, params["platform"]), log, bench.stopped)
        return Answer({"image": name, "log": str(log)})

    def _push(self, call: Call, engine: Engine, bench: Workbench) -> Answer:
        from runbook.images.push import push

        repository, uri, tag = (str(call.params[name]) for name in ("repository", "uri", "tag"))
        there = _digest_in_ecr(bench, repository, tag)
        if there:
            # An earlier run pushed it and was cut off; the tag cannot be moved, so it is the same image.
            return Answer({"digest": there})
        login = login_from(bench.read("ecr", "GetAuthorizationToken"))
        target = f"{self.registry}/{repository}" if self.registry else uri
        if target != uri:
            engine.tag(f"{uri}:{tag}", target, tag)

        def tell(done: int, of: int) -> None:
            bench.page({"pushed_bytes": done, "of_bytes": of})
            self.tell(f"{repository}:{tag}: {done:,} of {of:,} bytes pushed")

        push(engine, target, tag, login, tell=tell, stopped=bench.stopped)
        if self.registry:
            manifest = read_manifest(self.registry, repository, tag, login)
            if manifest is None:
                raise ImageError(f"{target}:{tag} was pushed, but the registry does not have it")
            _put(bench, repository, tag, manifest)
        found = _digest_in_ecr(bench, repository, tag)
        if not found:
            raise ImageError(f"{target}:{tag} was pushed, but ECR does not have it", hint="Run the same command again.")
        return Answer({"digest": found})

    def _placeholder(self, call: Call, bench: Workbench) -> Answer:
        """In a rehearsal without a registry: put a manifest that says that it stands for an image."""
        if call.operation == "Build":
            self.tell(f"building {call.params['source']}: {NOT_REHEARSED}")
            return Answer({"not_rehearsed": NOT_REHEARSED})
        repository, tag = str(call.params["repository"]), str(call.params["tag"])
        self.tell(f"pushing {repository}:{tag}: {NOT_REHEARSED}")
        if not _digest_in_ecr(bench, repository, tag):
            _put(bench, repository, tag, placeholder(repository, tag))
        return Answer({"digest": _digest_in_ecr(bench, repository, tag), "not_rehearsed": NOT_REHEARSED})


def placeholder(repository: str, tag: str) -> Manifest:
    """A manifest without layers, the same one for the same name."""
    body: Mapping[str, Any] = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": f"sha256:{digest([repository, tag])}",
            "size": 2,
        },
        "layers": [],
        "annotations": {"org.opencontainers.image.title": f"placeholder for {repository}:{tag}"},
    }
    return Manifest(canonical(body), str(body["mediaType"]))


def _put(bench: Workbench, repository: str, tag: str, manifest: Manifest) -> None:
    """Tell ECR of an image that its own registry did not take."""
    bench.send(
        "ecr",
        "PutImage",
        repositoryName=repository,
        imageTag=tag,
        imageManifest=manifest.text,
        imageManifestMediaType=manifest.media_type,
        imageDigest=manifest.digest,
    )


def _digest_in_ecr(bench: Workbench, repository: str, tag: str) -> str:
    """The digest that ECR has under a tag; empty when it has none."""
    try:
        answer = bench.read("ecr", "DescribeImages", repositoryName=repository, imageIds=[{"imageTag": tag}])
    except AwsError as error:
        if error.code in _NOT_THERE:
            return ""
        raise
    images = answer.get("imageDetails", [])
    return str(images[0]["imageDigest"]) if images else ""
