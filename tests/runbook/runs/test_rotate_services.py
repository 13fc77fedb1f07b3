"""A rotation in a whole stack: a new value, a new revision that names it, a deployment of exactly what uses it."""

from __future__ import annotations

from typing import Any

import pytest
from kill_at_call import KillAt, KilledError

from runbook.rehearsal.embedded import Embedded
from runbook.runs.rotate import rotate
from runbook.runs.runs import Runs

# The worker gets a secret of its own, so that each rotation has a service that is none of its business.
SECRETS = ('app.web.secrets={KARET_API_KEY = "api-key"}', 'app.worker.secrets={WORKER_KEY = "worker-key"}')
FAMILIES = {"karet-svc": "karet", "karet-worker-svc": "karet-worker"}
MUTATING = (
    ("secretsmanager", "PutSecretValue"),
    ("ecs", "RegisterTaskDefinition"),
    ("ecs", "UpdateService"),
    ("ecs", "DeregisterTaskDefinition"),
    ("ecs", "DeleteTaskDefinitions"),
)


class Stack:
    """What of a stack a rotation is about, read as somebody else would read it."""

    def __init__(self, embedded: Embedded, open_runs: Any) -> None:
        self.open = lambda: open_runs(*SECRETS)
        self._embedded = embedded
        self._client = lambda service: embedded._rehearsal._inside.client(service, "us-east-1")

    def value(self, name: str) -> tuple[str, str]:
        """The current version of a secret and its value."""
        found = self._client("secretsmanager").get_secret_value(SecretId=f"/karet/prod/{name}")
        return found["VersionId"], found["SecretString"]

    def running(self, service: str) -> tuple[str, str]:
        """The revision that a service runs, and the version of the secret in it."""
        ecs = self._client("ecs")
        found = ecs.describe_services(cluster="karet", services=[service])["services"][0]
        tasks = [one for one in self._embedded.tasks()["tasks"] if one["service"] == service and one["ready"]]
        definition = found["taskDefinition"].rpartition("/")[2]
        assert {one["definition"] for one in tasks} == {definition}
        assert [one["status"] for one in found["deployments"]] == ["PRIMARY"]
        container = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]["containerDefinitions"][0]
        return definition, container["secrets"][0]["valueFrom"].rpartition(":")[2]

    def revisions(self) -> list[str]:
        arns = self._client("ecs").list_task_definitions()["taskDefinitionArns"]
        return sorted(arn.rpartition("/")[2].partition(":")[0] for arn in arns)

    def written(self) -> list[tuple[str, str]]:
        calls = [(call["service"], call["operation"]) for call in self._embedded.calls()]
        return [call for call in calls if not call[1].startswith(("Get", "Head", "List", "Describe", "Test"))]


@pytest.fixture
def stack(embedded: Embedded, open_runs: Any) -> Stack:
    made = Stack(embedded, open_runs)
    runs = made.open()
    assert runs.apply(runs.plan(), command="test").exit_code == 0
    return made


@pytest.mark.long
def test_a_rotation_deploys_the_one_service_that_uses_the_secret_and_leaves_the_other(
    stack: Stack, embedded: Embedded
) -> None:
    web, worker = stack.running("karet-svc"), stack.running("karet-worker-svc")
    before, other = stack.value("api-key"), stack.value("worker-key")
    assert web[1] == before[0]
    embedded.clear_calls()
    result = rotate(stack.open(), "api-key", "rotate api-key")
    assert result.exit_code == 0
    assert stack.written() == list(MUTATING)
    now = stack.value("api-key")
    assert now[0] != before[0]
    assert now[1] != before[1]
    assert stack.running("karet-svc") == ("karet:2", now[0])
    assert (stack.running("karet-worker-svc"), stack.value("worker-key")) == (worker, other)
    assert stack.revisions() == ["karet", "karet-worker"]
    fewest = [one["running"] for one in embedded.tasks()["history"] if one["service"] == "karet-svc"]
    assert min(fewest[fewest.index(2) :]) == 2
    assert stack.open().plan().plan.acting == ()
    # Nothing that was written down holds the value.
    journal = stack.open().place.journal
    assert not any(now[1].encode() in path.read_bytes() for path in journal.parent.rglob("*") if path.is_file())


@pytest.mark.long
@pytest.mark.prove
@pytest.mark.parametrize("again", ["rotate", "apply"])
def test_killed_before_or_after_each_of_its_calls_a_rotation_goes_on(
    stack: Stack, embedded: Embedded, again: str, record_property: Any
) -> None:
    kills = 0
    for _, operation in MUTATING:
        for when in ("before", "after"):
            version, _value = stack.value("api-key")
            worker = stack.running("karet-worker-svc")
            runs = stack.open()
            dying = Runs(runs.place, lambda usual, o=operation, w=when: KillAt(usual, o, w))  # type: ignore[misc]
            with pytest.raises(KilledError):
                rotate(dying, "api-key", "rotate api-key")
            kills += 1
            reached, _value = stack.value("api-key")
            # Only a rotation that died before its first call has made nothing new.
            assert (reached != version) == ((operation, when) != ("PutSecretValue", "before"))
            runs = stack.open()
            if again == "rotate":
                assert rotate(runs, "api-key", "rotate api-key").exit_code == 0
            else:
                assert runs.apply(runs.plan(), command="test").exit_code == 0
            assert stack.running("karet-svc")[1] == stack.value("api-key")[0]
            assert stack.running("karet-worker-svc") == worker
            assert stack.revisions() == ["karet", "karet-worker"]
            assert stack.open().plan().plan.acting == ()
    record_property("counted", f"rotation killed at each call and finished by {again}: {kills} kills")
