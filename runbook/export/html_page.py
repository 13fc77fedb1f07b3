"""A run as one HTML file: nothing is loaded from anywhere, and the journal's entries lie in it as data."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from runbook.export.escaping import in_attribute, in_html, packed_json
from runbook.export.facts import came_of, chain, counts, duration, facts, failures, prices, skipped
from runbook.export.run_log import LoggedCall, LoggedCheck, LoggedSection, LoggedStep, RunLog
from runbook.export.timeline import timeline_svg

NO_SEAL: Final = "0" * 64
SEAL: Final = '<meta name="karet-seal" content="{}">'
DATA: Final = '<script type="application/gzip" id="karet-run">'
DATA_ENDS: Final = "</script><!-- karet-run -->"
_TOGETHER: Final = 100
"""Steps of a section that are shown without folding; the document has a few dozen at most in one."""


def as_html(log: RunLog) -> str:
    """The whole run as one page, sealed."""
    page = "".join(_page(log))
    return page.replace(SEAL.format(NO_SEAL), SEAL.format(seal_of(page)), 1)


def seal_of(page: str) -> str:
    """SHA-256 over the page with zeros where its seal stands."""
    return hashlib.sha256(page.encode()).hexdigest()


@cache
def _part(name: str) -> str:
    return files("runbook.export").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _page(log: RunLog) -> Iterator[str]:
    style, code = _part("page.css"), _part("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(code)}; base-uri 'none'; form-action 'none'"
    )
    yield (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"{SEAL.format(NO_SEAL)}<title>{in_html(log.title)}</title><style>{style}</style></head>\n<body>"
    )
    yield from _navigation(log)
    yield "<main>"
    yield from _head(log)
    for section in log.sections:
        yield from _section(section)
    yield from _tail(log)
    yield "</main>\n"
    told = {"format": "karet-run-log-html", "version": 1, "chain": chain(log)}
    yield f"{DATA}{packed_json({**told, 'entries': [one.as_json() for one in log.entries]})}{DATA_ENDS}\n"
    yield f"<script>{code}</script></body></html>\n"


def _navigation(log: RunLog) -> Iterator[str]:
    yield '<nav><input id="search" type="search" placeholder="Search calls and checks" aria-label="Search">'
    yield '<span id="found" role="status" class="faint"></span>'
    yield '<button id="open" type="button">Open all</button><button id="close" type="button">Close all</button>'
    for section in log.sections:
        yield f'<a href="#section-{section.number}" title="{in_attribute(section.title)}">{section.number}</a>'
    yield "</nav>"


def _head(log: RunLog) -> Iterator[str]:
    what = "Rehearsal on an embedded AWS" if log.rehearsal else "Run on AWS"
    yield f"<h1>{in_html(log.start.get('command', ''))} {_badge(log.outcome)}</h1>"
    yield f'<p class="sub">{what}, {in_html(log.id)}</p>'
    for note in log.notes:
        yield f'<p class="note">{in_html(note)}</p>'
    yield f'<div class="cards"><div>{_table(facts(log)[2:9])}</div><div>{_table([*counts(log), *facts(log)[9:]])}</div>'
    yield f"<div><h3>Price</h3>{_table(prices(log))}</div><div><h3>Journal</h3>"
    told = chain(log)
    entries = f"{told['first']} to {told['last']}, {told['count']} of them"
    yield f"{_table([('Entries', entries), ('Head', told['head']), ('Stands on', told['previous'])])}</div></div>"
    yield f'<p class="faint">{in_html(told["proves"])} Check this file with <code>karet log verify FILE</code>.</p>'
    wrong = failures(log)
    if wrong or log.stopped:
        yield "<h2>What went wrong</h2>"
        if log.stopped:
            yield f'<p class="wrong">{in_html(log.stopped)}</p>'
        for step in wrong:
            yield from _failure(step)
    if log.calls:
        yield f'<h2>Timeline</h2><div class="timeline">{timeline_svg(log)}</div>'


def _failure(step: LoggedStep) -> Iterator[str]:
    yield f'<div class="wrong"><h3>{in_html(step.step)} {_badge(step.became)}</h3>'
    yield f"<p>{in_html(step.error or 'no reason was recorded')}</p>"
    if step.hint:
        yield f"<p>{in_html(step.hint)}</p>"
    if step.verdict:
        verdict = step.verdict
        cause, statement = (in_html(verdict.get(name, "")) for name in ("cause", "statement"))
        yield f"<p>Verdict <code>{cause}</code>: {statement}</p>"
        yield from _evidence(verdict.get("evidence", ()))
        yield f"<p>What to do: {in_html(verdict.get('next_step', ''))}</p>"
    yield "</div>"


def _section(section: LoggedSection) -> Iterator[str]:
    yield f'\n<section><h2 id="section-{section.number}">{section.number} {in_html(section.title)}</h2>'
    yield f"<p><strong>{in_html(section.summary)}</strong></p>"
    yield f"<details><summary>What the document says</summary>{_rendered(section.text)}</details>"
    if section.corrections:
        yield f"<details><summary>{len(section.corrections)} corrections to the document</summary><table>"
        yield "<tr><th></th><th>The document</th><th>Here</th><th>Why</th></tr>"
        for one in section.corrections:
            cells = (one.number, one.document, one.runbook, f"{one.reason} ({one.source})")
            yield f"<tr>{''.join(f'<td>{in_html(cell)}</td>' for cell in cells)}</tr>"
        yield "</table></details>"
    acting = [step for step in section.steps if step.action != "none" or step.became != "done"]
    if acting:
        yield "<h3>What was done</h3>"
        yield from _steps(acting)
    if section.checks:
        yield "<h3>Checks</h3>"
        for check in section.checks:
            yield from _check(check)
    yield "</section>"


def _steps(steps: Sequence[LoggedStep]) -> Iterator[str]:
    """Steps one below the other; very many of them folded by hundreds, because a browser takes long over each."""
    for first in range(0, len(steps), _TOGETHER):
        some = steps[first : first + _TOGETHER]
        if len(steps) > _TOGETHER:
            outcomes = " ".join(
                f"{count} {_badge(became)}" for became, count in Counter(x.became for x in some).items()
            )
            names = in_html(f"{some[0].step} to {some[-1].step}")
            yield '<details class="many"><summary>'
            yield f"{first + 1:,} to {first + len(some):,} of {len(steps):,}: {names}, {outcomes}</summary>"
        for step in some:
            yield from _step(step)
        if len(steps) > _TOGETHER:
            yield "</details>"


def _step(step: LoggedStep) -> Iterator[str]:
    price = f"${step.monthly_usd:,.2f} a month" if step.monthly_usd else ""
    took = ""
    if step.began_at and step.ended_at:
        took = duration(max((step.ended_at - step.began_at).total_seconds(), 0.0))
    right = ", ".join(part for part in (price, took) if part)
    yield '<details class="thing"><summary>'
    yield f'<span class="right">{in_html(right)}</span>'
    what = in_html(f"{step.kind} {step.action}")
    yield f"<strong>{in_html(step.step)}</strong> {what} {_badge(step.became)}</summary>"
    yield f"<p>{in_html(step.reason)}</p>"
    if step.error:
        yield f'<p class="failed">{in_html(step.error)}</p>'
    if step.because:
        yield f"<p>It needs {in_html(', '.join(step.because))}.</p>"
    if step.differences:
        rows = [
            (str(one.get("setting", "")), f"{_short(one.get('found'))} -> {_short(one.get('declared'))}")
            for one in step.differences
        ]
        yield _table(rows)
    for call in step.calls:
        yield from _call(call)
    yield "</details>"


def _call(call: LoggedCall) -> Iterator[str]:
    yield f'<details><summary><span class="right">{call.sent_at:%H:%M:%S}.{call.sent_at.microsecond // 1000:03d}, '
    yield f"{call.duration_s:.2f} s</span><code>{in_html(call.name)}</code> {_badge(call.outcome)}</summary>"
    yield f'<p class="faint">{in_html(came_of(call))}</p>'
    yield f"<pre>{in_html(json.dumps(call.params, indent=1, ensure_ascii=False))}</pre>"
    if call.error:
        yield f'<p class="failed">{in_html(call.error)}</p>'
    for retry in call.retries:
        yield f"<p>Sent again after {in_html(retry.code)}: {in_html(retry.error)} ({in_html(retry.request_id)})</p>"
    if call.pages:
        yield f"<pre>{in_html(json.dumps(call.pages, indent=1, ensure_ascii=False))}</pre>"
    if call.outputs:
        yield f"<p>Kept of the answer:</p><pre>{in_html(json.dumps(call.outputs, indent=1, ensure_ascii=False))}</pre>"
    yield "</details>"


def _check(check: LoggedCheck) -> Iterator[str]:
    yield f'<details class="thing"><summary>{_badge(check.outcome)} {in_html(check.statement)}</summary>'
    if check.detail:
        yield f"<p>{in_html(check.detail)}</p>"
    if check.hint:
        yield f"<p>{in_html(check.hint)}</p>"
    yield from _evidence(check.evidence)
    yield "</details>"


def _evidence(evidence: Iterable[Mapping[str, str]]) -> Iterator[str]:
    for one in evidence:
        yield f"<p>Read <code>{in_html(one.get('call', ''))}</code></p><pre>{in_html(one.get('answer', ''))}</pre>"


def _tail(log: RunLog) -> Iterator[str]:
    yield "<h2>Sign-offs</h2>"
    if not log.sign_offs:
        yield "<p>Nobody has signed anything yet.</p>"
    for one in log.sign_offs:
        rows = [("By", one.by), ("At", one.at), ("Note", one.note or "none"), ("Evidence", one.evidence_hash)]
        yield f"<h3>{in_html(one.statement)}</h3>{_table([*rows, ('Journal', f'entry {one.seq}')])}"
    yield "<h2>Not carried out, and why</h2>"
    left_out = [(step.step, why) for step, why in skipped(log)]
    yield _table(left_out) if left_out else "<p>Everything was carried out.</p>"
    if log.left:
        yield "<h2>Left in the account</h2>"
        yield _table([(str(one.get("name", "")), str(one.get("why", ""))) for one in log.left])
    if log.not_rehearsed:
        yield "<h2>Not rehearsed</h2><p>What an embedded AWS cannot show:</p>"
        yield _table(log.not_rehearsed)
    settings = in_html(json.dumps(log.settings, indent=1, ensure_ascii=False))
    yield f"<h2>Settings</h2><details><summary>All settings of the run</summary><pre>{settings}</pre></details>"


def _badge(outcome: str) -> str:
    shown = outcome.replace("_", " ")
    name = shown.replace(" ", "-")
    return f'<span class="badge {name if name.replace("-", "").isalpha() else ""}">{in_html(shown)}</span>'


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = (f"<tr><th>{in_html(name)}</th><td>{in_html(value)}</td></tr>" for name, value in rows)
    return f"<table>{''.join(cells)}</table>"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}..."


@cache
def _markdown() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink"])


def _rendered(text: str) -> str:
    """The text of a section as HTML; markup that it quotes stays text, and it cannot bring a link or a picture."""
    made: str = _markdown().render(text)
    for level in (3, 2, 1):
        made = made.replace(f"<h{level}>", f"<h{level + 2}>").replace(f"</h{level}>", f"</h{level + 2}>")
    return made
