"""moto's Cloud Map, changed where it differs from AWS: names take their time, filters count, zones come and go."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.backends import get_backend
from moto.servicediscovery.exceptions import ConflictingDomainExists, NamespaceNotFound
from moto.servicediscovery.models import Namespace, ServiceDiscoveryBackend
from moto.servicediscovery.responses import ServiceDiscoveryResponse

from runbook.rehearsal.endpoint import ACCOUNT_ID

_SUCCESS = "SUCCESS"


@functools.cache
def install() -> None:
    """Change moto's classes, once in a process."""
    setattr(ServiceDiscoveryBackend, "create_private_dns_namespace", _create_private)  # noqa: B010 - mypy forbids the assignment
    setattr(ServiceDiscoveryBackend, "delete_namespace", _delete_namespace)  # noqa: B010 - mypy forbids the assignment
    setattr(ServiceDiscoveryResponse, "list_namespaces", _list_namespaces)  # noqa: B010 - mypy forbids the assignment
    setattr(ServiceDiscoveryResponse, "list_services", _list_services)  # noqa: B010 - mypy forbids the assignment
    setattr(ServiceDiscoveryResponse, "list_operations", _list_operations)  # noqa: B010 - mypy forbids the assignment


def settle() -> None:
    """Take away the namespaces whose deletion is over, with their zones."""
    backends: Any = get_backend("servicediscovery")[ACCOUNT_ID]
    for backend in list(backends.values()):
        for operation in list(backend.operations.values()):
            if operation.operation_type == "DELETE_NAMESPACE" and operation.status == _SUCCESS:
                namespace = backend.namespaces.pop(operation.targets["NAMESPACE"], None)
                if namespace is not None:
                    zones: Any = get_backend("route53")[ACCOUNT_ID]["aws"].zones
                    zones.pop(namespace.dns_properties.get("HostedZoneId", "").rpartition("/")[2], None)


def _create_private(
    backend: Any,
    name: str,
    creator_request_id: str,
    description: str,
    vpc: str,
    tags: list[dict[str, str]],
    properties: dict[str, Any] | None,
) -> str:
    """Two namespaces of one VPC may not have the same name; moto refuses a second one with any name."""
    if any(one.vpc == vpc and one.name == name for one in backend.namespaces.values()):
        raise ConflictingDomainExists(vpc)
    route53: Any = get_backend("route53")[ACCOUNT_ID]["aws"]
    zone = route53.create_hosted_zone(
        f"{name}.", private_zone=True, comment="", vpcid=vpc, vpcregion=backend.region_name
    )
    namespace = Namespace(
        account_id=backend.account_id,
        region=backend.region_name,
        name=name,
        ns_type="DNS_PRIVATE",
        creator_request_id=creator_request_id,
        description=description,
        dns_properties={**(properties or {}).get("DnsProperties", {}), "HostedZoneId": zone.id},
        http_properties={"HttpName": name},
        vpc=vpc,
    )
    backend.namespaces[namespace.id] = namespace
    if tags:
        backend.tagger.tag_resource(namespace.arn, tags)
    return str(backend._create_operation("CREATE_NAMESPACE", targets={"NAMESPACE": namespace.id}))


def _delete_namespace(backend: Any, namespace_id: str) -> str:
    if namespace_id not in backend.namespaces:
        raise NamespaceNotFound(namespace_id)
    return str(backend._create_operation("DELETE_NAMESPACE", targets={"NAMESPACE": namespace_id}))


def _filters(response: Any) -> list[Mapping[str, Any]]:
    return json.loads(response.body or "{}").get("Filters") or []


def _passes(filters: Iterable[Mapping[str, Any]], value_of: Callable[[str], str | None]) -> bool:
    """Whether a thing has one of the values of each filter; a filter that the thing knows nothing of lets it pass."""
    return all(value_of(one["Name"]) in (None, *one["Values"]) for one in filters)


def _list_namespaces(response: Any) -> Any:
    """Namespaces that have been made; one that is still being made is not listed yet."""
    backend, filters = response.servicediscovery_backend, _filters(response)
    pending = {
        one.targets.get("NAMESPACE")
        for one in backend.operations.values()
        if one.operation_type == "CREATE_NAMESPACE" and one.status != _SUCCESS
    }
    found = [
        namespace.to_json()
        for namespace in backend.list_namespaces()
        if namespace.id not in pending and _passes(filters, {"TYPE": namespace.type, "NAME": namespace.name}.get)
    ]
    return 200, {}, json.dumps({"Namespaces": found})


def _list_services(response: Any) -> str:
    backend, filters = response.servicediscovery_backend, _filters(response)
    found = [
        {**service.to_json(), "InstanceCount": len(service.instances)}
        for service in backend.list_services()
        if _passes(filters, {"NAMESPACE_ID": service.namespace_id}.get)
    ]
    return json.dumps({"Services": found})


def _list_operations(response: Any) -> Any:
    backend, filters = response.servicediscovery_backend, _filters(response)
    found = [
        operation.to_json(short=True)
        for operation in backend.operations.values()
        if _passes(
            filters,
            {
                "STATUS": operation.status,
                "TYPE": operation.operation_type,
                "NAMESPACE_ID": operation.targets.get("NAMESPACE", ""),
                "SERVICE_ID": operation.targets.get("SERVICE", ""),
            }.get,
        )
    ]
    return 200, {}, json.dumps({"Operations": found})
