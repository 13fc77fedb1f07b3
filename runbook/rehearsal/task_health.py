"""What a health check asks a container, and which answers count as well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_COMMAND_PATH = re.compile(r"https?://[^/\s'\"]+?(?::\d+)?(/[^\s'\"|;)]*)|GET (/\S*)")


def command_path(container: Mapping[str, Any]) -> str:
    """The path that a container's own health command asks for; the root when it names none."""
    command = " ".join((container.get("healthCheck") or {}).get("command") or ())
    found = _COMMAND_PATH.search(command)
    return (found.group(1) or found.group(2)) if found else "/"


def _codes(group: Any) -> list[range]:
    text = str((getattr(group, "matcher", None) or {}).get("HttpCode") or "200")
    ends = [part.split("-") for part in text.split(",")]
    return [range(int(end[0]), int(end[-1]) + 1) for end in ends]


def first_code(group: Any) -> int:
    return _codes(group)[0][0]


def matches(group: Any, status: int | None) -> bool:
    """Whether an answer counts as well for a target group."""
    return status is not None and any(status in codes for codes in _codes(group))


def unwell(status: int | None) -> tuple[str, str]:
    """AWS's reason code and text for an answer that does not count as well."""
    if status is None:
        return "Target.FailedHealthChecks", "Health checks failed"
    return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"
