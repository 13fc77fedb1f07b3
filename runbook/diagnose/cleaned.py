"""Texts from AWS and from containers as they may be shown: one bounded line, no control characters, no secrets."""

from __future__ import annotations

import re

from runbook.calls import HIDDEN

LONGEST = 500
"""Characters of one text; the longest texts of ECS that matter are about 400."""

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[@-_]")
_NAMED = re.compile(
    r"(?i)((?:[a-z0-9_.-]*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|credential|authorization)"
    r"[a-z0-9_-]*)[\"']?\s*(?:=|:)\s*)(?:(?:bearer|basic)\s+)?(\"[^\"]*\"|'[^']*'|[^\s,;\"']+)"
)
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
_IN_URL = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")
_TOKEN = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*")
_OPAQUE = re.compile(r"(?<!sha256:)(?<![A-Za-z0-9+=_-])(?=[A-Za-z+=_-]*[0-9])[A-Za-z0-9+=_-]{20,}")
"""A long word with digits, between slashes too: what a generated key looks like, and no digest of an image."""


def cleaned(text: str) -> str:
    """A text of AWS itself: a bounded line without what looks like a secret."""
    line = " ".join("".join(one if one.isprintable() else " " for one in _ESCAPES.sub("", text)).split())
    line = _KEY_ID.sub(HIDDEN, _TOKEN.sub(HIDDEN, _IN_URL.sub(HIDDEN, line)))
    line = line.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."


def cleaned_log(text: str) -> str:
    """A line that an application wrote: named values and long words are hidden too; nobody knows what they are."""
    return cleaned(_OPAQUE.sub(HIDDEN, _NAMED.sub(lambda found: found.group(1) + HIDDEN, text[: 4 * LONGEST])))
