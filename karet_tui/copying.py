"""What "copy" takes from each pane: the text, the calls as commands, the evidence of a check, the lines of the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runbook.calls import Call
    from runbook.checks import CheckResult
    from runbook.model import Change


@dataclass(frozen=True)
class Copied:
    """A text, and the name of the file that it would be written to."""

    text: str = ""
    name: str = "karet.txt"


def as_commands(change: Change | None) -> Copied:
    """The calls of a change as `aws` commands."""
    from runbook.export.one_call import as_aws_command

    return _calls(change, as_aws_command, "sh", "#")


def as_python(change: Change | None) -> Copied:
    """The calls of a change as calls of boto3."""
    from runbook.export.one_call import as_boto3

    return _calls(change, as_boto3, "py", "#")


def _calls(change: Change | None, render: Callable[[Call], str], ending: str, remark: str) -> Copied:
    if change is None:
        return Copied()
    head = f"{remark} {change.id}: {change.action}"
    blocks = [render(one) for one in change.calls] or [f"{remark} nothing is sent"]
    return Copied("\n\n".join([head, *blocks]), f"{change.id.replace('/', '-')}.{ending}")


def of_check(result: CheckResult | None) -> Copied:
    """A check with its evidence, as JSON."""
    if result is None:
        return Copied()
    return Copied(json.dumps(result.as_json(), indent=2, default=str), f"{result.id.replace('/', '-')}.json")


def of_text(number: int, text: str) -> Copied:
    """The text of a section."""
    return Copied(text, f"section-{number}.md")


def of_log(lines: Sequence[str]) -> Copied:
    """The lines of the log on the screen."""
    return Copied("\n".join(lines), "karet-log.txt")
