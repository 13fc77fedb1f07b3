"""A secret gets a value once, keeps it, is restored when it was deleted, and shows its value nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from one_section import actions, applied, declare, sent

from runbook.kinds.kind import Owner
from runbook.kinds.secretsmanager import StoredSecret
from runbook.model import Known, Resource, State, canonical
from runbook.rehearsal.embedded import Embedded
from runbook.runs.rotate import rotate
from runbook.settings import Deployment

PATH = "/karet/prod/api-key"


def declared(deployment: Deployment) -> Sequence[Resource]:
    return [
        StoredSecret(
            id="secrets.api-key",
            owner=Owner(deployment.stack, 4),
            name=PATH,
            region=deployment.region,
            account=deployment.account or "",
            description="for the tests",
        )
    ]


@pytest.fixture
def open_secret(open_runs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    declare(monkeypatch, declared)
    return open_runs


def value(runs: Any) -> str:
    return str(runs.place.session.read("secretsmanager", "GetSecretValue", {"SecretId": PATH})["SecretString"])


def send(runs: Any, operation: str, **params: Any) -> None:
    runs.place.session.send("secretsmanager", operation, params)


def test_a_secret_is_made_with_a_long_value_and_names_its_version(open_secret: Any) -> None:
    runs = open_secret()
    applied(runs)
    assert len(value(runs)) == 48
    assert value(runs).isalnum()
    outputs = open_secret().plan().found["secrets.api-key"].state.outputs
    assert outputs["arn"].startswith(f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{PATH}-")
    read = runs.place.session.read("secretsmanager", "GetSecretValue", {"SecretId": PATH})
    assert outputs["version"] == read["VersionId"]
    assert len(outputs["version"]) == 32, "the version is the client token of the call"
    assert actions(open_secret()) == {"secrets.api-key": "none"}


def test_a_value_of_the_operators_own_is_kept_when_the_secret_is_taken_over(open_secret: Any) -> None:
    runs = open_secret()
    send(runs, "CreateSecret", Name=PATH, SecretString="my own value")
    assert "--adopt secrets.api-key" in runs.plan().plan.changes[0].stop
    taken = runs.plan(adopt=["secrets.api-key"])
    assert [call.name for call in taken.plan.changes[0].calls] == [
        "secretsmanager.TagResource",
        "secretsmanager.UpdateSecret",
    ]
    runs.apply(taken, command="test")
    assert value(runs) == "my own value"
    assert open_secret().plan().plan.acting == ()


def test_a_secret_that_is_scheduled_for_deletion_is_restored_with_its_value(open_secret: Any) -> None:
    applied(open_secret())
    before = value(open_secret())
    runs = open_secret()
    runs.apply(runs.plan_destroy(delete_data=True), command="test")
    assert runs.plan_destroy(delete_data=True).plan.changes == ()
    assert sent(open_secret()) == ["secretsmanager.RestoreSecret"]
    applied(open_secret())
    assert value(open_secret()) == before
    assert open_secret().plan().plan.acting == ()


def test_a_restored_secret_that_never_had_a_value_gets_one(open_secret: Any) -> None:
    runs = open_secret()
    tags = [{"Key": "karet:stack", "Value": "karet"}]
    send(runs, "CreateSecret", Name=PATH, Tags=tags)
    assert sent(runs) == ["secretsmanager.PutSecretValue", "secretsmanager.TagResource", "secretsmanager.UpdateSecret"]
    send(runs, "DeleteSecret", SecretId=PATH, RecoveryWindowInDays=7)
    assert sent(runs)[:2] == ["secretsmanager.RestoreSecret", "secretsmanager.PutSecretValue"]
    applied(runs)
    assert len(value(runs)) == 48
    assert open_secret().plan().plan.acting == ()


@pytest.mark.parametrize("deleted", [False, True])
def test_a_strangers_secret_that_is_deleted_or_empty_is_left_alone(open_secret: Any, deleted: bool) -> None:
    runs = open_secret()
    send(runs, "CreateSecret", Name=PATH, Tags=[{"Key": "karet:stack", "Value": "other"}])
    if deleted:
        send(runs, "DeleteSecret", SecretId=PATH, RecoveryWindowInDays=7)
    (change,) = runs.plan().plan.changes
    assert change.calls == ()
    assert ("is scheduled for deletion" if deleted else "has no value") in change.stop
    assert "does not carry our tags" in change.stop


def test_a_destroy_keeps_secrets_and_with_data_leaves_a_week_to_restore_them(open_secret: Any) -> None:
    applied(open_secret())
    assert open_secret().plan_destroy().plan.acting == ()
    runs = open_secret()
    planned = runs.plan_destroy(delete_data=True)
    assert planned.plan.changes[0].calls[0].params["RecoveryWindowInDays"] == 7
    result = runs.apply(planned, command="test")
    assert result.left == ()
    assert "DeletedDate" in runs.place.session.read("secretsmanager", "DescribeSecret", {"SecretId": PATH})


def test_a_call_whose_answer_is_lost_makes_one_secret(open_secret: Any, embedded: Embedded) -> None:
    embedded.add_faults(["secretsmanager.CreateSecret:503-after"])
    applied(open_secret())
    assert open_secret().plan().plan.acting == ()
    (listed,) = open_secret().place.session.read("secretsmanager", "ListSecrets", {})["SecretList"]
    assert len(listed["SecretVersionsToStages"]) == 1


def test_no_value_is_in_a_plan_a_journal_an_event_an_error_or_a_file(
    open_secret: Any, embedded: Embedded, tmp_path: Path
) -> None:
    seen: list[str] = []
    values: set[str] = set()

    def run(do: Any) -> None:
        runs = open_secret()
        seen.append(canonical(runs.plan().plan.as_json()))
        try:
            result = do(runs)
        except Exception as error:  # noqa: BLE001  whatever is raised must not show the value either
            seen.append(f"{error!r} {error}")
        else:
            seen.extend(repr(step) for step in result.report.steps)
            seen.extend(repr(check) for check in result.checks)
        values.add(value(runs))

    def apply(runs: Any) -> Any:
        return runs.apply(runs.plan(), command="test", on_event=lambda event: seen.append(repr(event) + event.line()))

    run(apply)
    run(lambda runs: rotate(runs, "api-key", "test", on_event=lambda event: seen.append(repr(event))))
    for fault in ("throttle", "503-after", "denied"):
        embedded.add_faults([f"secretsmanager.PutSecretValue:{fault}"])
        run(lambda runs: rotate(runs, "api-key", "test", on_event=lambda event: seen.append(repr(event))))
    seen.extend(repr(check.as_json()) for check in open_secret().verify(command="verify"))
    assert len(values) >= 4
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"PutSecretValue" in kept
    for canary in values:
        assert canary.encode() not in kept
        assert not any(canary in text for text in seen)


def test_reading_twice_the_same_state_plans_the_same() -> None:
    (one,) = declared(Deployment(region="eu-west-1", tls="none", account="123456789012"))
    known = Known({})
    assert one.plan(State.ABSENT, known).calls == one.plan(State.ABSENT, known).calls
    assert one.plan(State.ABSENT, known).calls[0].token == "ClientRequestToken"
    part = one.cloudformation()
    assert part is not None
    assert part.properties["GenerateSecretString"]["PasswordLength"] == 48
    assert "SecretString" not in part.properties
