"""Availability zones: which ones an account may use, and which of them offer an endpoint service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runbook.model import ReadOnlyAws

_NO_SERVICE = ("InvalidServiceName",)


def zone_ids(aws: ReadOnlyAws) -> dict[str, str]:
    """The account's zones that need no opting in: name -> id.

    The letter in a zone's name means another place in each account; the id means the same everywhere.

    Source
    ------
    AWS docs: Availability Zone IDs for your AWS resources, seen 2026-11-23.
    """
    filters = [{"Name": "zone-type", "Values": ["availability-zone"]}]
    zones = aws.read("ec2", "DescribeAvailabilityZones", Filters=filters)["AvailabilityZones"]
    usable = [
        one
        for one in zones
        if one.get("State", "available") == "available"
        and one.get("OptInStatus", "opt-in-not-required") != "not-opted-in"
    ]
    return {one["ZoneName"]: one["ZoneId"] for one in usable}


def offered_in(aws: ReadOnlyAws, service: str) -> frozenset[str]:
    """Ids of the zones in which an endpoint service is offered; empty when the region does not have the service."""
    answer = aws.find("ec2", "DescribeVpcEndpointServices", _NO_SERVICE, ServiceNames=[service])
    if answer is None:
        return frozenset()
    ids = zone_ids(aws)
    details = [one for one in answer["ServiceDetails"] if one["ServiceName"] == service]
    return frozenset(ids[name] for one in details for name in one.get("AvailabilityZones", []) if name in ids)


def missing_services(aws: ReadOnlyAws, services: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Per usable zone the services of a list that it does not offer."""
    offered = {service: offered_in(aws, service) for service in services}
    return {
        zone: tuple(service for service in services if zone not in offered[service])
        for zone in sorted(zone_ids(aws).values())
    }
