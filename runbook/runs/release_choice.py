"""What a release takes for each image: a folder, an image by digest, or the version that ran before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runbook.engine.journal_read import JournalReader
from runbook.errors import PlanError
from runbook.kinds.ecs_history import deployments_of
from runbook.kinds.task_definition import RELEASE
from runbook.model import ReadOnlyAws
from runbook.runs.release_back import Way, way_back
from runbook.runs.runs import Runs
from runbook.settings import SERVICES, Deployment

ROLLBACK_COMMAND = "karet release --rollback"
"""How the command of a rollback begins in the journal, by which one that was cut off is known again."""


@dataclass(frozen=True)
class Choice:
    """One image of a release.

    Parameters
    ----------
    source: folder to build; empty for the one of the settings.
    given: REPOSITORY@sha256:...; nothing is built then.
    stands_for: tag that stands for a new version in a rehearsal with sample sources.
    """

    source: str = ""
    given: str = ""
    stands_for: str = ""


def sources_of(folders: Mapping[str, Path]) -> dict[str, Choice]:
    """Each part built from its folder."""
    return {part: Choice(source=str(folder)) for part, folder in folders.items()}


def named_images(references: Mapping[str, str]) -> dict[str, Choice]:
    """Each part by its digest."""
    return {part: Choice(given=reference) for part, reference in references.items()}


def go_back(runs: Runs) -> tuple[dict[str, Choice], tuple[str, ...]]:
    """The images of the version before the present one, and how they were chosen.

    What was released together goes back together: the services whose revisions carry the same release as the one that
    changed last.

    Raises
    ------
    PlanError: there is nothing to go back to; the reason is given for each service.
    """
    if begun := _begun_rollback(runs):
        told = ", ".join(f"{part} {image}" for part, image in begun.items())
        return named_images(begun), (f"going on with the rollback that was cut off: {told}",)
    deployment, aws = runs.place.deployment, runs.place.session.look()
    ways = {service: _way(deployment, service, aws) for service in SERVICES}
    running = {service: one for service, one in ways.items() if one.now is not None}
    if not any(one.to for one in running.values()):
        raise PlanError(
            "there is no version to go back to: " + "; ".join(one.why for one in ways.values()),
            hint="`karet release --image web=REPOSITORY@sha256:...` brings out any image that is in the repository.",
        )
    last = max(running, key=lambda service: running[service].now.began)  # type: ignore[union-attr]  # filtered above
    of = {service: _release_of(aws, one) for service, one in running.items()}
    together = [service for service in running if service == last or (of[last] and of[service] == of[last])]
    images: dict[str, str] = {}
    for service in together:
        if (to := ways[service].to) is not None:
            images |= to.images
    if not images:
        raise PlanError(
            f"the last release has nothing before it: {ways[last].why}",
            hint="`karet release --image web=REPOSITORY@sha256:...` brings out any image that is in the repository.",
        )
    notes = [ways[service].why for service in together]
    notes += [
        f"{deployment.ecs_service(service)} stays as it is: it was not part of the last release"
        for service in SERVICES
        if service not in together
    ]
    return named_images(images), tuple(notes)


def _way(deployment: Deployment, service: str, aws: ReadOnlyAws) -> Way:
    parts = [service, *(["poller"] if service == "worker" and "poller" in deployment.image_parts else [])]
    name = deployment.ecs_service(service)
    names = {deployment.family(part): part for part in parts}
    return way_back(name, deployments_of(aws, deployment.cluster, name), names)


def _release_of(aws: ReadOnlyAws, way: Way) -> str:
    """The release that brought the present version; empty for one that the first apply brought."""
    if way.now is None:
        return ""
    arn = way.now.task_definition
    answer = aws.find("ecs", "DescribeTaskDefinition", ("ClientException",), taskDefinition=arn, include=["TAGS"])
    return next((tag["value"] for tag in (answer or {}).get("tags", []) if tag["key"] == RELEASE), "")


def _begun_rollback(runs: Runs) -> dict[str, str]:
    """The images of a rollback that died on this machine and is the last run; empty for none."""
    if not runs.place.journal.exists():
        return {}
    with JournalReader.read(runs.place.journal) as journal:
        last = next(iter(journal.runs(limit=1)), None)
    if last is None or last.ended_at is not None or not str(last.start.get("command", "")).startswith(ROLLBACK_COMMAND):
        return {}
    deployment = runs.place.deployment
    parts = {deployment.family(part): part for part in deployment.image_parts}
    return {
        parts[container["name"]]: container["image"]
        for change in last.start.get("plan", {}).get("changes", [])
        for call in change["calls"]
        if call["operation"] == "RegisterTaskDefinition"
        for container in call["params"]["containerDefinitions"]
        if container["name"] in parts and "@sha256:" in container["image"]
    }
