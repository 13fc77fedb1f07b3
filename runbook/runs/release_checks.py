"""What a release proves at its end: its own deployment was completed, and the section's checks hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from runbook import document
from runbook.aws.reads import Recorded
from runbook.engine.journal_read import JournalReader
from runbook.engine.survey import Survey, known_from
from runbook.kinds.ecs_service import described_service
from runbook.model import CheckResult, Finding
from runbook.runs.checking import check_sections
from runbook.runs.runs import Runs

SECTION = 11


def check_release(runs: Runs, run: str, services: Sequence[str]) -> Iterator[CheckResult]:
    """The results, with fresh reads.

    Parameters
    ----------
    run: the run that released, whose answers say which deployment is ours.
    """
    begun = _begun(runs, run)
    for service in services:
        yield _ours(runs, service, begun.get(f"services.{service}", ""))
    place = runs.place
    reads = place.session.look()
    ids = [id_ for id_, one in runs.graph.resources.items() if one.section in (4, 6)]
    found = Survey(runs.graph, place.session.look, clock=place.clock).run(ids, reads)
    chosen = document.choose([str(SECTION)])
    yield from check_sections(
        chosen, place.deployment, place.session.look, known_from(found), place.clock, rehearsal=place.rehearsal
    )


def _begun(runs: Runs, run: str) -> dict[str, str]:
    """Resource id -> id of the deployment that this run began."""
    with JournalReader.read(runs.place.journal) as journal:
        return {
            one.resource: str(one.body["outputs"]["deployment"])
            for one in journal.entries(run)
            if one.kind == "result" and (one.body.get("outputs") or {}).get("deployment")
        }


def _ours(runs: Runs, service: str, begun: str) -> CheckResult:
    place = runs.place
    name = place.deployment.ecs_service(service)
    aws = Recorded(place.session.look())
    found = described_service(aws, place.deployment.cluster, name) or {}
    primary: dict[str, Any] = next((one for one in found.get("deployments", []) if one["status"] == "PRIMARY"), {})
    return CheckResult(
        id=f"releases.{service}-ours",
        section=SECTION,
        statement=f"The deployment of {name} that was completed is the one of this release",
        outcome=(finding := _judged(name, primary, begun)).outcome,
        detail=finding.detail,
        hint=finding.hint,
        at=place.clock.now(),
        evidence=aws.evidence,
    )


def _judged(name: str, primary: dict[str, Any], begun: str) -> Finding:
    found, state = primary.get("id", "none"), primary.get("rolloutState", "not there")
    if state != "COMPLETED" or (begun and found != begun):
        wanted = f", and ours is {begun}" if begun else ""
        return Finding("failed", f"the newest deployment of {name} is {found}, {state}{wanted}", "Release again.")
    if not begun:
        return Finding("passed", f"{found} is completed; this run found it begun, or had nothing to deploy")
    return Finding("passed", f"{found} is completed, and this release began it")
