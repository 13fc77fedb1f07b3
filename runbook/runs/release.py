"""Brings the next version out, and the last one back: images, revisions and services, and nothing else.

The declaration is the one of every plan, with other images in it; so a release is planned, confirmed, journaled and
continued like everything else. What a later apply finds running, it keeps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from runbook.calls import digest
from runbook.engine.events import Message, OnEvent
from runbook.engine.graph import Graph
from runbook.engine.journal import Journal, Run
from runbook.engine.plan import Plan
from runbook.engine.survey import known_from
from runbook.engine.tasks import Stop
from runbook.errors import PlanError, RunbookError, SettingsError
from runbook.images.performer import NOT_REHEARSED
from runbook.kinds.ecs_history import deployments_of
from runbook.kinds.ecs_service import Service
from runbook.kinds.image import Image
from runbook.kinds.task_definition import TaskDefinition
from runbook.machine import source_problem
from runbook.model import CheckResult, Known
from runbook.runs.release_back import versions
from runbook.runs.release_checks import check_release
from runbook.runs.release_choice import Choice, go_back, named_images, sources_of
from runbook.runs.release_difference import revision_difference
from runbook.runs.runs import Planned, RunResult, Runs

_SECTIONS = ("4", "6")


def _deaf(event: Any) -> None:
    """Nobody listens."""
    del event


@dataclass(frozen=True)
class PlannedRelease:
    """A release that nobody has carried out yet.

    Parameters
    ----------
    planned: the plan of exactly what is released.
    parts: part (web, worker, poller) -> what becomes of its image, in words.
    differences: name of a service -> the lines in which its new revision differs from the one that runs.
    notes: what a person should know before saying yes.
    """

    planned: Planned
    parts: Mapping[str, str]
    differences: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]
    releasing: Runs = field(repr=False, compare=False)

    @property
    def has_work(self) -> bool:
        """Whether there is anything to do or to wait for."""
        return self.releasing.has_work(self.planned)


def plan_release(
    runs: Runs,
    *,
    sources: Mapping[str, Path] | None = None,
    images: Mapping[str, str] | None = None,
    rollback: bool = False,
    on_event: OnEvent = _deaf,
) -> PlannedRelease:
    """Plan a release; changes nothing.

    Parameters
    ----------
    sources: part -> folder to build; without any, and without images, all folders of the settings.
    images: part -> REPOSITORY@sha256:... in the stack's own repository.
    rollback: go back to the version before the present one.

    Raises
    ------
    SettingsError: the settings hold the image, or an image is not in the stack's repository.
    PlanError: nothing is deployed yet, or there is nothing to go back to.
    """
    if rollback and (sources or images):
        raise SettingsError("a rollback finds its images itself", hint="Leave out --rollback, or --source and --image.")
    notes: tuple[str, ...] = ()
    if rollback:
        choices, notes = go_back(runs)
    elif sources or images:
        choices = {**sources_of(sources or {}), **named_images(images or {})}
    else:
        deployment = runs.place.deployment
        choices = {part: Choice(source=getattr(deployment.source, part) or "") for part in deployment.image_parts}
    _refuse_held(runs, choices)
    releasing = _releasing(runs, choices)
    planned = _plan(releasing, on_event)
    stand_ins = _stand_ins(releasing, planned)
    if stand_ins:
        releasing = _releasing(runs, {**choices, **stand_ins})
        planned = _plan(releasing, on_event)
        notes = (*notes, f"the sources are samples, which stand for a new version here; {NOT_REHEARSED}")
    return PlannedRelease(planned, _parts(releasing, planned), _differences(releasing, planned), notes, releasing)


def release(
    runs: Runs,
    planned: PlannedRelease,
    *,
    command: str,
    on_event: OnEvent = _deaf,
    stop: Stop | None = None,
) -> RunResult:
    """Carry out a release that somebody has seen; when new tasks do not get well, the last good revision runs again.

    Raises
    ------
    LockError, JournalError, PlanError: as for every apply; then nothing was begun.
    """
    result = planned.releasing.apply(planned.planned, command=command, on_event=on_event, stop=stop)
    failed = {
        step.change.id.rpartition(".")[2]
        for step in result.report.steps
        if step.became == "failed" and step.change.kind == Service.__name__
    }
    if not failed:
        return result
    before = {
        service: str(planned.planned.found[f"services.{service}"].state.settings["task_definition"])
        for service in sorted(failed)
    }
    said = tuple(_again_as_before(runs, service, ran, command, on_event) for service, ran in before.items())
    for text in said:
        on_event(Message(runs.place.clock.now(), "warning", text))
    return replace(result, warnings=(*result.warnings, *said))


# -- what is released -------------------------------------------------------------------------------------------------


def _refuse_held(runs: Runs, choices: Mapping[str, Choice]) -> None:
    deployment = runs.place.deployment
    for part, choice in choices.items():
        if part not in deployment.image_parts:
            raise SettingsError(
                f"the stack has no image {part}; it has {', '.join(deployment.image_parts)}",
                hint='The poller is there with events = "sqs" only.',
            )
        if held := getattr(deployment.images, part):
            raise SettingsError(
                f"images.{part} in the settings holds {held}, so the next apply would undo the release",
                hint=f"Take images.{part} out of karet.toml and release again; or change it, then `karet apply 4 6`.",
            )
        image = runs.graph.resources[f"images.{part}"]
        if choice.given and isinstance(image, Image) and choice.given.partition("@")[0] not in image.own_names:
            raise SettingsError(
                f"{choice.given} is not in {image.own_names[-1]}, the repository of this stack",
                hint=f"Push it there, or set images.{part} in karet.toml and `karet apply 4 6`.",
            )


def _releasing(runs: Runs, choices: Mapping[str, Choice]) -> _Releasing:
    return _Releasing(runs.place, runs.performers, runs.calls_in_flight, runs.rates, runs.budget, choices=choices)


@dataclass(frozen=True)
class _Releasing(Runs):
    """Runs for which other images are declared, or a revision to go back to.

    Parameters
    ----------
    revisions: service -> ARN of the revision that shall run, whatever is declared.
    """

    choices: Mapping[str, Choice] = field(default_factory=dict)
    revisions: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def graph(self) -> Graph:
        """What the sections declare, with the chosen images in it."""
        return Graph([self._chosen(one) for one in Runs(self.place).graph.resources.values()])

    def _chosen(self, one: Any) -> Any:
        part = one.id.rpartition(".")[2]
        if isinstance(one, Image) and part in self.choices:
            choice = self.choices[part]
            if choice.given:
                return replace(one, given=choice.given)
            return replace(one, source=choice.source or one.source, from_source=True, stands_for=choice.stands_for)
        if isinstance(one, TaskDefinition):
            service = part.removeprefix("task-")
            if service in self.revisions:
                return replace(one, revision=self.revisions[service])
            if service in self.services:
                return replace(one, release=self.release_id)
        return one

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The services that the chosen images run in; the poller runs beside the worker."""
        return tuple(sorted({"worker" if part == "poller" else part for part in (*self.choices, *self.revisions)}))

    @cached_property
    def release_id(self) -> str:
        """Names what is released, the same for the same images, so that a run that was cut off goes on as one."""
        tags = {
            part: choice.given or one.tag
            for part, choice in sorted(self.choices.items())
            if isinstance(one := self._chosen(self._declared[f"images.{part}"]), Image)
            and (choice.given or not source_problem(Path(one.source)))
        }
        return digest(tags)[:12]

    @cached_property
    def _declared(self) -> Mapping[str, Any]:
        return Runs(self.place).graph.resources

    @property
    def ids(self) -> set[str]:
        """What a release changes."""
        images = {f"images.{part}" for part in self.choices}
        return images | {f"services.{kind}{one}" for one in self.services for kind in ("task-", "")}

    def _check_after(self, plan: Plan, journal: Journal, run: Run, on_event: OnEvent) -> list[CheckResult]:
        """Also that our own deployment was completed, and that what runs is what was released."""
        results = super()._check_after(plan, journal, run, on_event)
        for result in check_release(self, run.id, self.services) if self.choices else ():
            self._record(result, journal, run, on_event)
            results.append(result)
        return results


