"""The rules of Elastic Load Balancing bite real clients."""

from __future__ import annotations

from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of
from rehearsal_hand_clock import HandClock
from rehearsal_network import Network, make_balancer, make_network, make_targets

from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.rules.elbv2_interfaces import TAIL_S

CREATE_LISTENER: dict[str, Any] = {"Protocol": "HTTP", "Port": 80}


@pytest.fixture
def network(client: ClientFor) -> Network:
    return make_network(client)


def interfaces(client: ClientFor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    return [one for one in found if one["Description"].startswith("ELB app/")]


@bites("elbv2", "a load balancer name may begin with internal-")
def test_a_name_may_not_begin_with_internal(client: ClientFor, network: Network) -> None:
    assert code_of(lambda: make_balancer(client, network, "internal-alb")) == "ValidationError"


@bites("elbv2", "a load balancer with one subnet, or with two subnets in one zone, is accepted")
def test_a_load_balancer_stands_in_two_zones(client: ClientFor, network: Network) -> None:
    twin = client("ec2").create_subnet(VpcId=network.vpc, CidrBlock="10.0.9.0/24", AvailabilityZone="us-east-1a")[
        "Subnet"
    ]["SubnetId"]
    for subnets in ([network.subnets[0]], [network.subnets[0], twin], [*network.subnets, twin]):
        found = code_of(lambda subnets=subnets: make_balancer(client, network, Subnets=subnets))
        assert found == "InvalidConfigurationRequest"


@bites("elbv2", "an internet-facing load balancer is accepted in a VPC without an internet gateway")
def test_a_load_balancer_for_the_internet_needs_a_way_in(client: ClientFor) -> None:
    network = make_network(client, gateway=False)
    assert code_of(lambda: make_balancer(client, network)) == "InvalidSubnet"
    assert make_balancer(client, network, Scheme="internal")["Scheme"] == "internal"


@bites(
    "elbv2",
    "the same name with the same settings makes a second load balancer",
    "a name that is taken by a load balancer with other settings makes a second one",
)
def test_the_same_load_balancer_is_made_once(client: ClientFor, network: Network) -> None:
    first = make_balancer(client, network)
    assert make_balancer(client, network)["LoadBalancerArn"] == first["LoadBalancerArn"]
    assert code_of(lambda: make_balancer(client, network, Scheme="internal")) == "DuplicateLoadBalancerName"
    assert len(client("elbv2").describe_load_balancers()["LoadBalancers"]) == 1


@bites("elbv2", "a new load balancer lacks most of the attributes that AWS answers")
def test_a_new_load_balancer_answers_its_default_attributes(client: ClientFor, network: Network) -> None:
    arn = make_balancer(client, network)["LoadBalancerArn"]
    answer = client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    found = {one["Key"]: one["Value"] for one in answer}
    assert found["idle_timeout.timeout_seconds"] == "60"
    assert found["routing.http.drop_invalid_header_fields.enabled"] == "false"


@bites("elbv2", "deletion protection protects nothing")
def test_a_protected_load_balancer_stays(client: ClientFor, network: Network) -> None:
    elbv2 = client("elbv2")
    arn = make_balancer(client, network)["LoadBalancerArn"]

    def protect(value: str) -> None:
        attribute = {"Key": "deletion_protection.enabled", "Value": value}
        elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[attribute])

    protect("true")
    assert code_of(lambda: elbv2.delete_load_balancer(LoadBalancerArn=arn)) == "OperationNotPermitted"
    protect("false")
    elbv2.delete_load_balancer(LoadBalancerArn=arn)
    assert elbv2.describe_load_balancers()["LoadBalancers"] == []


@bites("elbv2", "the same target group with the same settings is refused as a duplicate")
def test_the_same_target_group_is_made_once(client: ClientFor, network: Network) -> None:
    first = make_targets(client, network)
    assert make_targets(client, network) == first
    assert code_of(lambda: make_targets(client, network, Port=8080)) == "DuplicateTargetGroupName"


