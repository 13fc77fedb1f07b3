"""Before anything is removed it is said what of others makes AWS refuse, and what goes along."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runbook.cli import plan_text
from runbook.engine.obstacles import with_obstacles
from runbook.engine.plan import Plan
from runbook.errors import AwsError
from runbook.model import Change, ReadOnlyAws, State
from runbook.obstacle import Obstacle
from runbook.rehearsal.embedded import Embedded
from runbook.runs.runs import Planned, Runs

ENDPOINTS = "network=endpoints"


def applied(runs: Runs, planned: Planned) -> list[str]:
    result = runs.apply(planned, command="test")
    return [f"{one.change.id}: {one.error}" for one in result.report.steps if one.became != "done"]


def met(planned: Planned, effect: str) -> dict[str, list[str]]:
    """Id of a removal -> what it meets, of one effect."""
    found = {one.id: [each.what for each in one.obstacles if each.effect == effect] for one in planned.plan.changes}
    return {id_: whats for id_, whats in found.items() if whats}


@pytest.fixture
def client(embedded: Embedded) -> Callable[[str], Any]:
    """Somebody else at work in the same account."""
    return lambda service: embedded._rehearsal._inside.client(service, "us-east-1")


def _id(planned: Planned, id_: str, output: str = "id") -> str:
    return planned.found[id_].state.outputs[output]


def assert_told(
    planned: Planned, effect: str, expected: list[tuple[str, str]], besides: Mapping[str, list[str]] | None = None
) -> None:
    """Each expected stranger is told, and nobody else but those that were told before."""
    before = besides or {}
    found = [(id_, what) for id_, whats in met(planned, effect).items() for what in whats]
    fresh = [(id_, what) for id_, what in found if what not in before.get(id_, ())]
    assert [one for one in fresh if not any(one[0] == id_ and words in one[1] for id_, words in expected)] == []
    assert [one for one in expected if not any(one[0] == id_ and one[1] in what for id_, what in fresh)] == []


def strangers_in_the_network(ec2: Any, planned: Planned) -> Iterator[tuple[str, str]]:
    """Id of the removal that meets a stranger's thing, and how that is told."""
    vpc, subnet, web = (_id(planned, f"network.{one}") for one in ("vpc", "private-a", "group-web"))
    theirs = ec2.create_network_interface(SubnetId=subnet, Groups=[web], Description="a database of somebody else")
    interface = theirs["NetworkInterface"]["NetworkInterfaceId"]
    yield "network.private-a", f'network interface {interface} "a database of somebody else" in {subnet}'
    yield "network.group-web", f'network interface {interface} "a database of somebody else" in {subnet}'
    group = ec2.create_security_group(GroupName="database", Description="x", VpcId=vpc)["GroupId"]
    pair = {"UserIdGroupPairs": [{"GroupId": _id(planned, "network.group-worker")}]}
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, **pair}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    yield "network.group-worker", f"a rule of the group {group} (database) names "
    own = ec2.create_subnet(VpcId=vpc, CidrBlock="10.60.96.0/24")["Subnet"]["SubnetId"]
    table = _id(planned, "network.private-routes-b")
    ec2.associate_route_table(RouteTableId=table, SubnetId=own)
    yield "network.private-routes-b", f"{table} is used by {own}, a subnet of somebody else"
    yield "network.vpc", f"subnet {own} in {vpc}"
    yield "network.vpc", f"security group {group} (database) in {vpc}"


def strangers_in_the_services(client: Callable[[str], Any], planned: Planned) -> Iterator[tuple[str, str]]:
    """The same for section 6."""
    ecs, names = client("ecs"), client("servicediscovery")
    task = _id(planned, "services.task-worker", "arn")
    ecs.create_service(cluster="karet", serviceName="theirs", taskDefinition=task, desiredCount=0)
    yield "services.cluster", "service arn:aws:ecs:us-east-1:123456789012:service/karet/theirs in the cluster"
    config = {"DnsRecords": [{"Type": "A", "TTL": 10}]}
    made = names.create_service(Name="theirs", NamespaceId=_id(planned, "services.namespace"), DnsConfig=config)
    yield "services.namespace", f"service theirs ({made['Service']['Id']}) in the namespace"


def going_along(client: Callable[[str], Any], planned: Planned) -> Iterator[tuple[str, str]]:
    """What is lost without AWS saying anything."""
    arn = _id(planned, "balancer.load-balancer", "arn")
    forward = [{"Type": "forward", "TargetGroupArn": _id(planned, "balancer.target-group", "arn")}]
    made = client("elbv2").create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=8080, DefaultActions=forward)
    yield "balancer.load-balancer", f"HTTP 8080 of somebody else ({made['Listeners'][0]['ListenerArn']})"
    discovery = _id(planned, "services.discovery-worker")
    address = {"AWS_INSTANCE_IPV4": "10.9.9.9"}
    client("servicediscovery").register_instance(ServiceId=discovery, InstanceId="theirs", Attributes=address)
    yield "services.discovery-worker", "instance theirs (10.9.9.9) of somebody else"
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    client("ec2").authorize_security_group_ingress(GroupId=_id(planned, "network.group-alb"), IpPermissions=[ssh])
    yield "network.group-alb", "lets tcp 22 in from anybody"


