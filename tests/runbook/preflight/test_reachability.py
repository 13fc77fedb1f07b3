"""Who reaches what: topologies as plain data, each with every cell that it must come to; no cell may be wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from runbook.kinds.billing import HOURS
from runbook.preflight.network import (
    ANYWHERE,
    S3_LIST,
    AclEntry,
    EndpointSeen,
    NatSeen,
    Network,
    RouteSeen,
    RuleSeen,
    SubnetSeen,
    Tasks,
)
from runbook.preflight.reachability import Cell, cells
from runbook.preflight.ways_out import fixes

SERVICES = ("ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager", "sqs")
DOORS = tuple(one for one in SERVICES if one != "s3")
TASKS = Tasks("worker", ("private-a", "private-b"), ("sg-task",), SERVICES, bucket="karet-data")
OUT, S3 = RouteSeen(ANYWHERE, "nat-1"), RouteSeen(S3_LIST, "vpce-s3")
WEB = RouteSeen(ANYWHERE, "igw-1")
NAT_A = {"nat-1": NatSeen("nat-1", "public-a")}
S3_DOOR = EndpointSeen("vpce-s3", "s3", "Gateway")
OPEN = (RuleSeen(True, ANYWHERE),)
YES, NO, MAYBE = "reachable", "unreachable", "unknown"


def door(service: str, **more: Any) -> EndpointSeen:
    made = EndpointSeen(f"vpce-{service}", service, subnets=("private-a", "private-b"), groups=("sg-door",))
    return replace(made, **more)


def doors(**more: Any) -> tuple[EndpointSeen, ...]:
    return (*(door(service, **more) for service in DOORS), S3_DOOR)


def network(*private: RouteSeen, a: Any = None, **more: Any) -> Network:
    """Two zones, a public and a private subnet in each; `private` are the routes of the private ones."""
    given: dict[str, Any] = {
        "subnets": {
            f"{kind}-{letter}": SubnetSeen(f"{kind}-{letter}", f"az-{letter}", f"10.0.{at}.0/24", table, f"acl-{kind}")
            for at, (kind, letter, table) in enumerate(
                [
                    ("public", "a", "public"),
                    ("public", "b", "public"),
                    ("private", "a", "private-a"),
                    ("private", "b", "private-b"),
                ]
            )
        },
        "tables": {"public": (WEB,), "private-a": private if a is None else a, "private-b": private},
        "gateways": frozenset({"igw-1"}),
        "groups": {"sg-task": OPEN, "sg-door": (RuleSeen(False, "sg-task", 443, 443),)},
    }
    return Network(**{**given, **more})


def allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": resource, **more}]}


def acl(*entries: AclEntry) -> dict[str, tuple[AclEntry, ...]]:
    return {"acl-private": entries}


WHOLE = dict.fromkeys(SERVICES, YES)
NOTHING = dict.fromkeys(SERVICES, NO)
ONLY_S3 = {**NOTHING, "s3": YES}
NOT_S3 = {**WHOLE, "s3": NO}
LAYERS = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"

Case = tuple[str, Network, Tasks, dict[str, str], dict[str, str]]
CASES: list[Case] = [
    (name, one, more[0] if more else TASKS, both[0], both[-1])
    for name, one, both, *more in [
        ("NAT only", network(OUT, nats=NAT_A), [WHOLE]),
        ("NAT and S3 gateway", network(OUT, S3, nats=NAT_A, endpoints=(S3_DOOR,)), [WHOLE]),
        ("endpoints only", network(S3, endpoints=doors()), [WHOLE]),
        (
            "one endpoint missing",
            network(S3, endpoints=tuple(one for one in doors() if one.service != "ecr.dkr")),
            [{**WHOLE, "ecr.dkr": NO}],
        ),
        (
            "one endpoint missing beside a NAT",
            network(OUT, nats=NAT_A, endpoints=tuple(one for one in doors() if one.service != "sqs")),
            [WHOLE],
        ),
        ("endpoints without private DNS", network(S3, endpoints=doors(private_dns=False)), [ONLY_S3]),
        (
            "endpoints without private DNS, and a NAT",
            network(OUT, nats=NAT_A, endpoints=doors(private_dns=False)),
            [WHOLE],
        ),
        ("endpoints in one zone", network(S3, endpoints=doors(subnets=("private-a",))), [WHOLE]),
        ("endpoint group closed", network(S3, endpoints=doors(), groups={"sg-task": OPEN, "sg-door": ()}), [ONLY_S3]),
        (
            "endpoint group closed beside a NAT, which the private name never uses",
            network(OUT, S3, nats=NAT_A, endpoints=doors(), groups={"sg-task": OPEN, "sg-door": ()}),
            [ONLY_S3],
        ),
        (
            "endpoint group open to one subnet's addresses",
            network(
                S3, endpoints=doors(), groups={"sg-task": OPEN, "sg-door": (RuleSeen(False, "10.0.2.0/24", 443, 443),)}
            ),
            [WHOLE, ONLY_S3],
        ),
        (
            "endpoint group open to a half of the subnet",
            network(
                S3, endpoints=doors(), groups={"sg-task": OPEN, "sg-door": (RuleSeen(False, "10.0.2.0/25", 443, 443),)}
            ),
            [{**dict.fromkeys(DOORS, MAYBE), "s3": YES}, ONLY_S3],
        ),
        ("egress closed", network(OUT, S3, nats=NAT_A, endpoints=(S3_DOOR,), groups={"sg-task": ()}), [NOTHING]),
        (
            "egress to the endpoints' group and S3's list only",
            network(
                S3,
                endpoints=doors(),
                groups={
                    "sg-task": (RuleSeen(True, "sg-door", 443, 443), RuleSeen(True, S3_LIST, 443, 443)),
                    "sg-door": (RuleSeen(False, "sg-task", 443, 443),),
                },
            ),
            [WHOLE],
        ),
        (
            "egress for the database port only",
            network(OUT, nats=NAT_A, groups={"sg-task": (RuleSeen(True, ANYWHERE, 5432, 5432),)}),
            [NOTHING],
        ),
        ("S3 gateway in no route table", network(endpoints=doors()), [NOT_S3]),
        ("S3 gateway in one route table", network(endpoints=doors(), a=(S3,)), [WHOLE, NOT_S3]),
        ("NAT failed", network(OUT, nats={"nat-1": NatSeen("nat-1", "public-a", "failed")}), [NOTHING]),
        (
            "NAT failed, S3 gateway there",
            network(OUT, S3, nats={"nat-1": NatSeen("nat-1", "public-a", "failed")}, endpoints=(S3_DOOR,)),
            [ONLY_S3],
        ),
        (
            "NAT pending",
            network(OUT, nats={"nat-1": NatSeen("nat-1", "public-a", "pending")}),
            [dict.fromkeys(SERVICES, MAYBE)],
        ),
        ("NAT in a private subnet", network(OUT, nats={"nat-1": NatSeen("nat-1", "private-a")}), [NOTHING]),
        (
            "private NAT",
            network(OUT, nats={"nat-1": NatSeen("nat-1", "public-a", public=False)}),
            [dict.fromkeys(SERVICES, MAYBE)],
        ),
        ("NAT of another VPC", network(OUT), [NOTHING]),
        ("black hole", network(RouteSeen(ANYWHERE, "nat-gone", blackhole=True)), [NOTHING]),
        ("black hole in one zone", network(OUT, nats=NAT_A, a=(replace(OUT, blackhole=True),)), [NOTHING, WHOLE]),
        ("no route", network(), [NOTHING]),
        ("public subnet, public address", network(WEB), [WHOLE], replace(TASKS, public_ip=True)),
        ("public subnet, no public address", network(WEB), [NOTHING]),
        ("public address, no route", network(), [NOTHING], replace(TASKS, public_ip=True)),
        (
            "public address, gateway not attached",
            network(WEB, gateways=frozenset()),
            [NOTHING],
            replace(TASKS, public_ip=True),
        ),
        ("DNS hostnames off, endpoints", network(S3, endpoints=doors(), dns_hostnames=False), [ONLY_S3]),
        ("DNS hostnames off, NAT", network(OUT, nats=NAT_A, endpoints=doors(), dns_hostnames=False), [WHOLE]),
        ("DNS support off", network(OUT, S3, nats=NAT_A, endpoints=doors(), dns_support=False), [NOTHING]),
        (
            "transit gateway",
            network(RouteSeen(ANYWHERE, "tgw-1"), S3, endpoints=(S3_DOOR,)),
            [{**dict.fromkeys(DOORS, MAYBE), "s3": YES}],
        ),
        ("endpoints failed", network(S3, endpoints=doors(state="failed")), [ONLY_S3]),
        (
            "endpoint policy for one action",
            network(S3, endpoints=(*(door(one, policy=allow("ecr:*", "logs:*")) for one in DOORS), S3_DOOR)),
            [{**WHOLE, "secretsmanager": NO, "sqs": NO}],
        ),
        (
            "endpoint policy with a condition",
            network(S3, endpoints=(*(door(one, policy=allow("*", Condition={"x": {}})) for one in DOORS), S3_DOOR)),
            [{**dict.fromkeys(DOORS, MAYBE), "s3": YES}],
        ),
        (
            "S3 policy without the bucket of the layers",
            network(
                OUT,
                S3,
                nats=NAT_A,
                endpoints=(replace(S3_DOOR, policy=allow("s3:*", resource="arn:aws:s3:::karet-data/*")),),
            ),
            [NOT_S3],
        ),
        (
            "S3 policy with the bucket of the layers alone",
            network(OUT, S3, nats=NAT_A, endpoints=(replace(S3_DOOR, policy=allow("s3:*", resource=LAYERS)),)),
            [NOT_S3],
        ),
        ("S3 interface endpoint", network(endpoints=(*doors()[:-1], door("s3"))), [{**WHOLE, "s3": MAYBE}]),
        (
            "network ACL lets nothing back",
            network(
                OUT, nats=NAT_A, acls=acl(AclEntry(100, True, True), AclEntry(100, False, True, first=443, last=443))
            ),
            [NOTHING],
        ),
        (
            "network ACL lets HTTPS out and answers back",
            network(
                OUT,
                nats=NAT_A,
                acls=acl(
                    AclEntry(100, True, True, first=443, last=443), AclEntry(100, False, True, first=1024, last=65535)
                ),
            ),
            [WHOLE],
        ),
        (
            "network ACL refuses a part of the internet",
            network(
                OUT,
                nats=NAT_A,
                acls=acl(
                    AclEntry(90, True, False, "52.0.0.0/8"), AclEntry(100, True, True), AclEntry(100, False, True)
                ),
            ),
            [dict.fromkeys(SERVICES, MAYBE)],
        ),
        ("network ACLs not readable", network(OUT, nats=NAT_A, acls=None), [dict.fromkeys(SERVICES, MAYBE)]),
        (
            "network ACL closed, endpoints in the task's own subnet",
            network(S3, endpoints=doors(subnets=("private-a",)), acls=acl()),
            [{**WHOLE, "s3": NO}, NOTHING],
        ),
    ]
]
"""Name, network, tasks, and what each service must come to in the first and in the second subnet."""


@pytest.mark.parametrize(
    ("one", "tasks", "first", "second"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_every_cell_of_a_topology_is_right(one: Network, tasks: Tasks, first: Any, second: Any) -> None:
    made = cells(one, [tasks], region="us-east-1")
    assert {(cell.subnet, cell.service): cell.verdict for cell in made} == {
        (subnet, service): wanted
        for subnet, verdicts in (("private-a", first), ("private-b", second))
        for service, wanted in verdicts.items()
    }
    for cell in made:
        assert bool(cell.way) == (cell.verdict == YES), cell
        assert bool(cell.why) == (cell.verdict != YES), cell


def test_there_are_more_than_twelve_topologies_and_each_verdict_is_among_them(record_property: Any) -> None:
    verdicts = Counter(cell.verdict for case in CASES for cell in cells(case[1], [case[2]], region="us-east-1"))
    text = f"{len(CASES)} topologies, {verdicts.total()} cells: {dict(verdicts)}"
    record_property("topologies", text)
    print(text)
    assert len({case[0] for case in CASES}) == len(CASES) >= 12
    assert min(verdicts[YES], verdicts[NO], verdicts[MAYBE]) > 0


def usd(key: str) -> Decimal:
    return {"nat.hour": Decimal("0.045"), "ipv4.hour": Decimal("0.005"), "vpce.hour": Decimal("0.01")}[key]


def judged(name: str) -> tuple[Network, list[Cell]]:
    case = next(case for case in CASES if case[0] == name)
    return case[1], cells(case[1], [case[2]], region="us-east-1")


def the_fix(name: str, service: str = "ecr.api", own: bool = True, price: Any = usd) -> Any:
    one, made = judged(name)
    chosen = next(cell for cell in made if cell.service == service and cell.verdict == NO)
    return fixes(one, made, price, own=own)[chosen]


def test_five_services_in_two_zones_are_cheapest_by_one_gateway() -> None:
    fix = the_fix("no route")
    assert "NAT gateway" in fix.text
    assert 'network = "nat"' in fix.text
    assert fix.monthly_usd == Decimal("0.050") * HOURS


def test_one_missing_service_is_cheapest_by_an_endpoint_of_its_own() -> None:
    fix = the_fix("one endpoint missing", "ecr.dkr")
    assert "interface endpoints for ecr.dkr in 2 zones" in fix.text
    assert fix.monthly_usd == Decimal("0.02") * HOURS


def test_s3_is_always_cheapest_by_its_gateway_endpoint_which_is_free() -> None:
    fix = the_fix("no route", "s3")
    assert "gateway endpoint" in fix.text
    assert fix.monthly_usd == 0


def test_a_route_to_a_gateway_that_stands_already_costs_nothing() -> None:
    fix = the_fix("black hole in one zone")
    assert "nat-1" in fix.text
    assert fix.monthly_usd == 0


def test_an_unknown_price_is_said_to_be_unknown_and_is_never_zero() -> None:
    assert the_fix("no route", price=lambda _: None).monthly_usd is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("endpoints without private DNS", "private DNS of vpce-ecr.api"),
        ("endpoint group closed", "group sg-door"),
        ("egress closed", "sg-task"),
        ("DNS hostnames off, endpoints", "DNS hostnames"),
        ("network ACL lets nothing back", "network ACL"),
    ],
)
def test_what_is_only_set_wrongly_is_fixed_by_setting_it_for_nothing(name: str, says: str) -> None:
    fix = the_fix(name)
    assert says in fix.text
    assert fix.monthly_usd == 0


def test_an_endpoint_in_another_zone_works_and_says_what_it_costs() -> None:
    by_subnet = {(cell.subnet, cell.service): cell.caution for cell in judged("endpoints in one zone")[1]}
    assert by_subnet["private-a", "logs"] == ""
    assert "az-b" in by_subnet["private-b", "logs"]
    assert "crosses to az-a" in by_subnet["private-b", "logs"]