@bites(
    "elbv2",
    "two listeners of one load balancer may have the same port",
    "the same listener with the same settings makes a second one",
)
def test_a_port_has_one_listener(client: ClientFor, network: Network) -> None:
    arn = make_balancer(client, network)["LoadBalancerArn"]
    groups = [make_targets(client, network, name) for name in ("one", "two")]

    def listen(group: str) -> str:
        action = {"Type": "forward", "TargetGroupArn": group}
        made = client("elbv2").create_listener(LoadBalancerArn=arn, DefaultActions=[action], **CREATE_LISTENER)
        return str(made["Listeners"][0]["ListenerArn"])

    first = listen(groups[0])
    assert listen(groups[0]) == first
    assert code_of(lambda: listen(groups[1])) == "DuplicateListener"
    assert code_of(lambda: client("elbv2").delete_target_group(TargetGroupArn=groups[0])) == "ResourceInUse"


@bites(
    "elbv2",
    "an HTTPS listener without a certificate is accepted",
    "a listener takes a certificate that is still pending",
)
def test_https_wants_an_issued_certificate(client: ClientFor, network: Network) -> None:
    arn = make_balancer(client, network)["LoadBalancerArn"]
    action = {"Type": "forward", "TargetGroupArn": make_targets(client, network)}
    pending = client("acm").request_certificate(DomainName="a.example.com", ValidationMethod="DNS")["CertificateArn"]

    def listen(**more: Any) -> Any:
        return client("elbv2").create_listener(
            LoadBalancerArn=arn, Protocol="HTTPS", Port=443, DefaultActions=[action], **more
        )

    assert code_of(listen) == "ValidationError"
    assert code_of(lambda: listen(Certificates=[{"CertificateArn": pending}])) == "UnsupportedCertificate"


@bites("elbv2", "a load balancer has no network interfaces, so nothing shows that it holds subnets and security groups")
def test_a_load_balancer_holds_an_interface_in_each_subnet(client: ClientFor, network: Network) -> None:
    balancer = make_balancer(client, network)
    found = interfaces(client)
    assert {one["SubnetId"] for one in found} == set(network.subnets)
    assert all([group["GroupId"] for group in one["Groups"]] == [network.group] for one in found)
    assert all(one["Description"].endswith(balancer["LoadBalancerArn"].rpartition("/")[2]) for one in found)


@bites("elbv2", "a deleted load balancer leaves nothing behind; on AWS its network interfaces stay for a while")
@bites(
    "ec2",
    "a subnet and a group that a deleted load balancer still holds can be deleted at once",
    "the network interfaces of a deleted load balancer go after a while",
)
def test_a_deleted_load_balancer_holds_its_group_for_a_while(
    client: ClientFor, network: Network, hand_clock: HandClock
) -> None:
    arn = make_balancer(client, network)["LoadBalancerArn"]
    client("elbv2").delete_load_balancer(LoadBalancerArn=arn)
    ec2 = client("ec2")
    assert len(interfaces(client)) == 2
    assert code_of(lambda: ec2.delete_security_group(GroupId=network.group)) == "DependencyViolation"
    assert code_of(lambda: ec2.delete_subnet(SubnetId=network.subnets[0])) == "DependencyViolation"
    hand_clock.now += TAIL_S
    assert interfaces(client) == []
    ec2.delete_security_group(GroupId=network.group)
    ec2.delete_subnet(SubnetId=network.subnets[0])


def test_a_load_balancer_is_provisioning_until_its_time_has_come(
    client: ClientFor, network: Network, hand_clock: HandClock
) -> None:
    assert make_balancer(client, network)["State"]["Code"] == "provisioning"

    def state() -> str:
        return str(client("elbv2").describe_load_balancers()["LoadBalancers"][0]["State"]["Code"])

    assert state() == "provisioning"
    assert state() == "provisioning"
    hand_clock.now += 165
    assert state() == "active"


def test_two_equal_accounts_have_equal_inventories_though_ids_differ(aws: Embedded, client: ClientFor) -> None:
    def made() -> dict[str, list[Any]]:
        aws.reset()
        network = make_network(client)
        make_balancer(client, network)
        make_targets(client, network)
        return aws.inventory()

    assert made() == made()
