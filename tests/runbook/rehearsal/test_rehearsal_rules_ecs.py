"""The rules of ECS and Cloud Map bite real clients."""

from __future__ import annotations

from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of
from rehearsal_services import Place, make_place

from runbook.rehearsal.embedded import Embedded


@pytest.fixture
def place(client: ClientFor) -> Place:
    return make_place(client)


@bites("ecs", "pairs of CPU and memory that Fargate does not offer are accepted")
@pytest.mark.parametrize(("cpu", "memory"), [("256", "4096"), ("300", "512"), (None, None), ("1024", "1024")])
def test_a_size_that_fargate_does_not_offer_is_refused(place: Place, cpu: str | None, memory: str | None) -> None:
    assert code_of(lambda: place.register(cpu=cpu, memory=memory)) == "ClientException"


@bites("ecs", "a Fargate task definition without awsvpc is accepted")
def test_fargate_wants_awsvpc(place: Place) -> None:
    assert code_of(lambda: place.register(networkMode="bridge")) == "ClientException"


@bites("ecs", "secrets or awslogs without an execution role are accepted")
@pytest.mark.parametrize(
    "container",
    [
        {"secrets": [{"name": "KEY", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf"}]},
        {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/x"}}},
    ],
)
def test_secrets_and_logs_need_an_execution_role(place: Place, container: dict[str, Any]) -> None:
    place.register(container=container)
    assert code_of(lambda: place.register(container=container, executionRoleArn=None)) == "ClientException"


@bites("ecs", "roles that do not exist are accepted")
@pytest.mark.parametrize("name", ["taskRoleArn", "executionRoleArn"])
def test_a_role_that_does_not_exist_is_refused(place: Place, name: str) -> None:
    gone = "arn:aws:iam::123456789012:role/nobody"
    assert code_of(lambda: place.register(**{name: gone})) == "ClientException"


@bites("ecs", "a service can be made in a deleted cluster")
def test_a_deleted_cluster_takes_no_service(place: Place) -> None:
    place.ecs.delete_cluster(cluster="k")
    assert code_of(lambda: place.service(place.register())) == "ClusterNotFoundException"


@bites("ecs", "a second service of the same name takes the place of the first")
def test_a_service_is_made_once_and_its_token_gives_it_again(place: Place) -> None:
    definition = place.register()
    made = place.service(definition, clientToken="a" * 32)
    again = place.service(definition, clientToken="a" * 32)
    assert again["deployments"][0]["id"] == made["deployments"][0]["id"]
    assert code_of(lambda: place.service(definition, clientToken="b" * 32)) == "InvalidParameterException"
    assert code_of(lambda: place.service(definition)) == "InvalidParameterException"


@bites("ecs", "a service may run a task definition that was deregistered")
def test_a_deregistered_task_definition_starts_no_service(place: Place) -> None:
    definition = place.register()
    place.ecs.deregister_task_definition(taskDefinition=definition)
    assert code_of(lambda: place.service(definition)) == "ClientException"


@bites("ecs", "container and port of a load balancer need not be in the task definition")
@pytest.mark.parametrize("wrong", [{"containerName": "other"}, {"containerPort": 3001}])
def test_the_container_of_a_target_has_to_exist(place: Place, wrong: dict[str, Any]) -> None:
    target = {"targetGroupArn": place.target_group, "containerName": "web", "containerPort": 3000, **wrong}
    code = code_of(lambda: place.service(place.register(), loadBalancers=[target]))
    assert code == "InvalidParameterException"


@bites("ecs", "a target group that does not exist, is not of type ip or has no listener is accepted")
def test_a_target_group_has_to_exist_take_addresses_and_have_a_listener(place: Place) -> None:
    elb, definition = place.client("elbv2"), place.register()

    def refused(group: str) -> str:
        target = {"targetGroupArn": group, "containerName": "web", "containerPort": 3000}
        return code_of(lambda: place.service(definition, loadBalancers=[target]))

    common = {"Protocol": "HTTP", "Port": 3000, "VpcId": place.vpc}
    instances = elb.create_target_group(Name="i", TargetType="instance", **common)["TargetGroups"][0]["TargetGroupArn"]
    alone = elb.create_target_group(Name="a", TargetType="ip", **common)["TargetGroups"][0]["TargetGroupArn"]
    assert refused(instances) == refused(alone) == refused(f"{alone}0") == "InvalidParameterException"
    place.service(definition)


@bites("ecs", "a service registry that does not exist is accepted")
def test_a_registry_has_to_exist(place: Place) -> None:
    registry = [{"registryArn": f"{place.registry['Arn']}0"}]
    code = code_of(lambda: place.service(place.register(), serviceRegistries=registry))
    assert code == "InvalidParameterException"


@bites(
    "ecs",
    "a service that drains or is INACTIVE can be updated",
    "a service that is INACTIVE can be deleted again",
)
def test_a_deleted_service_cannot_be_updated_or_deleted_again(place: Place) -> None:
    place.service(place.register())
    place.ecs.delete_service(cluster="k", service="web", force=True)
    assert place.described()["status"] == "INACTIVE"
    update = code_of(lambda: place.ecs.update_service(cluster="k", service="web", desiredCount=1))
    delete = code_of(lambda: place.ecs.delete_service(cluster="k", service="web", force=True))
    assert (update, delete) == ("ServiceNotActiveException", "ServiceNotFoundException")


@bites("ecs", "a cluster with services can be deleted", "a cluster with running tasks can be deleted")
def test_a_cluster_goes_only_when_services_and_tasks_are_gone(aws: Embedded, place: Place) -> None:
    place.service(place.register())
    assert place.described()["runningCount"] == 2
    assert code_of(lambda: place.ecs.delete_cluster(cluster="k")) == "ClusterContainsServicesException"
    aws.set_pace(1)
    place.ecs.delete_service(cluster="k", service="web", force=True)
    assert code_of(lambda: place.ecs.delete_cluster(cluster="k")) == "ClusterContainsTasksException"
    aws.set_pace(0)
    assert place.ecs.delete_cluster(cluster="k")["cluster"]["status"] == "INACTIVE"
    assert place.ecs.list_clusters()["clusterArns"] == []


@bites("ecs", "UpdateClusterSettings is missing")
def test_the_settings_of_a_cluster_change(place: Place) -> None:
    place.ecs.update_cluster_settings(cluster="k", settings=[{"name": "containerInsights", "value": "enhanced"}])
    found = place.ecs.describe_clusters(clusters=["k"], include=["SETTINGS"])["clusters"][0]
    assert found["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    place.ecs.create_cluster(clusterName="k")
    again = place.ecs.describe_clusters(clusters=["k"], include=["SETTINGS"])["clusters"][0]
    assert again["settings"] == found["settings"]


@bites("ecs", "the effective account settings are empty")
def test_the_effective_account_settings_are_there(client: ClientFor) -> None:
    found = client("ecs").list_account_settings(effectiveSettings=True)["settings"]
    assert {"name": "taskLongArnFormat", "value": "enabled"}.items() <= next(
        one for one in found if one["name"] == "taskLongArnFormat"
    ).items()
    one = client("ecs").list_account_settings(effectiveSettings=True, name="containerInsights")["settings"]
    assert [entry["value"] for entry in one] == ["disabled"]


@bites("servicediscovery", "a VPC that does not exist is accepted")
def test_a_namespace_needs_its_vpc(client: ClientFor) -> None:
    names = client("servicediscovery")
    create = {"Name": "a.local", "Vpc": "vpc-0123456789abcdef0", "CreatorRequestId": "1"}
    assert code_of(lambda: names.create_private_dns_namespace(**create)) == "InvalidInput"


@bites(
    "servicediscovery",
    "any second namespace in a VPC is refused, with another code; one of the same name is what AWS refuses",
)
def test_a_vpc_has_one_namespace_of_a_name_and_several_of_other_names(place: Place) -> None:
    names = place.client("servicediscovery")

    def create(name: str) -> Any:
        return names.create_private_dns_namespace(Name=name, Vpc=place.vpc, CreatorRequestId=name)

    create("other.local")
    assert code_of(lambda: create("k.local")) == "NamespaceAlreadyExists"
    assert sorted(one["Name"] for one in names.list_namespaces()["Namespaces"]) == ["k.local", "other.local"]


@bites("servicediscovery", "a namespace with services in it can be deleted")
def test_a_namespace_goes_with_its_zone_when_it_is_empty(place: Place) -> None:
    names, zones = place.client("servicediscovery"), place.client("route53")
    assert code_of(lambda: names.delete_namespace(Id=place.namespace)) == "ResourceInUse"
    assert [one["Name"] for one in zones.list_hosted_zones()["HostedZones"]] == ["k.local."]
    names.delete_service(Id=place.registry["Id"])
    names.delete_namespace(Id=place.namespace)
    assert names.list_namespaces()["Namespaces"] == []
    assert zones.list_hosted_zones()["HostedZones"] == []


@bites(
    "servicediscovery",
    "a namespace that does not exist is accepted",
    "two services of one namespace may have one name",
)
def test_a_name_is_made_once_in_a_namespace_that_exists(place: Place) -> None:
    names = place.client("servicediscovery")
    assert code_of(lambda: names.create_service(Name="web", NamespaceId=place.namespace)) == "ServiceAlreadyExists"
    assert code_of(lambda: names.create_service(Name="web", NamespaceId="ns-0")) == "NamespaceNotFound"


@bites(
    "servicediscovery",
    "deleting a service that does not exist is no error",
    "a service with registered instances can be deleted",
)
def test_a_name_goes_when_nobody_is_registered_under_it(place: Place) -> None:
    names, service = place.client("servicediscovery"), place.registry["Id"]
    names.register_instance(ServiceId=service, InstanceId="i", Attributes={"AWS_INSTANCE_IPV4": "10.0.0.9"})
    assert code_of(lambda: names.delete_service(Id=service)) == "ResourceInUse"
    names.deregister_instance(ServiceId=service, InstanceId="i")
    names.delete_service(Id=service)
    assert code_of(lambda: names.delete_service(Id=service)) == "ServiceNotFound"
