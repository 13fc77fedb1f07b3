"""Before anything is changed: `karet doctor` on everything, and the cheap parts of it on exactly one plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from runbook import document
from runbook.engine.performers import Performers
from runbook.engine.plan import Plan
from runbook.engine.probing import beside_aws
from runbook.errors import RunbookError
from runbook.export.policy_reads import read_actions
from runbook.images.performer import ImagePerformer
from runbook.model import CheckResult, ReadOnlyAws
from runbook.preflight.credentials import credentials_item
from runbook.preflight.finding import Chapter, Item, Outcome
from runbook.preflight.names import name_items
from runbook.preflight.permission_places import Places, foreseen
from runbook.preflight.permissions import Need, concrete, needs_of, permission_items
from runbook.preflight.reach_items import reach, reach_items
from runbook.preflight.source_check import source_items
from runbook.preflight.ways_out import prices_from
from runbook.runs.checking import check_sections
from runbook.runs.image_trials import image_items
from runbook.runs.outcome import Planned
from runbook.runs.runs import Runs
from runbook.settings import SERVICES, Service

_SERVICES = 6
"""The section whose tasks have to reach something."""
_SAMPLES = Path(__file__).parents[1] / "rehearsal" / "sample"
_NOT_RUN = Item("run.images", "unknown", "The images run as their tasks would", "skipped: --no-run was given")
_OUTCOMES: dict[str, Outcome] = {
    "passed": "ok",
    "failed": "failed",
    "not_rehearsed": "not_rehearsed",
    "waiting": "unknown",
}


def _deaf(text: str) -> None:
    """Nobody listens."""
    del text


def doctor(
    runs: Runs, words: Sequence[str] = (), *, run_images: bool = True, tell: Callable[[str], None] = _deaf
) -> list[Chapter]:
    """Everything that can be told before the first change; changes nothing.

    Parameters
    ----------
    words: section numbers or names that the plan is about; none for all. Tools, sources and quotas are always of all.
    run_images: whether each image is built or pulled, where it is not there, and started on this machine.
    tell: gets a line before something that takes its time.
    """
    checks = _prerequisites(runs)
    images = image_items(runs, tell) if run_images else [_NOT_RUN]
    ran = Chapter("run", "Images, run on this machine", tuple(images))
    try:
        planned = runs.plan(words)
    except RunbookError as error:
        named = (Item("names.plan", "failed", "A plan can be made", error.message, fix=error.hint),)
        untold = "there is no plan yet"
        return [
            Chapter("account", "Account and credentials", tuple(_of(checks, "identity"))),
            Chapter("source", "Tools and source", (*_of(checks, "engine", "source", "zone"), *_sources(runs))),
            ran,
            Chapter("names", "Names and what can be taken over", named),
            Chapter("quotas", "Quotas", tuple(_of(checks, "quota"))),
            Chapter("permissions", "Permissions", (Item("permissions.plan", "unknown", "Calls are allowed", untold),)),
            Chapter("reach", "Reachability", (Item("reach.plan", "unknown", "Tasks reach what they need", untold),)),
        ]
    reads = runs.place.session.look()
    return [
        Chapter("account", "Account and credentials", (*_of(checks, "identity"), _credentials(runs, planned.plan))),
        Chapter("source", "Tools and source", (*_of(checks, "engine", "source", "zone"), *_sources(runs))),
        ran,
        Chapter("names", "Names and what can be taken over", tuple(name_items(planned.plan))),
        Chapter("quotas", "Quotas", tuple(_of(checks, "quota"))),
        Chapter("permissions", "Permissions", tuple(_permissions(runs, planned.plan, reads))),
        Chapter("reach", "Reachability", tuple(_reach(runs, planned, reads))),
    ]


def before_apply(runs: Runs, planned: Planned) -> list[Item]:
    """What a person should know before this plan is applied: nothing of it holds the plan up.

    What cannot be told, or is well, is left out.
    """
    if planned.plan.destroys or not planned.plan.acting:
        return []
    reads = runs.place.session.look()
    found = [_credentials(runs, planned.plan), *_permissions(runs, planned.plan, reads)]
    if any(change.section == _SERVICES for change in planned.plan.acting):
        found += _reach(runs, planned, reads)
    return [item for item in found if item.outcome in ("failed", "warning")]


def _prerequisites(runs: Runs) -> list[CheckResult]:
    place = runs.place
    first = document.choose(["1"])
    return check_sections(first, place.deployment, place.session.look, {}, place.clock, rehearsal=place.rehearsal)


def _of(checks: Iterable[CheckResult], *names: str) -> list[Item]:
    """The checks of section 1 whose ids begin so, as items."""
    return [
        Item(one.id, _OUTCOMES[one.outcome], one.statement, one.detail, fix=one.hint)
        for one in checks
        if one.id.partition(".")[2].startswith(names)
    ]


def _sources(runs: Runs) -> list[Item]:
    return [item for service in SERVICES for item in _source(runs, service)]


def _source(runs: Runs, service: Service) -> list[Item]:
    deployment = runs.place.deployment
    statement = f"The {service} program fits the application contract"
    if getattr(deployment.images, service):
        detail = "the image is given by digest, so there is no source to read; a run of it can tell"
        return [Item(f"source.{service}.contract", "unknown", statement, detail)]
    tree = Path(getattr(deployment.source, service))
    if tree.is_relative_to(_SAMPLES):
        detail = "there is no source tree here; the rehearsal uses a stand-in"
        return [Item(f"source.{service}.contract", "not_rehearsed", statement, detail)]
    return source_items(deployment, service, tree)


def _credentials(runs: Runs, plan: Plan) -> Item:
    place = runs.place
    ends = None if place.rehearsal else place.session.expires_at()
    return credentials_item(plan, ends, place.clock.now())


def performers(runs: Runs) -> Performers:
    """Who would carry out the calls of a plan; for what they need, not to carry anything out."""
    place = runs.place
    loops = {name: loop for kind in document.kinds().values() for name, loop in kind.loops.items()}
    registry = place.deployment.images.registry or ""
    images = ImagePerformer(rehearsal=place.rehearsal, registry=registry, logs=place.journal.parent, tell=_deaf)
    return runs.performers(Performers({**beside_aws(loops, place.clock), "image": images}))


def _permissions(runs: Runs, plan: Plan, reads: ReadOnlyAws) -> list[Item]:
    place = runs.place
    where = Places(place.deployment, place.identity.account, place.identity.partition)
    needs = needs_of(plan, performers(runs), where, foreseen(runs.graph.resources.values(), where))
    asked = read_needs(where)
    return permission_items(needs, reads, place.identity.arn, rehearsal=place.rehearsal, reads=asked)


def read_needs(where: Places) -> list[Need]:
    """What plan, verify, status and doctor ask of AWS, whichever section is chosen."""
    asked = {Need(action, concrete(arn)) for action, what in read_actions() for arn in where.arns(what)}
    return sorted(asked, key=str)


def _reach(runs: Runs, planned: Planned, reads: ReadOnlyAws) -> list[Item]:
    deployment = runs.place.deployment
    usd = prices_from(runs.rates, deployment.region)
    return reach_items(reach(deployment, runs.graph.resources.values(), planned.found, reads, usd))