def _plan(releasing: _Releasing, on_event: OnEvent) -> Planned:
    planned = releasing.plan(_SECTIONS, on_event=on_event)
    for service in releasing.services:
        if not planned.found[f"services.{service}"].state.exists:
            name = releasing.place.deployment.ecs_service(service)
            raise PlanError(
                f"there is no service {name} yet, so there is nothing to release to",
                hint="`karet apply` brings out the first version.",
            )
    return _only(planned, releasing.ids)


def _only(planned: Planned, ids: Collection[str]) -> Planned:
    """The same plan, which changes these resources and nothing else; what is left as it is stays for the others."""
    changes = tuple(change for change in planned.plan.changes if change.id in ids or change.action == "none")
    return replace(planned, plan=replace(planned.plan, changes=changes, left=()))


def _stand_ins(releasing: _Releasing, planned: Planned) -> dict[str, Choice]:
    """In a rehearsal with sample sources: a tag of its own for each release, because samples never change."""
    place = releasing.place
    if not place.rehearsal or place.deployment.images.registry:
        return {}
    found = {}
    for part, choice in releasing.choices.items():
        image = releasing.graph.resources[f"images.{part}"]
        sample = isinstance(image, Image) and not choice.given and "rehearsal/sample" in Path(image.source).as_posix()
        if sample and isinstance(image, Image):
            running = planned.found[f"services.task-{part}"].state.settings["containers"][0]["image"]
            processor = image.platform.rpartition("/")[2]
            found[part] = replace(choice, stands_for=f"src-{digest([image.tag, running])[:12]}-{processor}")
    return found


