"""A run as Markdown: one page that reads well as text, in a pull request and in print."""

from __future__ import annotations

import json
from collections.abc import Iterator

from runbook.export.escaping import code, fenced, plain
from runbook.export.facts import came_of, chain, counts, facts, failures, prices, skipped
from runbook.export.run_log import LoggedCall, LoggedCheck, LoggedSection, LoggedStep, RunLog


def as_markdown(log: RunLog) -> str:
    """The whole run."""
    parts = [
        markdown_head(log),
        *(markdown_section(section) for section in log.sections),
        _tail(log),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def markdown_head(log: RunLog) -> str:
    """Who did what, when and where; the price, and what went wrong."""
    return "\n".join(_head(log))


def _head(log: RunLog) -> Iterator[str]:
    yield f"# {plain(log.title)}"
    yield ""
    for note in log.notes:
        yield f"> {plain(note)}"
        yield ""
    yield "| | |"
    yield "|---|---|"
    for name, value in [*facts(log), *counts(log)]:
        yield f"| {name} | {code(value)} |"
    told = chain(log)
    yield f"| Journal | entries {told['first']} to {told['last']}, {told['count']} of them, head `{told['head']}` |"
    yield ""
    yield told["proves"]
    yield ""
    yield "## Price"
    yield ""
    yield "| | |"
    yield "|---|---|"
    for name, value in prices(log):
        yield f"| {name} | {code(value)} |"
    wrong = failures(log)
    if wrong:
        yield ""
        yield "## What went wrong"
        for step in wrong:
            yield ""
            yield from _failure(step)


def _failure(step: LoggedStep) -> Iterator[str]:
    yield f"- {code(step.step)} (section {step.section}) {step.became}: {plain(step.error or 'no reason was recorded')}"
    if step.hint:
        yield f"  - Next: {plain(step.hint)}"
    if step.verdict:
        yield f"  - Verdict {code(step.verdict.get('cause', ''))}: {plain(step.verdict.get('statement', ''))}"
        for one in step.verdict.get("evidence", ()):
            yield f"    - read {code(one.get('call', ''))}: {code(one.get('answer', ''))}"
        yield f"  - What to do: {plain(step.verdict.get('next_step', ''))}"


def markdown_section(section: LoggedSection, *, calls: bool = True) -> str:
    """One section: its text with corrections, what was done in it, its checks.

    Parameters
    ----------
    calls: whether the calls are listed; a notebook has them in cells of their own.
    """
    return "\n".join(_section(section, calls=calls))


def _section(section: LoggedSection, *, calls: bool) -> Iterator[str]:
    yield f"## {section.number} {section.title}"
    yield ""
    yield f"**{plain(section.summary)}**"
    yield ""
    yield from _below(section.text)
    if section.corrections:
        yield ""
        yield "### Corrections to the document"
        yield ""
        for one in section.corrections:
            yield f"- **{one.number}** {one.document} *Here:* {one.runbook} *Why:* {one.reason} ({one.source})"
    acting = [step for step in section.steps if step.action != "none" or step.became != "done"]
    if acting:
        yield ""
        yield "### What was done"
        for step in acting:
            yield ""
            yield from _step(step, calls=calls)
    if section.checks:
        yield ""
        yield "### Checks"
        yield ""
        for check in section.checks:
            yield from _check(check)


def _below(text: str) -> Iterator[str]:
    """The text of a section with its headings below the section's own."""
    in_code = False
    for line in text.strip("\n").splitlines():
        in_code ^= line.lstrip().startswith("```")
        yield f"##{line}" if line.startswith("#") and not in_code else line


def _step(step: LoggedStep, *, calls: bool) -> Iterator[str]:
    price = "" if not step.monthly_usd else f", ${step.monthly_usd:,.2f} a month"
    yield f"#### {code(step.step)} {step.kind} {step.action}: {step.became.replace('_', ' ')}"
    yield ""
    yield f"{plain(step.reason)}{price}"
    if step.error:
        yield ""
        yield f"{plain(step.error)} {plain(step.hint)}".rstrip()
    for one in step.differences if calls else ():
        found, declared = (json.dumps(one.get(name), ensure_ascii=False) for name in ("found", "declared"))
        yield f"- {code(one.get('setting', ''))}: {code(found)} -> {code(declared)}"
    for call in step.calls if calls else ():
        yield ""
        yield from _call(call)


def _call(call: LoggedCall) -> Iterator[str]:
    yield f"{code(call.name)} at {call.sent_at:%H:%M:%S.%f} UTC: {code(came_of(call))}"
    yield ""
    yield fenced(json.dumps(call.params, indent=1, ensure_ascii=False), "json")
    if call.error:
        yield f"- error: {code(call.error)}"
    for retry in call.retries:
        yield f"- sent again after {code(retry.code)}: {code(retry.error)} (request {code(retry.request_id)})"
    for page in call.pages:
        yield f"- page: {code(json.dumps(page, ensure_ascii=False))}"
    if call.outputs:
        yield f"- kept of the answer: {code(json.dumps(call.outputs, ensure_ascii=False))}"


def _check(check: LoggedCheck) -> Iterator[str]:
    yield f"- **{check.outcome.replace('_', ' ')}**: {plain(check.statement)}"
    if check.detail:
        yield f"  - {plain(check.detail)}"
    if check.hint:
        yield f"  - {plain(check.hint)}"
    for one in check.evidence:
        yield f"  - read {code(one.get('call', ''))}: {code(one.get('answer', ''))}"


def _tail(log: RunLog) -> str:
    lines = ["## Sign-offs", ""]
    lines += [
        f"- {plain(one.statement)}: {code(one.by)} at {code(one.at)}, {plain(one.note)} "
        f"(evidence {code(one.evidence_hash)}, entry {one.seq})"
        for one in log.sign_offs
    ] or ["Nobody has signed anything yet."]
    lines += ["", "## Not carried out, and why", ""]
    lines += [f"- {code(step.step)}: {plain(why)}" for step, why in skipped(log)] or ["Everything was carried out."]
    if log.left:
        lines += ["", "## Left in the account", ""]
        lines += [f"- {code(one.get('name', ''))} ({code(one.get('id', ''))}): {plain(one.get('why', ''))}"
                  for one in log.left]  # fmt: skip
    if log.not_rehearsed:
        lines += ["", "## Not rehearsed", "", "An embedded AWS cannot show:", ""]
        lines += [f"- **{what}**: {plain(why)}" for what, why in log.not_rehearsed]
    lines += ["", "## Settings", "", fenced(json.dumps(log.settings, indent=1, ensure_ascii=False), "json")]
    return "\n".join(lines)
