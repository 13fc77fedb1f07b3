"""What became of the steps of a run, in words: in a phrase for the table, in full for the screen after a bad end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from karet_tui.in_app import in_app
from karet_tui.marks import BECAME, DONE, signed
from karet_tui.plain import cut, lines_of, one_line
from runbook.errors import AwsError

if TYPE_CHECKING:
    from runbook.calls import Call
    from runbook.diagnose.verdict import Verdict
    from runbook.engine.executor import Report, StepReport

_REFERENCE = re.compile(r"\$\{([^{}]+)\}")


def became(step: StepReport) -> str:
    """What became of a step, in a phrase."""
    if step.became == "done":
        return f"{DONE.get(step.change.action, 'is ready')}, {step.seconds:.0f} s"
    if step.became == "not_started":
        after = ", ".join(map(one_line, step.because))
        return f"not begun, because {after} is not done" if after else "not begun; the run was stopped"
    if isinstance(step.error, AwsError):
        return one_line(f"{step.error.code}: {step.error.text}")
    return one_line(step.error.message.splitlines()[0]) if step.error and step.error.message else step.became


def values_to_set(step: StepReport) -> dict[str, str]:
    """What a person has to enter somewhere, such as name and value of a DNS record, as AWS has given it."""
    call = next((one for one in step.change.calls if one.service == "person"), None)
    if call is None or step.error is None:
        return {}
    known = _known_from(call, step.error.hint)
    wanted = {name: value for name, value in call.params.items() if name not in ("what", "how")}
    filled = {name: _REFERENCE.sub(lambda one: known.get(one[1], one[0]), str(value)) for name, value in wanted.items()}
    return {name: value for name, value in filled.items() if not _REFERENCE.search(value)}


def _known_from(call: Call, hint: str) -> Mapping[str, str]:
    """The values of the references in `how`, read from the hint, which is the same text with the values in it."""
    names: list[str] = []
    pattern = ""
    for at, part in enumerate(_REFERENCE.split(str(call.params.get("how", "")))):
        pattern += r"(\S+?)" if at % 2 else re.escape(part)
        names += [part] if at % 2 else []
    found = re.fullmatch(pattern, hint)
    return dict(zip(names, found.groups(), strict=True)) if found else {}


def outcome_parts(report: Report) -> Iterator[Content]:
    """The failed steps with their verdicts, the waiting ones with what to do, and what is left."""
    steps = [one for one in report.steps if one.change.action != "none" or one.became not in ("done", "not_started")]
    for step in [one for one in steps if one.became == "failed"]:
        yield from _failed(step)
    for step in [one for one in steps if one.became == "waiting"]:
        yield from _waiting(step)
    if report.stopped_by is not None:
        yield Content.styled(lines_of(report.stopped_by), "bold")
        yield Content("")
    left = [one for one in steps if one.became == "not_started"]
    if left:
        yield Content.styled(f"Left to do ({len(left)})", "bold $text-accent")
        for step in left:
            yield Content.assemble("○ ", (one_line(step.change.id), "bold"), f"  {one_line(step.change.action)}")
            if step.because:
                yield Content.styled(f"    comes after {', '.join(map(one_line, step.because))}", "$secondary")


def _failed(step: StepReport) -> Iterator[Content]:
    from runbook.runs.rollout_advice import verdict_of

    yield Content.assemble(signed(BECAME, "failed"), "  ", (one_line(step.change.id), "bold"))
    error, verdict = step.error, verdict_of(step.error)
    if isinstance(error, AwsError):
        yield _fact("Call", f"{error.service}.{error.operation}")
        yield _fact("AWS says", error.code)
        if error.request_id:
            yield _fact("Request", error.request_id)
        yield Content(lines_of(error.text))
    elif verdict is not None:
        yield from _verdict(verdict)
    elif error is not None:
        yield Content(lines_of(in_app(error.message)))
    if error is not None and error.hint:
        yield Content.assemble(("Next: ", "bold $text-accent"), lines_of(in_app(error.hint)))
    yield Content("")


def _verdict(verdict: Verdict) -> Iterator[Content]:
    yield Content.assemble(("Why: ", "bold"), one_line(verdict.statement))
    yield _fact("Verdict", verdict.cause)
    yield _fact("Service", verdict.service)
    for one in verdict.evidence:
        yield Content.styled(f"read {one_line(one.call)}", "$text-primary")
        yield Content(f"  {lines_of(cut(one.answer, 600))}")
    if verdict.source:
        yield _fact("Source", verdict.source)


def _waiting(step: StepReport) -> Iterator[Content]:
    yield Content.assemble(signed(BECAME, "waiting"), "  ", (one_line(step.change.id), "bold"))
    if step.error is not None:
        yield Content(lines_of(step.error.message))
        for name, value in values_to_set(step).items():
            yield Content.assemble((f"  {one_line(name):<7}", "$secondary"), (one_line(value), "bold"))
        if step.error.hint:
            yield Content.assemble(("What to do: ", "bold $text-accent"), lines_of(in_app(step.error.hint)))
    yield Content("")


def to_copy(steps: Sequence[StepReport]) -> str:
    """What an operator wants in the clipboard: the values to set where there are some, else the errors."""
    values = [f"{name}\t{value}" for step in steps for name, value in values_to_set(step).items()]
    errors = [f"{step.change.id}: {step.error}" for step in steps if step.error is not None]
    return "\n".join(values or errors)


def _fact(label: str, value: str) -> Content:
    return Content.assemble((f"{label:<10}", "$secondary"), one_line(value))
