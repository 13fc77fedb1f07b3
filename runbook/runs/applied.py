"""The settings that were applied last, kept in the account: what a plan with other settings changes, or may not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runbook.errors import FixedError
from runbook.model import ReadOnlyAws, canonical
from runbook.settings import Deployment, Difference, applied_settings, changed_fixed, differences


@dataclass(frozen=True)
class Applied:
    """What was applied last, by whom and when, and how it differs from now."""

    by: str
    at: datetime | None
    differences: tuple[Difference, ...]

    def lines(self) -> list[str]:
        """One line for each setting that differs, under a line that says who applied what is there."""
        if not self.differences:
            return []
        when = f" at {self.at:%Y-%m-%d %H:%M} UTC" if self.at else ""
        head = f"The settings in the account were applied by {self.by or 'somebody unknown'}{when}; now:"
        return [head, *(f"  {one.key}: {_text(one.before)} -> {_text(one.after)}" for one in self.differences)]


def _text(value: Any) -> str:
    return "not set" if value is None else canonical(value)


def look_at_applied(aws: ReadOnlyAws, deployment: Deployment) -> Applied | None:
    """What was applied last; None when nothing was, or when what is kept there is no settings document.

    Raises
    ------
    FixedError: a setting that cannot change on a live stack is another one now.
    """
    name = deployment.settings_parameter
    answer = aws.find("ssm", "GetParameter", ("ParameterNotFound",), Name=name)
    if answer is None:
        return None
    try:
        before = json.loads(answer["Parameter"]["Value"])
    except json.JSONDecodeError:
        return None
    if not isinstance(before, dict):
        return None
    fixed = changed_fixed(before, deployment)
    if fixed:
        lines = "\n".join(
            f"  {one.key}: {_text(one.applied)} was applied, {_text(one.now)} is asked for; {one.reason}"
            for one in fixed
        )
        raise FixedError(f"these settings cannot change on a live stack:\n{lines}", hint=fixed[0].way)
    changed = tuple(differences(before, applied_settings(deployment)))
    if not changed:
        return Applied("", None, ())
    about = aws.read("ssm", "DescribeParameters", ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]
    by = about[0].get("LastModifiedUser", "") if about else ""
    # What moto answers in place of a principal (moto 5.2.5, probed).
    by = "" if by == "N/A" else by
    return Applied(by, answer["Parameter"].get("LastModifiedDate"), changed)
