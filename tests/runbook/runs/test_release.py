"""A release in a whole stack: the new digest runs, a broken one leaves the old one running, and there is a way back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kill_at_call import KillAt, KilledError

from runbook.cli.main import karet
from runbook.engine.events import ChangeFailed, Message, WaitProgress
from runbook.errors import PlanError, SettingsError
from runbook.preflight.finding import Item
from runbook.rehearsal.embedded import Embedded
from runbook.runs.release import plan_release, release
from runbook.runs.rollout_advice import verdict_of
from runbook.runs.runs import Runs

CALLS = (
    "Build",
    "Push",
    "RegisterTaskDefinition",
    "UpdateService",
    "DeregisterTaskDefinition",
    "DeleteTaskDefinitions",
)
"""The calls of a release, in their order."""
READS = ("Get", "Head", "List", "Describe", "Test", "BatchGet")


class Stack:
    """What of a stack a release is about, read as somebody else would read it."""

    def __init__(self, embedded: Embedded, open_runs: Any, folder: Path) -> None:
        self.open = open_runs
        self.embedded = embedded
        self._folder = folder
        self._client = lambda service: embedded._rehearsal._inside.client(service, "us-east-1")

    def digests(self, service: str = "karet-svc") -> set[str]:
        """The digests that the tasks of a service run, all of them well."""
        ecs = self._client("ecs")
        arns = ecs.list_tasks(cluster="karet", serviceName=service)["taskArns"]
        tasks = ecs.describe_tasks(cluster="karet", tasks=arns)["tasks"]
        ready = [one for one in self.embedded.tasks()["tasks"] if one["service"] == service and one["ready"]]
        assert len(ready) == len(tasks) > 0
        return {container["imageDigest"] for task in tasks for container in task["containers"]}

    def revisions(self) -> list[str]:
        arns = self._client("ecs").list_task_definitions()["taskDefinitionArns"]
        return sorted(arn.rpartition("/")[2].partition(":")[0] for arn in arns)

    def source(self, version: str) -> Path:
        """A source tree of another version of the web application."""
        tree = self._folder / version
        if not tree.exists():
            tree.mkdir()
            (tree / "Dockerfile").write_text(f"FROM scratch\nLABEL version={version}\n")
        return tree

    def written(self) -> list[str]:
        return [one["operation"] for one in self.embedded.calls() if not one["operation"].startswith(READS)]

    def release(self, runs: Runs | None = None, **what: Any) -> tuple[Any, Any, list[Any]]:
        runs = runs or self.open()
        events: list[Any] = []
        planned = plan_release(runs, **what)
        command = "karet release --rollback" if what.get("rollback") else "karet release"
        return planned, release(runs, planned, command=command, on_event=events.append), events


@pytest.fixture
def stack(embedded: Embedded, open_runs: Any, tmp_path: Path) -> Stack:
    made = Stack(embedded, open_runs, tmp_path)
    runs = made.open()
    assert runs.apply(runs.plan(), command="test").exit_code == 0
    return made


@pytest.mark.long
def test_a_release_goes_out_a_broken_one_leaves_the_old_one_running_and_a_rollback_goes_back_one(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, worker = stack.digests(), stack.digests("karet-worker-svc")
    two = {"web": stack.source("two")}
    stack.embedded.clear_calls()
    # The difference is shown before anything is changed.
    monkeypatch.setattr(Runs, "open", lambda *_, **__: stack.open())
    ran = CliRunner().invoke(karet, ["release", "--source", f"karet={two['web']}", "--dry-run", "--json"])
    told = json.loads(ran.stdout)
    (line,) = told["differences"]["karet-svc"]
    assert line.startswith("karet image: ")
    assert f"built from {two['web']}" in line
    assert (list(told["parts"]), told["outcome"]) == (["web"], "planned")
    assert stack.written() == []
    # What speaks against it is said before anybody is asked.
    denied = Item("permissions.denied", "warning", "The calls are allowed", "ecs:UpdateService is not", fix="Ask.")
    with monkeypatch.context() as patched:
        patched.setattr("runbook.runs.preflight.before_apply", lambda *_: [denied])
        asked = CliRunner().invoke(karet, ["release", "--source", f"karet={two['web']}"])
    assert "ecs:UpdateService is not" in asked.stderr
    assert isinstance(asked.exception, SettingsError)
    assert stack.written() == []
    _, result, _ = stack.release(sources=two)
    assert [f"{one.id}: {one.detail}" for one in result.checks if one.outcome == "failed"] == []
    assert result.exit_code == 0
    assert {one.id for one in result.checks} >= {"releases.web-ours"}
    written = [
        "PutImage",
        "RegisterTaskDefinition",
        "UpdateService",
        "DeregisterTaskDefinition",
        "DeleteTaskDefinitions",
    ]
    assert stack.written() == written
    second = stack.digests()
    assert second.isdisjoint(first)
    assert stack.digests("karet-worker-svc") == worker
    # An apply keeps what runs, and the same release once more has nothing to do.
    assert stack.open().plan().plan.acting == ()
    assert not plan_release(stack.open(), sources=two).has_work
    # A broken image: the verdict, and what ran before runs again.
    stack.embedded.add_faults(["tasks.karet-svc:exit-code:*"])
    _, failed, events = stack.release(sources={"web": stack.source("broken")})
    assert failed.exit_code == 1
    verdicts = [verdict.cause for one in failed.report.steps if (verdict := verdict_of(one.error))]
    assert verdicts == ["exit-code"]
    assert any("again, the last revision that ran well" in text for text in failed.warnings)
    assert stack.digests() == second
    assert max((one.waited_s for one in events if isinstance(one, WaitProgress)), default=0.0) < 120
    stack.embedded.clear_faults()
    # Back one: accepted after the failure, and there is nothing before that.
    back, result, _ = stack.release(rollback=True)
    assert result.exit_code == 0
    assert (stack.digests(), stack.digests("karet-worker-svc")) == (first, worker)
    assert any("ran well" in note for note in back.notes)
    with pytest.raises(PlanError, match="no version to go back to"):
        plan_release(stack.open(), rollback=True)
    assert stack.revisions() == ["karet", "karet-worker"]
    assert stack.open().plan().plan.acting == ()


def test_what_cannot_be_released_is_refused_before_anything_is_changed(stack_less: Any) -> None:
    runs, image = stack_less(), "karet@sha256:" + "a" * 64
    with pytest.raises(PlanError, match="nothing to release to"):
        plan_release(runs, images={"web": image})
    with pytest.raises(SettingsError, match="a rollback finds its images itself"):
        plan_release(runs, images={"web": image}, rollback=True)
    with pytest.raises(SettingsError, match=r"is not in .*karet, the repository of this stack"):
        plan_release(runs, images={"web": "ghcr.io/x/" + image})
    with pytest.raises(SettingsError, match=r"images\.web in the settings holds"):
        plan_release(stack_less(f"images.web={image}"), images={"web": image})
    with pytest.raises(SettingsError, match="the stack has no image poller"):
        plan_release(stack_less("events=none"), images={"poller": image})
    with pytest.raises(PlanError, match="no version to go back to"):
        plan_release(runs, rollback=True)


@pytest.fixture
def stack_less(open_runs: Any) -> Any:
    return open_runs


@pytest.mark.prove
def test_samples_stand_for_a_new_version_at_each_release_and_say_so(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sample = tmp_path / "rehearsal" / "sample" / "src" / "karet"
    shutil.copytree(stack.source("two"), sample)
    seen = [stack.digests()]
    for _ in range(2):
        planned, result, events = stack.release(sources={"web": sample})
        assert result.exit_code == 0
        assert any("not rehearsed" in note for note in planned.notes)
        told = [one.text for one in events if isinstance(one, Message)]
        assert any("not rehearsed" in one and "pushing" in one for one in told)
        seen.append(stack.digests())
    assert len(set().union(*seen)) == 3


def _killed_and_run_again(stack: Stack, operation: str, when: str, version: str) -> None:
    """A release that dies at a call is finished by the same release, and so is the way back from it."""
    before = stack.digests()
    for what, ends in (({"sources": {"web": stack.source(version)}}, False), ({"rollback": True}, True)):
        if ends and operation in CALLS[:2]:
            # A rollback neither builds nor pushes.
            assert stack.release(**what)[1].exit_code == 0
            break
        runs = stack.open()
        dying = Runs(runs.place, lambda usual: KillAt(usual, operation, when))  # type: ignore[arg-type,return-value]
        with pytest.raises(KilledError):
            stack.release(dying, **what)
        planned, result, _ = stack.release(**what)
        assert result.exit_code == 0, [f"{one.change.id} {one.error}" for one in result.report.steps if one.error]
        assert planned.has_work
        assert stack.revisions() == ["karet", "karet-worker"]
        assert (stack.digests() == before) == ends
        assert stack.open().plan().plan.acting == ()
    assert stack.digests() == before


@pytest.mark.prove
@pytest.mark.parametrize("cause", ["quota", "wrong-health-path", "image-missing"])
def test_whatever_keeps_a_release_from_coming_up_the_old_one_runs_and_the_next_is_accepted(
    stack: Stack, cause: str
) -> None:
    """Of the three, ECS never ends the first, ends the second late and the third soon."""
    first = stack.digests()
    stack.embedded.add_faults([f"tasks.karet-svc:{cause}:*"])
    runs = stack.open()
    planned = plan_release(runs, sources={"web": stack.source("broken")})

    def hear(event: Any) -> None:
        # What went wrong was in the new version, so it does not keep the old one from running again.
        if isinstance(event, ChangeFailed):
            stack.embedded.clear_faults()

    failed = release(runs, planned, command="karet release", on_event=hear)
    assert failed.exit_code == 1
    assert [verdict.cause for one in failed.report.steps if (verdict := verdict_of(one.error))] == [cause]
    assert any("runs karet:1 again" in text for text in failed.warnings), failed.warnings
    assert stack.digests() == first
    assert stack.release(sources={"web": stack.source("two")})[1].exit_code == 0
    assert stack.digests().isdisjoint(first)
    assert stack.revisions() == ["karet", "karet-worker"]


@pytest.mark.prove
def test_each_rollback_goes_back_one_more_and_what_was_released_together_goes_back_together(stack: Stack) -> None:
    seen = [(stack.digests(), stack.digests("karet-worker-svc"))]
    worker = stack._folder / "worker"
    shutil.copytree(stack.source("worker-source"), worker)
    for sources in ({"web": stack.source("two")}, {"web": stack.source("three"), "worker": worker}):
        assert stack.release(sources=sources)[1].exit_code == 0
        seen.append((stack.digests(), stack.digests("karet-worker-svc")))
    for version in (1, 0):
        assert stack.release(rollback=True)[1].exit_code == 0
        assert (stack.digests(), stack.digests("karet-worker-svc")) == seen[version]


@pytest.mark.long
@pytest.mark.prove
def test_killed_before_or_after_each_of_its_calls_a_release_goes_on(stack: Stack) -> None:
    for operation in CALLS:
        for when in ("before", "after"):
            _killed_and_run_again(stack, operation, when, f"{operation}-{when}")
