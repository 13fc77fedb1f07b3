"""Load balancers, target groups and listeners: what is compared, what is replaced, what is sent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.engine.performers import AwsPerformer
from runbook.kinds.elbv2 import LONGEST_NAME, free_name, in_order
from runbook.kinds.kind import Owner
from runbook.kinds.listener import Listener
from runbook.kinds.load_balancer import LoadBalancer
from runbook.kinds.target_group import TargetGroup
from runbook.model import Call, Known, State, Usage

ME = Owner("karet", 7)
NOTHING = Known({})
ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/karet-alb/1"
BALANCER = LoadBalancer(
    id="front.balancer",
    owner=ME,
    name="karet-alb",
    subnets=("subnet-b", "subnet-a"),
    groups=("sg-1",),
    attributes={"idle_timeout.timeout_seconds": "60"},
    region="eu-west-1",
    account="111122223333",
)
TARGETS = TargetGroup(
    id="front.targets",
    owner=ME,
    base="karet-web",
    vpc="vpc-1",
    port=3000,
    attributes={"deregistration_delay.timeout_seconds": "30"},
    region="eu-west-1",
    account="111122223333",
)
HTTPS = Listener(
    id="front.https",
    owner=ME,
    load_balancer=ARN,
    port=443,
    protocol="HTTPS",
    certificate="arn:aws:acm:eu-west-1:111122223333:certificate/1",
    ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06",
    forward_to="arn:targets",
)


def as_declared(resource: Any, **settings: Any) -> State:
    outputs = {"id": ARN, "arn": ARN}
    name = getattr(resource, "name", "karet-alb:443")
    return State("ready", {**resource.settings(), **settings}, outputs, name, resource.tags)


def names(calls: tuple[Call, ...] | list[Call]) -> list[str]:
    return [call.operation for call in calls]


@pytest.mark.parametrize("resource", [BALANCER, TARGETS, HTTPS])
def test_what_is_as_declared_needs_nothing_and_what_is_made_fits_the_service_model(resource: Any) -> None:
    assert resource.plan(as_declared(resource), NOTHING).action == "none"
    calls = [
        *resource.create(State.ABSENT),
        *resource.undo(as_declared(resource)),
        *resource.tagging(as_declared(resource)),
    ]
    for call in calls:
        assert AwsPerformer().problems(call) == []
    assert resource.cloudformation().type.startswith("AWS::ElasticLoadBalancingV2::")


@pytest.mark.parametrize(
    ("setting", "value", "operation"),
    [
        ("subnets", ["subnet-c"], "SetSubnets"),
        ("groups", [], "SetSecurityGroups"),
        ("ip_address_type", "dualstack", "SetIpAddressType"),
        ("attributes", {}, "ModifyLoadBalancerAttributes"),
    ],
)
def test_a_load_balancer_changes_in_place(setting: str, value: Any, operation: str) -> None:
    change = BALANCER.plan(as_declared(BALANCER, **{setting: value}), NOTHING)
    assert (change.action, names(change.calls)) == ("update", [operation])
    assert AwsPerformer().problems(change.calls[0]) == []


def test_another_scheme_makes_another_load_balancer_beside_the_old_one() -> None:
    change = BALANCER.plan(as_declared(BALANCER, scheme="internal"), NOTHING)
    assert change.action == "replace"
    assert change.calls[0].params["Name"] != BALANCER.name
    assert names(BALANCER.undo(as_declared(BALANCER))) == ["DeleteLoadBalancer"]


def test_protection_is_switched_off_before_a_removal() -> None:
    calls = LoadBalancer.undo(as_declared(BALANCER, protected="true"))
    assert names(calls) == ["ModifyLoadBalancerAttributes", "DeleteLoadBalancer"]


@pytest.mark.parametrize(
    ("state", "ready", "why"),
    [
        ({"Code": "provisioning"}, False, None),
        ({"Code": "active"}, True, None),
        ({"Code": "failed", "Reason": "no addresses"}, False, "no addresses"),
        ({"Code": "failed"}, False, "failed"),
    ],
)
def test_waiting_for_a_load_balancer_ends_with_its_state(state: dict[str, str], ready: bool, why: str | None) -> None:
    wait, answer = BALANCER.ready(), {"LoadBalancers": [{"State": state}]}
    assert jmespath.search(wait.until, answer) is ready
    assert jmespath.search(wait.fails, answer) == why


def test_the_price_counts_hours_use_and_one_address_a_subnet() -> None:
    usage = Usage(alb_lcus=Decimal(2), users_out_gib=Decimal(20))
    lines = {line.rate: line.quantity for line in BALANCER.cost(usage)}
    assert lines == {
        "alb.hour": Decimal(730),
        "alb.lcu_hour": Decimal(1460),
        "ipv4.hour": Decimal(1460),
        "transfer.out_gib": Decimal(20),
    }
    unstated = {line.rate: line.quantity for line in BALANCER.cost(Usage())}
    assert unstated["alb.lcu_hour"] is None


@pytest.mark.parametrize(("setting", "value"), [("port", 8080), ("protocol", "HTTPS"), ("vpc", "vpc-2")])
def test_what_a_target_group_cannot_change_makes_another_one_with_a_free_name(setting: str, value: Any) -> None:
    old = as_declared(TARGETS, **{setting: value})
    change = TARGETS.plan(old, NOTHING)
    assert change.action == "replace"
    assert change.calls[0].params["Name"] != old.name
    assert len(change.calls[0].params["Name"]) <= LONGEST_NAME


def test_another_port_has_another_name_from_the_start() -> None:
    assert replace(TARGETS, port=8080).name != TARGETS.name
    assert TARGETS.name.startswith("karet-web-")


@pytest.mark.parametrize(
    ("setting", "value", "operation"),
    [("health", {}, "ModifyTargetGroup"), ("attributes", {}, "ModifyTargetGroupAttributes")],
)
def test_a_target_group_changes_in_place(setting: str, value: Any, operation: str) -> None:
    change = TARGETS.plan(as_declared(TARGETS, **{setting: value}), NOTHING)
    assert (change.action, names(change.calls)) == ("update", [operation])


def test_a_listener_changes_in_place_and_moves_with_its_load_balancer() -> None:
    assert names(HTTPS.plan(as_declared(HTTPS, certificate="other"), NOTHING).calls) == ["ModifyListener"]
    assert HTTPS.plan(as_declared(HTTPS, load_balancer="other"), NOTHING).action == "replace"


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_to": "443"},
        {"forward_to": ""},
        {"certificate": ""},
        {"protocol": "HTTP"},
    ],
)
def test_a_listener_that_makes_no_sense_cannot_be_declared(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"front\.https"):
        replace(HTTPS, **wrong)


def test_a_redirect_says_301_to_https() -> None:
    plain = Listener(id="front.http", owner=ME, load_balancer=ARN, port=80, protocol="HTTP", redirect_to="443")
    (call,) = plain.create(State.ABSENT)
    (action,) = call.params["DefaultActions"]
    assert action["RedirectConfig"] == {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    assert "Certificates" not in call.params


@given(st.lists(st.text("abc", min_size=1, max_size=3), unique=True), st.randoms(use_true_random=False))
def test_the_same_things_have_the_order_of_the_declaration(declared: list[str], random: Any) -> None:
    found = list(declared)
    random.shuffle(found)
    assert in_order(found, declared) == declared
    assert in_order([*found, "other"], declared) == sorted([*found, "other"])


@given(st.from_regex(r"[a-z][a-z0-9-]{0,30}[a-z0-9]", fullmatch=True))
def test_a_free_name_is_another_legal_one(name: str) -> None:
    taken = State("ready", {}, {"id": ARN}, name)
    free = free_name(name, taken)
    assert free != name
    assert len(free) <= LONGEST_NAME
    assert free_name(name, State.ABSENT) == name