@pytest.mark.prove
def test_in_a_whole_stack_nothing_of_its_own_is_in_the_way_and_what_strangers_have_is(
    open_runs: Any, client: Callable[[str], Any]
) -> None:
    runs = open_runs(ENDPOINTS)
    assert applied(runs, runs.plan()) == []
    planned = open_runs(ENDPOINTS).plan_destroy(delete_data=True)
    assert met(planned, "blocks") == met(planned, "unknown") == {}
    met_along = {id_: whats[0].partition(",")[0] for id_, whats in met(planned, "goes along").items()}
    # How much the tasks of a rehearsal have written is not the same in every run.
    assert {id_: re.sub(r"^[\d.]+ (bytes|KiB)", "some", what) for id_, what in met_along.items()} == {
        "images.web-repository": "1 image",
        "images.worker-repository": "1 image",
        "images.poller-repository": "1 image",
        "logs.web": "some of log events",
        "logs.worker": "some of log events",
        "s3.bucket": "1 version of objects",
    }
    blocking = [
        *strangers_in_the_network(client("ec2"), planned),
        *strangers_in_the_services(client, planned),
    ]
    lost = list(going_along(client, planned))
    again = open_runs(ENDPOINTS).plan_destroy(delete_data=True)
    assert_told(again, "blocks", blocking)
    assert_told(again, "goes along", lost, besides=met(planned, "goes along"))


@pytest.mark.long
def test_strangers_in_the_network_are_shown_and_once_they_are_gone_nothing_is_left(
    open_runs: Any, client: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    ec2 = client("ec2")
    runs = open_runs(ENDPOINTS)
    assert applied(runs, runs.plan(["5"])) == []
    before = open_runs(ENDPOINTS).plan_destroy(["5"])
    assert [one.obstacles for one in before.plan.changes if one.obstacles] == []
    strangers = list(strangers_in_the_network(ec2, before))
    planned = open_runs(ENDPOINTS).plan_destroy(["5"])
    assert_told(planned, "blocks", strangers)
    plan_text.show(runs, planned, calls=False)
    said = capsys.readouterr().err
    assert all(f"IN THE WAY: {words}" in said for _, words in strangers)
    shown = {one["id"]: one["obstacles"] for one in planned.plan.as_json()["changes"]}
    assert [one["effect"] for one in shown["network.private-a"]] == ["blocks"]
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_subnet(SubnetId=_id(planned, "network.private-a"))
    _take_away(ec2, planned)
    again = open_runs(ENDPOINTS).plan_destroy(["5"])
    assert met(again, "blocks") == {}
    assert applied(open_runs(ENDPOINTS), again) == []
    assert open_runs(ENDPOINTS).plan_destroy(["5"]).plan.acting == ()


def _take_away(ec2: Any, planned: Planned) -> None:
    """The strangers clear up."""
    named = [one.what.split() for change in planned.plan.changes for one in change.obstacles]
    interface = next(words[2] for words in named if words[:2] == ["network", "interface"])
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    subnet = next(words[1] for words in named if words[0] == "subnet")
    tables = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["RouteTables"]
    for one in tables[0]["Associations"]:
        if one.get("SubnetId") == subnet:
            ec2.disassociate_route_table(AssociationId=one["RouteTableAssociationId"])
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_security_group(GroupId=next(words[2] for words in named if words[:2] == ["security", "group"]))


class _Kind:
    """Says who stands beside it, or is refused the read."""

    def __init__(self, error: AwsError | None = None) -> None:
        self._error = error

    def goes_with(self, aws: ReadOnlyAws, state: State) -> list[str]:
        return [state.outputs["id"]]

    def in_the_way(self, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> list[Obstacle]:
        if self._error:
            raise self._error
        beside = ("thing-1", "about thing-2, too", "thing-22", "my-thing-2")
        return [Obstacle(one, "blocks") for one in beside if not going(one)]


def _plan(*changes: Change) -> Plan:
    return Plan("123456789012", "us-east-1", "karet", (1,), changes)


def _removal(number: int, kind: str = "Good") -> Change:
    found = State("ready", outputs={"id": f"thing-{number}"}, name=f"thing-{number}")
    return Change(id=f"a.{number}", step=f"a.{number}", action="delete", reason="goes", kind=kind, found=found)


def test_what_goes_in_the_same_plan_is_told_by_whole_identifiers() -> None:
    plan = with_obstacles(_plan(_removal(1), _removal(2)), {"Good": _Kind()}, None)  # type: ignore[arg-type]
    assert [[one.what for one in change.obstacles] for change in plan.changes] == [["thing-22", "my-thing-2"]] * 2


def test_a_refused_read_is_said_and_stops_nothing() -> None:
    refused = AwsError("no", service="ec2", operation="DescribeVpnGateways", code="UnauthorizedOperation")
    plan = with_obstacles(_plan(_removal(1, "Blind"), _removal(2)), {"Good": _Kind(), "Blind": _Kind(refused)}, None)  # type: ignore[arg-type]
    (blind, good) = (change.obstacles for change in plan.changes)
    assert [(one.effect, "ec2.DescribeVpnGateways answered UnauthorizedOperation" in one.what) for one in blind] == [
        ("unknown", True)
    ]
    assert {one.effect for one in good} == {"blocks"}


def test_a_plan_that_removes_nothing_reads_nothing() -> None:
    plan = _plan(Change(id="a.1", step="a.1", action="none", reason="", kind="None"))
    assert with_obstacles(plan, {}, None) is plan  # type: ignore[arg-type]