# -- what it will be --------------------------------------------------------------------------------------------------


def _parts(releasing: _Releasing, planned: Planned) -> dict[str, str]:
    told = {}
    for part, choice in releasing.choices.items():
        image, found = releasing.graph.resources[f"images.{part}"], planned.found[f"images.{part}"]
        if found.state.exists:
            told[part] = f"{found.state.outputs['reference']}, which is there already"
        elif isinstance(image, Image) and not found.change.stop:
            told[part] = f"built from {image.source} and pushed as {image.tag}"
        else:
            told[part] = found.change.stop or choice.given
    return told


def _differences(releasing: _Releasing, planned: Planned) -> dict[str, tuple[str, ...]]:
    known, deployment = Known(known_from(planned.found)), releasing.place.deployment
    built = {
        deployment.family(part): text
        for part, text in _parts(releasing, planned).items()
        if not planned.found[f"images.{part}"].state.exists
    }
    told = {}
    for service in releasing.services:
        one = planned.found[f"services.task-{service}"]
        running = planned.found[f"services.{service}"].state.settings["task_definition"]
        before = one.state if one.state.outputs.get("arn") == running else None
        declared = known.value(dict(one.resource.settings())) if isinstance(one.resource, TaskDefinition) else {}
        name = deployment.ecs_service(service)
        told[name] = (
            revision_difference(before.settings, declared, built)
            if before
            else (f"revision {one.state.name} is registered already and takes over from {running.rpartition('/')[2]}",)
        )
    return told


# -- the last good one -------------------------------------------------------------------------------------------------


def _again_as_before(runs: Runs, service: str, ran: str, command: str, on_event: OnEvent) -> str:
    """Let the last revision that ran well run again, unless ECS has seen to it already; what came of it, in words.

    Parameters
    ----------
    ran: the revision that ran when the release was planned; when it ran well, it is the one, even if the new one has
        come up since it was judged.
    """
    deployment = runs.place.deployment
    name = deployment.ecs_service(service)
    try:
        history = deployments_of(runs.place.session.look(), deployment.cluster, name)
        kept = versions(history, {deployment.family(service): service})
        if not kept:
            return f"{name} has never run well, so there is no revision to go back to"
        well = {one.task_definition for one in history if one.ran_well}
        good = ran if ran in well else kept[-1].task_definition
        going_back = _Releasing(
            runs.place, runs.performers, runs.calls_in_flight, runs.rates, runs.budget, revisions={service: good}
        )
        planned = _plan(going_back, on_event)
        if going_back.has_work(planned):
            back = going_back.apply(
                planned, command=f"{command} (back to {good.rpartition('/')[2]})", on_event=on_event
            )
            if back.exit_code:
                return f"{name} could not be brought back to {good.rpartition('/')[2]}: see run {back.run}"
    except RunbookError as error:
        # The failure of the release is what has to be told; this one stands beside it.
        return f"{name} could not be brought back to the last revision that ran well: {error}"
    return f"{name} runs {good.rpartition('/')[2]} again, the last revision that ran well"
