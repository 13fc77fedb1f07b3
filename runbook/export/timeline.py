"""The timeline of a run as SVG: a bar for each step, a mark for each call in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from runbook.export.escaping import in_html
from runbook.export.run_log import LoggedStep, RunLog

_WIDE: Final = 1000
_LABEL: Final = 250
_ROW: Final = 16
_TOP: Final = 28
_ROWS_WITH_NAMES: Final = 120
_COLOURS: Final = ("#3b82c4", "#4f9d69", "#b7791f", "#8a63c9", "#c2557a", "#2a9d9d")
"""Fillings with a contrast above 3 to both white and near black (WCAG 2.2, 1.4.11)."""
_GREY: Final = "#7d7d7d"
_FAILED: Final = "#d64545"


def timeline_svg(log: RunLog) -> str:
    """The steps that made calls, in the order in which they began; more than 120 share rows."""
    steps = sorted((step for step in log.steps if step.calls), key=lambda step: (step.calls[0].sent_at, step.step))
    began = log.started_at
    ended = max([_end(step) for step in steps] + ([log.ended_at] if log.ended_at else []), default=began)
    seconds = max((ended - began).total_seconds(), 0.001)

    def x(moment: datetime) -> float:
        part = min(max((moment - began).total_seconds() / seconds, 0.0), 1.0)
        return round(_LABEL + part * (_WIDE - _LABEL - 10), 1)

    named = len(steps) <= _ROWS_WITH_NAMES
    rows = list(range(len(steps))) if named else _shared_rows(steps)
    high = _TOP + (max(rows, default=-1) + 1) * _ROW + 8
    size = f'viewBox="0 0 {_WIDE} {high}" font-family="sans-serif" font-size="11"'
    title = f"<title>Timeline: {len(steps)} steps in {seconds:.1f} s</title>"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">{title}', *_axis(seconds, high)]
    for step, row in zip(steps, rows, strict=True):
        parts.append(_bar(step, _TOP + row * _ROW, x(step.calls[0].sent_at), x(_end(step)), named=named))
        parts += [
            f'<rect x="{x(call.sent_at)}" y="{_TOP + row * _ROW + 3}" width="2" height="{_ROW - 6}" fill="#fff"/>'
            for call in step.calls[1:]
            if named
        ]
    return "".join([*parts, "</svg>"])


def _end(step: LoggedStep) -> datetime:
    last = step.calls[-1]
    return max(step.ended_at or last.sent_at, last.answered_at or last.sent_at)


def _shared_rows(steps: Sequence[LoggedStep]) -> list[int]:
    """A row for each step, the first one that is free by then."""
    free: list[datetime] = []
    rows = []
    for step in steps:
        row = next((number for number, until in enumerate(free) if until <= step.calls[0].sent_at), len(free))
        if row == len(free):
            free.append(_end(step))
        free[row] = _end(step)
        rows.append(row)
    return rows


def _axis(seconds: float, high: int) -> list[str]:
    parts = []
    for tick in range(5):
        at = round(_LABEL + tick / 4 * (_WIDE - _LABEL - 10), 1)
        anchor = "end" if tick == 4 else "middle"
        parts.append(
            f'<line x1="{at}" y1="{_TOP - 6}" x2="{at}" y2="{high}" stroke="{_GREY}" stroke-opacity="0.35"/>'
            f'<text x="{at}" y="14" fill="{_GREY}" text-anchor="{anchor}">{_duration(seconds * tick / 4)}</text>'
        )
    return parts


def _bar(step: LoggedStep, top: int, left: float, right: float, *, named: bool) -> str:
    failed = step.became in ("failed", "cut off")
    colour = _FAILED if failed else _COLOURS[step.section % len(_COLOURS)]
    told = f"{step.section} {step.step}: {step.action}, {step.became}, {len(step.calls)} calls"
    bar = (
        f'<rect x="{left}" y="{top + 2}" width="{max(right - left, 2):.1f}" height="{_ROW - 4}" rx="2" fill="{colour}">'
        f"<title>{in_html(told)}</title></rect>"
    )
    if not named:
        return bar
    label = f"{step.section} {step.step}{' (failed)' if failed else ''}"
    shown = label if len(label) <= 38 else f"{label[:37]}…"
    return f'{bar}<text x="{_LABEL - 8}" y="{top + 12}" fill="{_GREY}" text-anchor="end">{in_html(shown)}</text>'


def _duration(seconds: float) -> str:
    if seconds >= 600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.0f} s" if seconds >= 20 else f"{seconds:.1f} s"
