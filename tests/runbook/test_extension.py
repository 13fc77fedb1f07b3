"""A new kind and a new section need their own two files and no change to any other."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

import runbook.kinds
import runbook.sections

KIND = '''
"""EventBridge: a rule, for a test."""
from dataclasses import dataclass
from runbook.kinds.kind import STACK, Kind
from runbook.model import Call, State


@dataclass(frozen=True, kw_only=True)
class Note(Kind):
    name: str
    text: str

    def settings(self):
        return {"text": self.text}

    def look(self, aws, known):
        rule = aws.find("events", "DescribeRule", ("ResourceNotFoundException",), Name=self.name)
        if rule is None:
            return State.ABSENT
        tags = aws.read("events", "ListTagsForResource", ResourceARN=rule["Arn"])["Tags"]
        found = {tag["Key"]: tag["Value"] for tag in tags}
        return State("ready", {"text": rule["Description"]}, {"arn": rule["Arn"]}, self.name, found)

    def create(self, state):
        params = {"Name": self.name, "Description": self.text, "ScheduleExpression": "rate(1 day)", "State": "DISABLED"}
        return [Call("events", "PutRule", {**params, "Tags": self.tag_list()})]

    @classmethod
    def undo(cls, state):
        return [Call("events", "DeleteRule", {"Name": state.name}, done=("ResourceNotFoundException",))]
'''

SECTION = '''
"""Section 99, a note: for a test."""
from runbook.kinds.kind import Owner
from runbook.kinds.zz_note import Note
from runbook.model import Check, Finding, Section


def resources(deployment):
    owner = Owner(deployment.stack, 99)
    return (Note(id="note.one", owner=owner, name=f"{deployment.stack}-note", text="bucket ${s3.bucket.arn}"),)


def checks(deployment):
    return (Check("note.there", "There is a note", lambda aws, known: Finding("passed", "yes")),)


SECTION = Section(number=99, name="note", title="A note", text="# A note", resources=resources, checks=checks)
'''


@pytest.fixture
def temporary_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for package, name, text in (("kinds", "zz_note", KIND), ("sections", "s99_note", SECTION)):
        folder = tmp_path / package
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
    monkeypatch.setattr(runbook.kinds, "__path__", [*runbook.kinds.__path__, str(tmp_path / "kinds")])
    monkeypatch.setattr(runbook.sections, "__path__", [*runbook.sections.__path__, str(tmp_path / "sections")])
    importlib.invalidate_caches()
    yield
    for name in ("runbook.kinds.zz_note", "runbook.sections.s99_note"):
        sys.modules.pop(name, None)


def test_a_new_kind_and_section_are_planned_applied_verified_and_removed(
    temporary_modules: None, open_runs: Any
) -> None:
    runs = open_runs()
    planned = runs.plan(["note"])
    assert {change.id for change in planned.plan.acting} == {"s3.bucket", "note.one"}
    (shown,) = [change for change in planned.plan.acting if change.id == "note.one"]
    assert shown.calls[0].params["Description"] == "bucket ${s3.bucket.arn}"
    assert runs.apply(planned, command="test").report.outcome == "done"
    again = open_runs()
    assert again.plan(["note"]).plan.acting == ()
    assert (
        again.plan(["note"]).found["note.one"].state.settings["text"] == "bucket arn:aws:s3:::karet-data-123456789012"
    )
    assert {one.outcome for one in again.verify(["99"])} == {"passed"}
    destroy = again.plan_destroy(["note"])
    assert {change.id for change in destroy.plan.acting} == {"note.one"}
    assert again.apply(destroy, command="test").report.outcome == "done"
