"""How AWS's price list names regions: the code at the start of usage types, and the name of the location."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runbook.errors import PriceRegionError
from runbook.settings.limits import region_problem

BILLING_CODES: Mapping[str, str] = MappingProxyType(
    {
        "af-south-1": "AFS1",
        "ap-east-1": "APE1",
        "ap-east-2": "APE2",
        "ap-northeast-1": "APN1",
        "ap-northeast-2": "APN2",
        "ap-northeast-3": "APN3",
        "ap-south-1": "APS3",
        "ap-south-2": "APS5",
        "ap-southeast-1": "APS1",
        "ap-southeast-2": "APS2",
        "ap-southeast-3": "APS4",
        "ap-southeast-4": "APS6",
        "ap-southeast-5": "APS7",
        "ap-southeast-6": "APS8",
        "ap-southeast-7": "APS9",
        "ca-central-1": "CAN1",
        "ca-west-1": "CAN2",
        "eu-central-1": "EUC1",
        "eu-north-1": "EUN1",
        "eu-south-1": "EUS1",
        "eu-west-1": "EU",
        "eu-west-2": "EUW2",
        "eu-west-3": "EUW3",
        "me-south-1": "MES1",
        "mx-central-1": "MXC1",
        "sa-east-1": "SAE1",
        "us-east-1": "USE1",
        "us-east-2": "USE2",
        "us-west-1": "USW1",
        "us-west-2": "USW2",
    }
)
"""Source: AWS docs: AWS Region billing codes, read 2026-11-23. Ireland has no digit, Mumbai is not APS1."""

ENDPOINTS: tuple[str, ...] = ("us-east-1", "eu-central-1", "ap-south-1")
"""Regions in which the Price List API answers, whichever region is priced. Source: botocore 1.44.5 endpoints.json."""


def billing_code(region: str) -> str:
    """The code at the start of the region's usage types.

    Raises
    ------
    PriceRegionError: it is no region, it is in another partition, or its code is not known here.
    """
    problem = region_problem(region)
    if problem:
        raise PriceRegionError(
            f"the region {region!r} {problem}",
            hint="Only regions of the partition aws are priced; AWS China has a list of its own, in CNY.",
        )
    code = BILLING_CODES.get(region)
    if code is None:
        raise PriceRegionError(
            f"the runbook does not know the billing code of {region}, so its usage types cannot be named",
            hint=f"Regions that can be priced: {', '.join(BILLING_CODES)}.",
        )
    return code


def endpoint_near(region: str) -> str:
    """The region of the price list's endpoint to ask from a region."""
    if region.startswith(("eu-", "me-", "af-", "il-")):
        return "eu-central-1"
    if region.startswith("ap-"):
        return "ap-south-1"
    return "us-east-1"
