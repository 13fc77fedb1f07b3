"""From any settings to any others the whole stack becomes what a fresh one is."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from runbook.rehearsal.embedded import Embedded
from runbook.runs.runs import Planned, Runs
from runbook.settings.limits import FARGATE_MEMORY_MIB

DOMAINS = ("karet.example.com", "data.example.com")
SIZES = tuple((cpu, mib) for cpu in (256, 512, 1024, 2048) for mib in FARGATE_MEMORY_MIB[cpu][:3])
ONE_SECRET = '{KARET_API_KEY = "api-key"}'
TWO_SECRETS = '{KARET_API_KEY = "api-key", OTHER = "other"}'
ELSEWHERE = f"ghcr.io/somebody/karet@sha256:{'b' * 64}"
KEPT = {"us-east-1 secretsmanager.secrets", "us-east-1 ecr.repositories"}
CERTIFICATE = "a certificate of somebody else"
"""Stands for the ARN, which every fresh account gives anew."""

Settings = tuple[str, ...]


def choices(chance: random.Random) -> Settings:
    """Everything that can change on a live stack, except what leaves data behind."""
    tls = chance.choice(["acm", "arn", "none"])
    domain = chance.choice(DOMAINS if tls != "none" else (*DOMAINS, ""))
    network = chance.choice(["nat", "nat-per-az", "endpoints"])
    web, worker = chance.sample(SIZES, 2)

    def one_of(key: str, *values: Any) -> str:
        return f"{key}={chance.choice(values)}"

    return (
        f"tls={tls}",
        f"domain={domain}",
        *((f"certificate_arn={CERTIFICATE}",) if tls == "arn" else ()),
        f"network={network}",
        one_of("zones", 2, 3),
        one_of("extra_endpoints", "[]", '["xray"]', '["ssmmessages", "sts"]'),
        one_of("open_to", "[]", '["203.0.113.0/24"]', '["0.0.0.0/0"]'),
        one_of("events", "sqs", "none"),
        f"web.cpu={web[0]}",
        f"web.memory_mib={web[1]}",
        one_of("web.count", 0, 1, 2, 3),
        one_of("web.ephemeral_storage_gib", 20, 30),
        f"worker.cpu={worker[0]}",
        f"worker.memory_mib={worker[1]}",
        one_of("worker.count", 0, 1, 2),
        one_of("architecture", "X86_64", "ARM64"),
        one_of("container_insights", "enabled", "enhanced", "disabled"),
        one_of("retention_days", 1, 30, 365),
        one_of("storage.noncurrent_days", 7, 30),
        one_of("app.web.port", 3000, 3100),
        one_of("app.web.health_path", "/", "/login"),
        one_of("app.web.stop_timeout_s", 30, 60),
        one_of("app.worker.port", 8080, 9000),
        one_of("app.web.environment", "{}", '{MODE = "a"}', '{MODE = "b", MORE = "${c}"}'),
        one_of("app.web.secrets", ONE_SECRET, ONE_SECRET, TWO_SECRETS),
        one_of("images.web", "", "" if network == "endpoints" else ELSEWHERE),
        one_of("tags", '{team = "a"}', '{team = "b"}'),
        *_alarms(random.Random(repr(chance.getstate()))),
    )


def _alarms(chance: random.Random) -> Settings:
    """Settings of section 10; an address is left out, because it waits for a person and such an apply is never done."""
    enabled, percent = chance.choice(("yes", "yes", "no")), chance.choice((60, 85))
    return (f"alarms.enabled={enabled}", f"alarms.cpu_percent={percent}")


def _empty(embedded: Embedded) -> str:
    """An account in which somebody else has a certificate; its ARN."""
    embedded.reset()
    embedded.seed_zone("example.com")
    backend = embedded._rehearsal.world.backend("acm", "us-east-1")
    arn = str(backend.request_certificate("*.example.com", "t", None, None))
    backend._certificates[arn].status = "ISSUED"
    return arn


def _opened(open_runs: Any, chosen: Settings, certificate: str) -> Runs:
    runs: Runs = open_runs(*(one.replace(CERTIFICATE, certificate) for one in chosen))
    return runs


def _applied(runs: Runs, planned: Planned) -> None:
    result = runs.apply(planned, command="test")
    wrong = [f"{step.change.id} {step.became}: {step.error}" for step in result.report.steps if step.became != "done"]
    assert wrong == []
    assert [f"{check.id}: {check.detail}" for check in result.checks if check.outcome == "failed"] == []


def _acting(runs: Runs) -> list[str]:
    return [f"{one.step} {one.action}: {one.reason}" for one in runs.plan().plan.acting]


def _comparable(inventory: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Without images, which are data and stay, and without the subnets that ECS happened to place tasks in."""
    found = copy.deepcopy(inventory)
    for repository in found["us-east-1 ecr.repositories"]:
        repository.pop("images", None)
    for interface in found["us-east-1 ec2.network_interfaces"]:
        if interface["Description"].startswith("arn:aws:ecs:"):
            del interface["SubnetId"], interface["AvailabilityZone"]
    return found


