"""AWS Cloud Map: names that may not exist twice, and things that hold others in place."""

from __future__ import annotations

from typing import Any

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

_MODEL = "botocore 1.44 service model: servicediscovery"


def _backend(call: WireCall, world: World) -> Any:
    return world.backend("servicediscovery", call.region)


def _unknown_vpc(call: WireCall, world: World) -> str | None:
    vpc = call.params.get("Vpc")
    return None if vpc in world.backend("ec2", call.region).vpcs else f"The VPC {vpc} could not be found."


def _same_namespace(call: WireCall, world: World) -> str | None:
    name, vpc = call.params.get("Name"), call.params.get("Vpc")
    for one in _backend(call, world).namespaces.values():
        if (one.name, one.vpc) == (name, vpc):
            return f"Namespace {name} already exists: {one.id}"
    return None


def _in_use(call: WireCall, world: World) -> str | None:
    services = [one for one in _backend(call, world).services.values() if one.namespace_id == call.params.get("Id")]
    return f"Namespace has associated services: {', '.join(one.name for one in services)}" if services else None


def _unknown_namespace(call: WireCall, world: World) -> str | None:
    namespace = call.params.get("NamespaceId")
    return None if namespace in _backend(call, world).namespaces else f"{namespace} does not exist"


def _same_service(call: WireCall, world: World) -> str | None:
    for one in _backend(call, world).services.values():
        if (one.namespace_id, one.name) == (call.params.get("NamespaceId"), call.params.get("Name")):
            return f"Service already exists: {one.id}"
    return None


def _has_instances(call: WireCall, world: World) -> str | None:
    service = _backend(call, world).services.get(call.params.get("Id"))
    if service is None or not service.instances:
        return None
    return "Service contains registered instances; delete the instances before deleting the service"


def _no_such_service(call: WireCall, world: World) -> str | None:
    name = call.params.get("Id")
    return None if name in _backend(call, world).services else f"{name} does not exist"


def _refusal(operation: str, code: str, gap: str, refuse: Any) -> Rule:
    return Rule(
        service="servicediscovery",
        operations=(operation,),
        code=code,
        gap=gap,
        source=f"{_MODEL} {operation}",
        refuse=refuse,
    )


SERVICEDISCOVERY_RULES: tuple[Rule, ...] = (
    _refusal("CreatePrivateDnsNamespace", "InvalidInput", "a VPC that does not exist is accepted", _unknown_vpc),
    _refusal(
        "CreatePrivateDnsNamespace",
        "NamespaceAlreadyExists",
        "any second namespace in a VPC is refused, with another code; one of the same name is what AWS refuses",
        _same_namespace,
    ),
    _refusal("DeleteNamespace", "ResourceInUse", "a namespace with services in it can be deleted", _in_use),
    _refusal("CreateService", "NamespaceNotFound", "a namespace that does not exist is accepted", _unknown_namespace),
    _refusal("CreateService", "ServiceAlreadyExists", "two services of one namespace may have one name", _same_service),
    _refusal(
        "DeleteService", "ServiceNotFound", "deleting a service that does not exist is no error", _no_such_service
    ),
    _refusal("DeleteService", "ResourceInUse", "a service with registered instances can be deleted", _has_instances),
)
