"""A rotation makes a new value and changes exactly what uses it, and goes on where an earlier one was cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from kill_at_call import KillAt, KilledError

from runbook import document
from runbook.errors import PlanError, SettingsError
from runbook.kinds.kind import Owner
from runbook.kinds.ssm import Parameter
from runbook.model import Resource, Section, ref
from runbook.rehearsal.embedded import Embedded
from runbook.runs.rotate import rotate
from runbook.runs.runs import Runs
from runbook.settings import Deployment

PATH = "/karet/prod/api-key"
TWO_SECRETS = 'app.web.secrets={KARET_API_KEY = "api-key", OTHER = "other"}'


def _user(deployment: Deployment, name: str, secret: str) -> Parameter:
    return Parameter(
        id=f"users.{name}",
        owner=Owner(deployment.stack, 13),
        name=f"/karet/{name}",
        region=deployment.region,
        account=deployment.account or "",
        description="stands for a task definition",
        document={"version": ref(f"secrets.{secret}", "version")},
    )


def _users(deployment: Deployment) -> Sequence[Resource]:
    return _user(deployment, "first", "api-key"), _user(deployment, "second", "other")


@pytest.fixture
def open_two(open_runs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs of sections 9 and of one more, in which two things name a version each."""
    nine = next(section for section in document.sections() if section.number == 9)
    users = Section(number=13, name="users", title="Users", text="", resources=_users)
    monkeypatch.setattr(document, "sections", lambda: (nine, users))
    return lambda: open_runs(TWO_SECRETS)


def apply_all(runs: Runs) -> None:
    assert runs.apply(runs.plan(), command="test").exit_code == 0


def value(runs: Runs, path: str = PATH) -> str:
    return str(runs.place.session.read("secretsmanager", "GetSecretValue", {"SecretId": path})["SecretString"])


def written(embedded: Embedded) -> list[tuple[str, str]]:
    calls = [(call["service"], call["operation"]) for call in embedded.calls()]
    return [call for call in calls if not call[1].startswith(("Get", "List", "Describe"))]


def test_a_rotation_changes_the_secret_and_what_uses_it_and_nothing_else(open_two: Any, embedded: Embedded) -> None:
    apply_all(open_two())
    before, other = value(open_two()), value(open_two(), "/karet/prod/other")
    embedded.clear_calls()
    result = rotate(open_two(), "api-key", "rotate api-key")
    assert result.exit_code == 0
    assert written(embedded) == [("secretsmanager", "PutSecretValue"), ("ssm", "PutParameter")]
    assert value(open_two()) != before
    assert len(value(open_two())) == 48
    assert value(open_two(), "/karet/prod/other") == other
    assert open_two().plan().plan.acting == ()


def test_a_whole_path_names_the_same_secret(open_two: Any) -> None:
    apply_all(open_two())
    before = value(open_two())
    assert rotate(open_two(), PATH, "rotate").exit_code == 0
    assert value(open_two()) != before


def test_a_name_that_is_no_secret_is_refused_with_the_names_that_are(open_two: Any) -> None:
    with pytest.raises(SettingsError, match='no secret "api-kee"') as refused:
        rotate(open_two(), "api-kee", "rotate")
    assert "/karet/prod/api-key, /karet/prod/other" in refused.value.hint


def test_a_secret_that_does_not_exist_yet_is_not_rotated(open_two: Any, embedded: Embedded) -> None:
    with pytest.raises(PlanError, match="does not exist"):
        rotate(open_two(), "api-key", "rotate")
    assert written(embedded) == []


def killed_after(runs: Runs, operation: str) -> None:
    dying = Runs(runs.place, lambda usual: KillAt(usual, operation, "after"))  # type: ignore[arg-type,return-value]
    with pytest.raises(KilledError):
        rotate(dying, "api-key", "rotate api-key")


def test_cut_off_after_the_new_value_the_next_apply_deploys_it(open_two: Any, embedded: Embedded) -> None:
    apply_all(open_two())
    before = value(open_two())
    killed_after(open_two(), "PutSecretValue")
    new = value(open_two())
    assert new != before
    embedded.clear_calls()
    apply_all(open_two())
    assert written(embedded) == [("ssm", "PutParameter")]
    assert value(open_two()) == new
    assert open_two().plan().plan.acting == ()


@pytest.mark.prove
def test_cut_off_after_the_new_value_rotating_again_deploys_that_value(open_two: Any, embedded: Embedded) -> None:
    apply_all(open_two())
    killed_after(open_two(), "PutSecretValue")
    new = value(open_two())
    embedded.clear_calls()
    assert rotate(open_two(), "api-key", "rotate api-key").exit_code == 0
    assert written(embedded) == [("ssm", "PutParameter")]
    assert value(open_two()) == new
    embedded.clear_calls()
    assert rotate(open_two(), "api-key", "rotate api-key").exit_code == 0
    assert written(embedded) == [("secretsmanager", "PutSecretValue"), ("ssm", "PutParameter")]
    assert value(open_two()) != new


@pytest.mark.prove
def test_cut_off_while_deploying_the_next_apply_finishes(open_two: Any) -> None:
    apply_all(open_two())
    killed_after(open_two(), "PutParameter")
    apply_all(open_two())
    assert open_two().plan().plan.acting == ()
