"""Cloud Map: a service in a namespace, the name under which tasks are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.cloud_map import tag_call, tags_of
from runbook.kinds.kind import STACK, Kind, Loop
from runbook.model import Call, CfnPart, Known, Permission, ReadOnlyAws, State
from runbook.obstacle import Obstacle, goes_along

_NO_SUCH = ("ServiceNotFound",)


def _deregister(params: Mapping[str, Any], bench: Any) -> dict[str, Any]:
    """Take out every instance that is still registered; each is recorded."""
    removed = 0
    for instance in bench.read("servicediscovery", "ListInstances", **params)["Instances"]:
        if bench.stopped():
            break
        bench.page({"instance": instance["Id"]})
        bench.send("servicediscovery", "DeregisterInstance", InstanceId=instance["Id"], **params)
        removed += 1
    return {"instances": removed}


@dataclass(frozen=True, kw_only=True)
class DiscoveryService(Kind):
    """A name in a namespace that answers with the addresses of the instances registered under it.

    Parameters
    ----------
    name: the first part of the name, such as `api` of `api.shop.internal`.
    namespace: id of the namespace.
    ttl_s: how long a resolver may keep an answer.
    """

    name: str
    namespace: str
    ttl_s: int = 10
    description: str = ""

    typical_s: ClassVar[float] = 2.0
    immutable: ClassVar[frozenset[str]] = frozenset({"namespace", "routing", "custom_health"})
    one_at_a_time: ClassVar[bool] = True
    loops: ClassVar[Mapping[str, Loop]] = {
        "DeregisterInstances": Loop(
            _deregister,
            ("ServiceId",),
            (
                "servicediscovery:ListInstances",
                "servicediscovery:DeregisterInstance",
                "route53:GetHealthCheck",
                "route53:DeleteHealthCheck",
                "route53:ChangeResourceRecordSets",
            ),
        )
    }

    def settings(self) -> Mapping[str, Any]:
        """Namespace, records, routing, and that ECS reports the health."""
        return {
            "namespace": self.namespace,
            "records": [{"Type": "A", "TTL": self.ttl_s}],
            "routing": "MULTIVALUE",
            "custom_health": True,
        }

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The service of this name in the namespace, or absent."""
        for one in _in_namespace(aws, known.value(self.namespace)):
            if one["Name"] == self.name:
                return _found(aws, one, known.value(self.namespace))
        return State.ABSENT

    def create(self, state: State) -> list[Call]:
        """One call; the health setting cannot be added later."""
        params = {
            "Name": self.name,
            "NamespaceId": self.namespace,
            "Description": self.description,
            "DnsConfig": {"RoutingPolicy": "MULTIVALUE", "DnsRecords": [{"Type": "A", "TTL": self.ttl_s}]},
            # AWS takes 1 for any number here (botocore 1.44 service model); what counts is that it is given.
            "HealthCheckCustomConfig": {"FailureThreshold": 1},
            "Tags": self.tag_list(),
        }
        return [
            Call(
                "servicediscovery",
                "CreateService",
                params,
                keep={"id": "Service.Id"},
                permissions=(
                    Permission("servicediscovery:CreateService"),
                    Permission("servicediscovery:TagResource"),
                ),
                token="CreatorRequestId",
            )
        ]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """New records; AWS writes them in the background."""
        service = {"Description": self.description, "DnsConfig": {"DnsRecords": [{"Type": "A", "TTL": self.ttl_s}]}}
        params = {"Id": state.outputs["id"], "Service": service}
        permissions = (
            Permission("servicediscovery:UpdateService", state.outputs["arn"]),
            Permission("route53:ChangeResourceRecordSets"),
        )
        return [Call("servicediscovery", "UpdateService", params, permissions=permissions)]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [tag_call(state, self.tag_list())]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """What a stopped task left behind first, then the service."""
        arn, at = state.outputs["arn"], {"ServiceId": state.outputs["id"]}
        return [
            Call("bulk", "DeregisterInstances", at, on=arn),
            Call("servicediscovery", "DeleteService", {"Id": state.outputs["id"]}, on=arn, done=_NO_SUCH),
        ]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Instances that no task of ours registered; they are taken out first."""
        answer = aws.find("servicediscovery", "ListInstances", _NO_SUCH, ServiceId=state.outputs["id"]) or {}
        for one in answer.get("Instances", []):
            address = one.get("Attributes", {}).get("AWS_INSTANCE_IPV4", "")
            if not going(f"{one['Id']} {address}"):
                yield goes_along(f"instance {one['Id']} ({address}) of somebody else")

    def cloudformation(self) -> CfnPart:
        """AWS::ServiceDiscovery::Service."""
        return CfnPart(
            "AWS::ServiceDiscovery::Service",
            {
                "Name": self.name,
                "NamespaceId": self.namespace,
                "Description": self.description,
                "DnsConfig": {"RoutingPolicy": "MULTIVALUE", "DnsRecords": [{"Type": "A", "TTL": self.ttl_s}]},
                "HealthCheckCustomConfig": {"FailureThreshold": 1},
                "Tags": self.tag_list(),
            },
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Services with our tag in the private DNS namespaces of the account."""
        listed = aws.read(
            "servicediscovery",
            "ListNamespaces",
            Filters=[{"Name": "TYPE", "Values": ["DNS_PRIVATE"], "Condition": "EQ"}],
        )["Namespaces"]
        for namespace in listed:
            for one in _in_namespace(aws, namespace["Id"]):
                state = _found(aws, one, namespace["Id"])
                if state.tags and state.tags.get(STACK) == stack:
                    yield state


def _in_namespace(aws: ReadOnlyAws, namespace: Any) -> list[dict[str, Any]]:
    filters = [{"Name": "NAMESPACE_ID", "Values": [namespace], "Condition": "EQ"}]
    listed: list[dict[str, Any]] = aws.read("servicediscovery", "ListServices", Filters=filters)["Services"]
    return listed


def _found(aws: ReadOnlyAws, service: Mapping[str, Any], namespace: str) -> State:
    dns = service.get("DnsConfig") or {}
    return State(
        "ready",
        settings={
            "namespace": namespace,
            "records": [{"Type": one["Type"], "TTL": one["TTL"]} for one in dns.get("DnsRecords", [])],
            # Without a policy Cloud Map answers with all instances (botocore 1.44 service model, DnsConfig).
            "routing": dns.get("RoutingPolicy", "MULTIVALUE"),
            "custom_health": service.get("HealthCheckCustomConfig") is not None,
        },
        outputs={"id": service["Id"], "arn": service["Arn"], "name": service["Name"]},
        name=service["Name"],
        tags=tags_of(aws, service["Arn"]),
    )
