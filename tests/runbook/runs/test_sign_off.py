"""A signature is kept in the account with what it is for, goes through the journal, and gets outdated by the truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from runbook import document
from runbook.engine.journal_read import JournalReader
from runbook.engine.lock import Holder, apply_lock
from runbook.errors import LockError, PlanError, SettingsError, StaleError
from runbook.kinds.kind import Owner
from runbook.kinds.ssm import Parameter
from runbook.model import Check, Finding, Resource, Section
from runbook.rehearsal.embedded import Embedded
from runbook.runs.runs import Runs
from runbook.runs.sign_off import LONGEST_NOTE, checklist, sign, signed, to_sign
from runbook.settings import Deployment

NAME = "/karet/signed/alarms"


def _one(deployment: Deployment) -> Sequence[Resource]:
    return (
        Parameter(
            id="parity.thing",
            owner=Owner(deployment.stack, 13),
            name=f"/{deployment.stack}/thing",
            region=deployment.region,
            account=deployment.account or "",
            description="something that is applied",
            document={"a": 1},
        ),
    )


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> dict[str, Finding]:
    """Section 13 with two checks that answer what a test wants."""
    findings = {"parity.alarms": Finding("passed", "3 alarms"), "parity.bucket": Finding("passed", "versions on")}

    def checks(_: Deployment) -> Sequence[Check]:
        return [Check(id_, f"{id_} holds", lambda *_, id_=id_: findings[id_]) for id_ in findings]

    section = Section(number=13, name="parity", title="P", text="", resources=_one, checks=checks)
    monkeypatch.setattr(document, "sections", lambda: (section,))
    return findings


def item(runs: Runs, id_: str) -> Any:
    return next(one for one in checklist(runs) if one.id == id_)


def parameter(runs: Runs) -> Any:
    return json.loads(runs.place.session.read("ssm", "GetParameter", {"Name": NAME})["Parameter"]["Value"])


def test_a_point_that_wants_judgement_is_open_until_it_is_signed(says: Any, open_runs: Any) -> None:
    before = item(open_runs(), "alarms")
    assert (before.outcome, before.sign_off) == ("needs_person", None)
    assert item(open_runs(), "bucket").outcome == "passed"
    made = sign(open_runs(), "alarms", note="on call: ${nobody.here} and $")
    after = item(open_runs(), "alarms")
    assert (after.outcome, after.outdated, after.sign_off) == ("passed", False, made)
    assert parameter(open_runs()) == made.as_json()
    assert made.note == "on call: ${nobody.here} and $"
    assert made.by == open_runs().place.identity.arn


def test_everything_signed_is_in_the_journal_before_the_call(says: Any, open_runs: Any) -> None:
    runs = open_runs()
    made = sign(runs, "11")
    with JournalReader.read(runs.place.journal) as journal:
        run = journal.runs(limit=1)[0]
        entries = list(journal.entries(run.id))
    kinds = [one.kind for one in entries]
    assert kinds.index("event") < kinds.index("intent") < kinds.index("result")
    event = next(one for one in entries if one.kind == "event")
    assert event.body["event"] == "sign_off"
    assert event.body["evidence_hash"] == made.evidence_hash
    assert [one["detail"] for one in event.body["results"]] == ["3 alarms"]


def test_apply_leaves_signatures_alone_and_destroy_removes_them(says: Any, open_runs: Any, embedded: Embedded) -> None:
    runs = open_runs()
    assert runs.apply(runs.plan(), command="test").exit_code == 0
    sign(open_runs(), "alarms")
    again = open_runs().plan()
    assert again.plan.acting == ()
    assert again.plan.left == ()
    runs = open_runs()
    result = runs.apply(runs.plan_destroy(), command="test")
    assert (result.exit_code, result.left) == (0, ())
    assert signed(open_runs()) == {}
    assert NAME not in str(embedded.inventory())


@pytest.mark.parametrize("change", [Finding("passed", "2 alarms"), Finding("not_rehearsed", "3 alarms")])
def test_other_evidence_makes_a_signature_outdated_and_signing_again_renews_it(
    change: Finding, says: Any, open_runs: Any
) -> None:
    first = sign(open_runs(), "alarms")
    says["parity.alarms"] = change
    found = item(open_runs(), "alarms")
    assert (found.outcome, found.outdated, found.sign_off) == ("needs_person", True, first)
    second = sign(open_runs(), "alarms")
    assert not item(open_runs(), "alarms").outdated
    assert parameter(open_runs()) == second.as_json()


def test_what_was_shown_is_what_is_signed(says: Any, open_runs: Any) -> None:
    seen = to_sign(open_runs(), "alarms")
    says["parity.alarms"] = Finding("passed", "no alarm")
    with pytest.raises(StaleError, match="no alarm"):
        sign(open_runs(), "alarms", seen=seen)
    assert signed(open_runs()) == {}


def test_what_failed_cannot_be_signed(says: Any, open_runs: Any) -> None:
    says["parity.alarms"] = Finding("failed", "no alarm has an action")
    with pytest.raises(PlanError, match="no alarm has an action"):
        sign(open_runs(), "alarms")
    assert signed(open_runs()) == {}


@pytest.mark.parametrize(
    ("point", "note", "said"),
    [
        ("alarm", "", "no point"),
        ("alarms", "x" * (LONGEST_NOTE + 1), "characters"),
        ("alarms", "{{ssm:x}}", "brackets"),
        ("alarms", "\x1b[2J", "cannot be shown"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_written(
    point: str, note: str, said: str, says: Any, open_runs: Any
) -> None:
    with pytest.raises(SettingsError, match=said):
        sign(open_runs(), point, note=note)
    assert signed(open_runs()) == {}


def test_nobody_signs_while_somebody_applies(says: Any, open_runs: Any) -> None:
    place = open_runs().place
    place.journal.parent.mkdir(parents=True)
    holder = Holder.of_this_process("apply", place.clock)
    with apply_lock(place.lock, holder=holder), pytest.raises(LockError):
        sign(open_runs(), "alarms")


def test_something_else_below_the_same_path_is_no_signature(says: Any, open_runs: Any) -> None:
    session = open_runs().place.session
    for name, value in (("a", "no json"), ("b", "{}"), ("c", '{"at": "yesterday"}')):
        session.send("ssm", "PutParameter", {"Name": f"/karet/signed/{name}", "Value": value, "Type": "String"})
    assert signed(open_runs()) == {}
