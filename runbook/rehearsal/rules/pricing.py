"""AWS Price List: GetProducts over a list of real prices, look-alikes included; moto has none of it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from runbook.rehearsal import price_list
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

ENDPOINT_REGIONS = ("us-east-1", "eu-central-1", "ap-south-1")
"""Source: botocore 1.44.5 endpoints.json, api.pricing in the partition aws."""

MOST_RESULTS = 100
FORMAT_VERSION = "aws_v1"
_MODEL = "botocore 1.44 service model: pricing GetProducts"


def _matching(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The documents that match every filter exactly."""
    filters = params.get("Filters") or ()
    return [
        document
        for document in price_list.by_service().get(str(params.get("ServiceCode")), ())
        if all(_value(document, one["Field"]) == one["Value"] for one in filters)
    ]


def _value(document: Mapping[str, Any], field: str) -> str | None:
    if field in {"ServiceCode", "serviceCode"}:
        return str(document["serviceCode"])
    product = document["product"]
    found = product.get(field) if field in {"productFamily", "sku"} else product["attributes"].get(field)
    return None if found is None else str(found)


def _question(params: Mapping[str, Any]) -> str:
    return json.dumps([params.get("ServiceCode"), params.get("Filters") or []], sort_keys=True)


def _offset(params: Mapping[str, Any]) -> int | None:
    """Where the page begins; None when the token is not one of this question."""
    token = params.get("NextToken")
    if not token:
        return 0
    try:
        question, offset = json.loads(base64.urlsafe_b64decode(str(token)))
    except (ValueError, TypeError, binascii.Error):
        return None
    return offset if question == _question(params) and isinstance(offset, int) and offset > 0 else None


def _reply(call: WireCall, _: World) -> Mapping[str, Any]:
    begin = _offset(call.params) or 0
    end = begin + int(call.params.get("MaxResults") or MOST_RESULTS)
    found = _matching(call.params)
    answer: dict[str, Any] = {
        "FormatVersion": FORMAT_VERSION,
        "PriceList": [json.dumps(document) for document in found[begin:end]],
    }
    if end < len(found):
        answer["NextToken"] = base64.urlsafe_b64encode(json.dumps([_question(call.params), end]).encode()).decode()
    return answer


def _nowhere(call: WireCall, _: World) -> str | None:
    if call.region in ENDPOINT_REGIONS:
        return None
    return f"There is no price list endpoint in {call.region}; it answers in {', '.join(ENDPOINT_REGIONS)}."


def _bad_parameter(call: WireCall, _: World) -> str | None:
    most = call.params.get("MaxResults")
    if most is not None and not 1 <= int(most) <= MOST_RESULTS:
        return f"MaxResults is {most}; it must be between 1 and {MOST_RESULTS}."
    version = call.params.get("FormatVersion", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        return f"FormatVersion {version} is not {FORMAT_VERSION}."
    for one in call.params.get("Filters") or ():
        if one.get("Type") not in {"TERM_MATCH", "EQUALS"}:
            return f"The rehearsal answers filters of type TERM_MATCH and EQUALS only, not {one.get('Type')}."
    return None


def _unknown_service(call: WireCall, _: World) -> str | None:
    service = call.params.get("ServiceCode")
    if service in price_list.by_service():
        return None
    return f"The service {service} is not in the rehearsal's price list."


def _bad_token(call: WireCall, _: World) -> str | None:
    return None if _offset(call.params) is not None else "The pagination token is not one of this question."


PRICING_RULES: tuple[Rule, ...] = (
    Rule(
        service="pricing",
        operations=("*",),
        code="NotFoundException",
        status=404,
        gap="the price list answers in every region",
        source="botocore 1.44.5 endpoints.json: api.pricing is in us-east-1, eu-central-1 and ap-south-1 only",
        refuse=_nowhere,
    ),
    Rule(
        service="pricing",
        operations=("GetProducts",),
        code="InvalidParameterException",
        gap="GetProducts takes any MaxResults, FormatVersion and type of filter",
        source=f"{_MODEL}, MaxResults 1 to 100, error InvalidParameterException",
        refuse=_bad_parameter,
    ),
    Rule(
        service="pricing",
        operations=("GetProducts",),
        code="NotFoundException",
        gap="GetProducts knows any service code; the rehearsal knows those that its price list has",
        source=f"{_MODEL}, error NotFoundException",
        refuse=_unknown_service,
    ),
    Rule(
        service="pricing",
        operations=("GetProducts",),
        code="InvalidNextTokenException",
        gap="GetProducts takes any page token",
        source=f"{_MODEL}, error InvalidNextTokenException",
        refuse=_bad_token,
    ),
    Rule(
        service="pricing",
        operations=("GetProducts",),
        gap="GetProducts is missing; the rehearsal answers dated list prices, look-alikes and free tiers included",
        source="recorded GetProducts answers in public repositories, read 2026-11; prices as in the packaged snapshot",
        reply=_reply,
    ),
)
