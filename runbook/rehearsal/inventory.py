"""Everything that exists in the rehearsed account, written so that two equal accounts give equal text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import jmespath
from botocore.exceptions import ClientError

from runbook.rehearsal.inventory_table import LISTINGS, Detail, Listing

Client = Callable[[str, str], Any]

_TIMES = re.compile(r"^(.*(Date|Time|At|Timestamp)|LastModified|Created|NotBefore|NotAfter|ResponseMetadata)$")
_EC2_ID = re.compile(
    r"\b(vpc|subnet|igw|rtb|rtbassoc|eipalloc|eipassoc|nat|eni|eni-attach|sg|sgr|vpce|acl|aclassoc|dopt|pl|vpc-cidr-assoc)"
    r"-[0-9a-f]{8,17}\b"
)
_ELB_ID = re.compile(r"\b(app|net)/([A-Za-z0-9-]+)/[0-9a-f]{16}\b")
_SECRET_VERSION = re.compile(r":::[0-9a-f]{32}\b")
"""The version of a secret in a task definition, as the token of the call that made it."""
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


def _detail(client: Any, detail: Detail, thing: Any) -> Any:
    params = {name: jmespath.search(path, thing) for name, path in detail.params.items()}
    if None in params.values():
        return None
    try:
        answer = getattr(client, detail.operation)(**params)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in detail.absent:
            return None
        raise
    return jmespath.search(detail.keep, answer)


def _things(client: Any, listing: Listing) -> list[dict[str, Any]]:
    """All pages of one listing, with the details of each thing."""
    things: list[dict[str, Any]] = []
    if client.can_paginate(listing.operation):
        answers: Iterable[Any] = client.get_paginator(listing.operation).paginate(**listing.params)
    else:
        answers = [getattr(client, listing.operation)(**listing.params)]
    for answer in answers:
        for thing in jmespath.search(listing.items, answer) or ():
            told = dict(thing)
            for detail in listing.details:
                found = _detail(client, detail, told)
                if found not in (None, [], {}):
                    told[detail.name] = found
            things.append(told)
    return things


def _default_vpcs(client: Client, regions: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for region in regions:
        answer = client("ec2", region).describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
        found |= {vpc["VpcId"] for vpc in answer["Vpcs"]}
    return found


def _mentions(value: Any, words: set[str]) -> bool:
    if isinstance(value, dict):
        return any(_mentions(inner, words) for inner in value.values())
    if isinstance(value, list):
        return any(_mentions(inner, words) for inner in value)
    return value in words if isinstance(value, str) else False


def _normal(value: Any, drop: frozenset[str], names: dict[str, str], pattern: re.Pattern[str] | None) -> Any:
    """The value without times and dropped keys, with labels for ids, and lists in one order."""
    if isinstance(value, dict):
        return {
            key: _normal(inner, drop, names, pattern)
            for key, inner in sorted(value.items())
            if key not in drop and not _TIMES.match(key) and not isinstance(inner, datetime)
        }
    if isinstance(value, list):
        return sorted((_normal(inner, drop, names, pattern) for inner in value), key=_text)
    if isinstance(value, str):
        named = pattern.sub(lambda match: names[match[0]], value) if pattern else value
        named = _SECRET_VERSION.sub(":::<version>", named)
        return _UUID.sub("<uuid>", _ELB_ID.sub(r"\1/\2/<id>", _EC2_ID.sub(r"<\1>", named)))
    return value if isinstance(value, (int, float, bool, type(None))) else str(value)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _names(found: list[tuple[str, Listing, list[dict[str, Any]]]]) -> dict[str, str]:
    """Id that AWS chose -> what is written instead."""
    names: dict[str, str] = {}
    for _, listing, things in found:
        for thing in things:
            label = jmespath.search(listing.label, thing) or "unnamed"
            for key in listing.ids:
                if isinstance(thing.get(key), str):
                    names[thing[key]] = f"<{listing.name}:{label}>"
    return names


def take_inventory(
    client: Client, regions: Iterable[str], services: Callable[[str], bool] = lambda _: True
) -> dict[str, list[Any]]:
    """All that exists, one sorted list for each kind and region; kinds of which nothing exists are left out.

    Parameters
    ----------
    client: gives the boto3 client for a service and a region.
    regions: the regions in which to look.
    services: says whether a service was used at all; the others are not asked.

    Returns
    -------
    `"us-east-1 ec2.vpcs" -> [thing, ...]`. Ids, times and addresses that AWS chose are replaced by names, so a
    duplicate is one more entry and nothing else differs between two runs.
    """
    wanted_regions = sorted(regions)
    defaults = _default_vpcs(client, wanted_regions) if services("ec2") else set()
    found: list[tuple[str, Listing, list[dict[str, Any]]]] = []
    for listing in LISTINGS:
        if not services(listing.service):
            continue
        where = ["global"] if listing.service in {"iam", "route53", "s3"} else wanted_regions
        for region in where:
            things = _things(client(listing.service, "us-east-1" if region == "global" else region), listing)
            found.append((region, listing, [thing for thing in things if not _mentions(thing, defaults)]))
    names = _names(found)
    pattern = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))) if names else None
    return {
        f"{region} {listing.service}.{listing.name}": sorted(
            (_normal(thing, frozenset(listing.drop), names, pattern) for thing in things), key=_text
        )
        for region, listing, things in found
        if things
    }
