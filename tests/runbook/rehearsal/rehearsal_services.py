"""A small network with a target group, a namespace and a cluster, for tests of services in the rehearsal."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from rehearsal_clients import ClientFor

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
BREAKER = {"enable": True, "rollback": True}


@dataclass
class Place:
    """Everything that a service needs, made with plain calls."""

    client: ClientFor
    vpc: str = ""
    subnets: list[str] = field(default_factory=list)
    group: str = ""
    target_group: str = ""
    balancer: str = ""
    listener: str = ""
    role: str = ""
    namespace: str = ""
    registry: dict[str, Any] = field(default_factory=dict)

    @property
    def ecs(self) -> Any:
        """A client for ECS."""
        return self.client("ecs")

    def register(self, **changed: Any) -> str:
        """A task definition of the family `web`; its ARN."""
        container = {
            "name": "web",
            "image": "registry.example.com/web:1",
            "portMappings": [{"containerPort": 3000}],
            "healthCheck": {"command": ["CMD-SHELL", "wget -qO- http://localhost:3000/health || exit 1"]},
            **changed.pop("container", {}),
        }
        params = {
            "family": "web",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": self.role,
            "containerDefinitions": [container],
            **changed,
        }
        given = {name: value for name, value in params.items() if value is not None}
        return str(self.ecs.register_task_definition(**given)["taskDefinition"]["taskDefinitionArn"])

    def service(self, definition: str, **changed: Any) -> dict[str, Any]:
        """Two tasks behind the target group and in Cloud Map."""
        network = {"subnets": self.subnets, "securityGroups": [self.group], "assignPublicIp": "DISABLED"}
        params = {
            "cluster": "k",
            "serviceName": "web",
            "taskDefinition": definition,
            "desiredCount": 2,
            "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": network},
            "loadBalancers": [{"targetGroupArn": self.target_group, "containerName": "web", "containerPort": 3000}],
            "serviceRegistries": [{"registryArn": self.registry["Arn"]}],
            "deploymentConfiguration": {
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
                "deploymentCircuitBreaker": BREAKER,
            },
            "propagateTags": "SERVICE",
            "tags": [{"key": "team", "value": "blue"}],
            **changed,
        }
        made: dict[str, Any] = self.ecs.create_service(**params)["service"]
        return made

    def described(self, name: str = "web") -> dict[str, Any]:
        """The service as it is now."""
        found: dict[str, Any] = self.ecs.describe_services(cluster="k", services=[name], include=["TAGS"])["services"][
            0
        ]
        return found

    def health(self) -> list[str]:
        """The states of all targets, sorted."""
        answer = self.client("elbv2").describe_target_health(TargetGroupArn=self.target_group)
        return sorted(one["TargetHealth"]["State"] for one in answer["TargetHealthDescriptions"])


def make_place(client: ClientFor) -> Place:
    """Network, balancer with a listener, role, namespace with a service, and the cluster `k`."""
    ec2, elb, names = client("ec2"), client("elbv2"), client("servicediscovery")
    place = Place(client)
    place.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for number, zone in enumerate("ab"):
        made = ec2.create_subnet(VpcId=place.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")
        place.subnets.append(made["Subnet"]["SubnetId"])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
    place.group = ec2.create_security_group(GroupName="web", Description="web", VpcId=place.vpc)["GroupId"]
    place.target_group = elb.create_target_group(
        Name="web",
        Protocol="HTTP",
        Port=3000,
        VpcId=place.vpc,
        TargetType="ip",
        HealthCheckPath="/login",
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    place.balancer = elb.create_load_balancer(Name="web", Subnets=place.subnets, SecurityGroups=[place.group])[
        "LoadBalancers"
    ][0]["LoadBalancerArn"]
    place.listener = elb.create_listener(
        LoadBalancerArn=place.balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": place.target_group}],
    )["Listeners"][0]["ListenerArn"]
    place.role = client("iam").create_role(RoleName="exec", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    names.create_private_dns_namespace(Name="k.local", Vpc=place.vpc, CreatorRequestId="1")
    place.namespace = names.list_namespaces()["Namespaces"][0]["Id"]
    place.registry = names.create_service(
        Name="web",
        NamespaceId=place.namespace,
        DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 10}]},
        HealthCheckCustomConfig={"FailureThreshold": 1},
    )["Service"]
    client("ecs").create_cluster(clusterName="k")
    return place
