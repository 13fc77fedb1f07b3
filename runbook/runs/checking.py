"""Checks: every resource is as declared, and every statement of a section is true; each with the reads that show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from runbook.aws.reads import Reads, Recorded
from runbook.engine.clock import Clock
from runbook.engine.survey import Surveyed, look_at
from runbook.errors import AwsError, RunbookError, UnknownError
from runbook.model import Check, CheckResult, Finding, Known, Section
from runbook.settings import Deployment

_AT_ONCE = 8


def check_resources(
    found: Iterable[Surveyed], reads: Reads, outputs: Mapping[str, Mapping[str, str] | None], clock: Clock
) -> list[CheckResult]:
    """One result for each surveyed resource: whether it exists and is as declared.

    Parameters
    ----------
    found: a survey made with `reads`, so that looking again for the evidence sends nothing.
    """
    results = []
    for one in found:
        recorded = Recorded(reads)
        look_at(one.resource, recorded, Known(outputs))
        as_declared = one.change.action == "none" and (one.state.status == "ready" or not one.resource.wanted)
        results.append(
            CheckResult(
                id=one.resource.id,
                section=one.resource.section,
                statement=f"{one.resource.id} is as declared",
                outcome="passed" if as_declared else "failed",
                detail=_described(one),
                hint="" if as_declared else "`karet plan` shows what apply would do about it.",
                at=clock.now(),
                evidence=recorded.evidence,
            )
        )
    return results


def _described(one: Surveyed) -> str:
    what = f"{one.change.kind} {one.state.name}".strip()
    foreign = f"; kept from others: {', '.join(one.state.foreign)}" if one.state.foreign else ""
    return f"{what} {one.change.stop or one.change.reason}{foreign}"


def check_sections(
    sections: Sequence[Section],
    deployment: Deployment,
    new_reads: Callable[[], Reads],
    outputs: Mapping[str, Mapping[str, str] | None],
    clock: Clock,
    *,
    rehearsal: bool,
) -> list[CheckResult]:
    """The results of the sections' own checks, in their order; what an embedded AWS cannot show is not rehearsed."""
    reads = new_reads()
    asked = [(section, check) for section in sections for check in section.checks(deployment)]

    def one(section: Section, check: Check) -> CheckResult:
        recorded = Recorded(reads)
        if rehearsal and check.not_rehearsed:
            finding = Finding("not_rehearsed", check.not_rehearsed)
        else:
            finding = _run(check, recorded, Known(outputs))
        return CheckResult(
            id=check.id,
            section=section.number,
            statement=check.statement,
            outcome=finding.outcome,
            detail=finding.detail,
            hint=finding.hint,
            at=clock.now(),
            evidence=recorded.evidence,
        )

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="check") as pool:
        return list(pool.map(lambda pair: one(*pair), asked))


def _run(check: Check, aws: Recorded, known: Known) -> Finding:
    try:
        return check.run(aws, known)
    except UnknownError:
        return Finding("failed", "what it is about does not exist yet", "Apply the section first.")
    except AwsError as error:
        return Finding("failed", f"{error.service}.{error.operation} answered {error.code}: {error.text}", error.hint)
    except RunbookError as error:
        return Finding("failed", error.message, error.hint)
