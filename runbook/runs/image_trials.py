"""Starts each service's image on this machine with exactly what its task would be given, and judges what it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook.errors import AwsError, ImageError
from runbook.images.tag import source_tag
from runbook.kinds.task_definition import TaskDefinition
from runbook.machine import source_problem
from runbook.model import Known, Unknown
from runbook.preflight.finding import Item
from runbook.preflight.source_check import PLATFORMS
from runbook.preflight.trial_items import order_for, trial_items
from runbook.runs.runs import Runs
from runbook.settings import SERVICES, Service

if TYPE_CHECKING:
    from runbook.images.engine import Engine

PLACEHOLDER = "placeholder-of-karet-doctor-in-place-of-a-secret"
"""Stands for every secret, and for what only AWS knows; 48 characters, as the secrets that are made here."""

_SAMPLES = Path(__file__).parents[1] / "rehearsal" / "sample"


def image_items(runs: Runs, tell: Callable[[str], None]) -> list[Item]:
    """What a run of each image shows; where there is no engine, that it was skipped.

    Parameters
    ----------
    tell: gets a line before something that takes its time.
    """
    wanted: list[Service] = []
    items: list[Item] = []
    for service in SERVICES:
        why = _stand_in(runs, service)
        if why:
            items.append(_skipped(service, "not_rehearsed", why))
        else:
            wanted.append(service)
    if not wanted:
        return items
    from runbook.images.engine import open_engine

    try:
        engine = open_engine()
    except ImageError as error:
        return items + [_skipped(one, "unknown", f"skipped: {error.message}", error.hint) for one in wanted]
    try:
        for service in wanted:
            items += _tried(runs, service, engine, tell)
    finally:
        engine.close()
    return items


def _stand_in(runs: Runs, service: Service) -> str:
    """Why there is no real image in a rehearsal; empty when there is one."""
    deployment = runs.place.deployment
    if getattr(deployment.images, service):
        return "the embedded AWS has no registry to pull it from" if runs.place.rehearsal else ""
    tree = Path(getattr(deployment.source, service))
    return "there is no source tree here; the rehearsal uses a stand-in" if tree.is_relative_to(_SAMPLES) else ""


def _skipped(service: Service, outcome: Any, why: str, fix: str = "") -> Item:
    return Item(f"run.{service}.image", outcome, f"The {service} image runs as its task would", why, fix=fix)


def _tried(runs: Runs, service: Service, engine: Engine, tell: Callable[[str], None]) -> list[Item]:
    from runbook.images.trial import remove_left_behind, try_out

    deployment, clock = runs.place.deployment, runs.place.clock
    try:
        remove_left_behind(engine, clock)
        image = _image(runs, service, engine, tell)
        order = order_for(deployment, service, image, environment(runs, service))
        tell(f"running {image} for a look")
        return trial_items(deployment, service, order, try_out(engine, order, clock))
    except ImageError as error:
        return [_skipped(service, "failed", error.message, error.hint)]
    except AwsError as error:
        why = f"{error.service}.{error.operation} answered {error.code}, so the image cannot be pulled"
        return [_skipped(service, "unknown", why)]


def _image(runs: Runs, service: Service, engine: Engine, tell: Callable[[str], None]) -> str:
    """The name of an image that the engine has: pulled by its digest, or built from the source unless it was before.

    Raises
    ------
    ImageError: it can be neither.
    """
    from runbook.images.build import Order, build
    from runbook.images.registry import login_from

    deployment = runs.place.deployment
    platform = PLATFORMS[deployment.architecture]
    if given := getattr(deployment.images, service):
        if not engine.has(given):
            tell(f"pulling {given}")
            ecr = ".dkr.ecr." in given.partition("/")[0]
            login = login_from(runs.place.session.read("ecr", "GetAuthorizationToken", {})) if ecr else None
            for _ in engine.pull(given, platform, login.for_engine if login else None):
                pass
        return str(given)
    tree = Path(getattr(deployment.source, service))
    if problem := source_problem(tree):
        raise ImageError(problem, hint=f"Set source.{service}, or images.{service} to an image by digest.")
    name = f"karet-doctor/{deployment.repository(service)}:{source_tag(tree, platform.rpartition('/')[2])}"
    if not engine.has(name):
        log = runs.place.journal.parent / "doctor" / f"{service}.log"
        tell(f"building {tree} for {platform}; output in {log}")
        build(engine, Order(tree, name, platform), log)
    return name


def environment(runs: Runs, service: Service) -> dict[str, str]:
    """Every variable of the service's container, from the same declaration that its task definition is made from.

    Secrets are placeholders. One variable is added: on an EC2 machine the program must not find the machine's own
    credentials, which Fargate does not have.
    """
    task = runs.graph.resources[f"services.task-{service}"]
    family = runs.place.deployment.family(service)
    found: dict[str, str] = {"AWS_EC2_METADATA_DISABLED": "true"}
    containers = task.containers if isinstance(task, TaskDefinition) else ()
    for container in containers:
        if container["name"] == family:
            for one in container.get("environment", ()):
                value = Known({}).value(one["value"])
                found[one["name"]] = PLACEHOLDER if isinstance(value, Unknown) else value
            found |= {one["name"]: PLACEHOLDER for one in container.get("secrets", ())}
    return found