def _leaves_nothing(runs: Runs, embedded: Embedded, before: dict[str, list[Any]]) -> None:
    planned = runs.plan_destroy(delete_data=True)
    assert [one.what for change in planned.plan.changes for one in change.obstacles if one.effect != "goes along"] == []
    _applied(runs, planned)
    left = embedded.inventory()
    # The roles through which AWS acts are the account's, not the stack's.
    left["global iam.roles"] = [one for one in left["global iam.roles"] if "/aws-service-role/" not in one["Path"]]
    assert {name: things for name, things in left.items() if things} == before


def _fresh_then_others(
    open_runs: Any, embedded: Embedded, first: Settings, then: Settings, *, and_away: bool
) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """What exists after the first settings alone, and after others were applied on top of them."""
    certificate = _empty(embedded)
    before = embedded.inventory()
    runs = _opened(open_runs, first, certificate)
    _applied(runs, runs.plan())
    fresh = _comparable(embedded.inventory())
    runs = _opened(open_runs, then, certificate)
    _applied(runs, runs.plan())
    assert _acting(_opened(open_runs, then, certificate)) == []
    changed = _comparable(embedded.inventory())
    if and_away:
        _leaves_nothing(_opened(open_runs, then, certificate), embedded, before)
    return fresh, changed


def _pairs(ring: list[Settings]) -> Iterator[tuple[Settings, Settings]]:
    return zip(ring, [*ring[1:], ring[0]], strict=True)


def _converges(open_runs: Any, embedded: Embedded, ring: list[Settings]) -> None:
    """Each goes over into the next one, so that every fresh account serves two comparisons."""
    found = [_fresh_then_others(open_runs, embedded, first, then, and_away=True) for first, then in _pairs(ring)]
    wrong = []
    for number, (fresh, _) in enumerate(found):
        before, now = {*ring[number - 1]}, {*ring[number]}
        changes = f"{sorted(before - now)} -> {sorted(now - before)}"
        wrong += [f"{line}\n    by {changes}" for line in _unlike(found[number - 1][1], fresh)]
    assert not wrong, "\n".join(wrong)


def _unlike(changed: dict[str, list[Any]], fresh: dict[str, list[Any]]) -> Iterator[str]:
    """How an account that was changed differs from a fresh one; what holds data and is not wanted any more stays."""
    for name in sorted({*changed, *fresh}):
        wanted = fresh.get(name, [])
        there = [one for one in changed.get(name, []) if name not in KEPT or one in wanted]
        yield from (f"{name} has also {one}" for one in there if one not in wanted)
        yield from (f"{name} lacks {one}" for one in wanted if one not in there)
        if len(there) != len(wanted):
            yield f"{name}: {len(there)} things, a fresh stack has {len(wanted)}"


RING = 5


@pytest.mark.long
def test_one_pair_for_every_day(open_runs: Any, embedded: Embedded) -> None:
    # 18 settings: from endpoints to a gateway a zone, from three zones to two, to a certificate that is requested.
    chance = random.Random(1756)
    first, then = choices(chance), choices(chance)
    certificate = _empty(embedded)
    runs = _opened(open_runs, then, certificate)
    _applied(runs, runs.plan())
    fresh = _comparable(embedded.inventory())
    _, changed = _fresh_then_others(open_runs, embedded, first, then, and_away=False)
    assert list(_unlike(changed, fresh)) == []


@pytest.mark.long
@pytest.mark.prove
@pytest.mark.parametrize("number", range(4))
def test_from_any_settings_to_any_others_the_whole_stack_converges(
    open_runs: Any, embedded: Embedded, number: int, record_property: Any
) -> None:
    chance = random.Random(number)
    ring = [choices(chance) for _ in range(RING)]
    _converges(open_runs, embedded, ring)
    record_property(
        "counted", f"from any settings to any others, ring {number}: {RING} pairs, the inventory of a fresh one"
    )
