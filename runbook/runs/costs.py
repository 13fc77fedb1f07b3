"""What a deployment costs, asked by a front end: no account, no login and no rehearsal is needed for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runbook.cost.audit import Audit, audit
from runbook.cost.estimate import Estimate
from runbook.cost.network_lines import NETWORKS
from runbook.cost.networks import Comparison, compare
from runbook.cost.traffic import Traffic
from runbook.cost.usage import choose
from runbook.cost.whole_stack import Stack
from runbook.errors import SettingsError
from runbook.model import Usage
from runbook.pricing.rate import Rates
from runbook.pricing.regions import billing_code
from runbook.runs.options import Options
from runbook.runs.price_source import rates_for
from runbook.sections.network_ids import endpoint_services
from runbook.settings import Deployment, load
from runbook.settings.limits import nearest

ALL = "all"
_THEIRS = (
    "the VPC {vpc} is somebody else's: its gateways and their traffic are on the bill of whoever made them, not here"
)
_UNNAMED = "the rehearsal's default"


@dataclass(frozen=True)
class Costs:
    """What one deployment costs in one region.

    Parameters
    ----------
    network: the network that is priced; the deployment's own unless another one was asked for.
    band: the name of the usage.
    notes: what a person should know about how this came about.
    """

    deployment: Deployment
    network: str
    usage: Usage
    band: str
    estimate: Estimate
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The estimate by the contract, with what it was made for."""
        return {**self.estimate.as_json(), "network": self.network, "usage": self.band, "zones": self.deployment.zones}


@dataclass(frozen=True)
class Networks:
    """The networks side by side in one region: their own bills, and the whole stack with each of them."""

    deployment: Deployment
    band: str
    comparison: Comparison
    stacks: dict[str, Estimate]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain data, with the whole stack for each network."""
        told = self.comparison.as_json()
        for one in told["networks"]:
            whole = self.stacks[one["network"]].as_json()
            one["stack_usd_per_month"], one["stack_at_least"] = whole["usd_per_month"], whole["at_least"]
        return {**told, "usage": self.band, "network": self.deployment.network}


@dataclass(frozen=True)
class Question:
    """What is asked, read once for all regions.

    Parameters
    ----------
    network: a network, `all`, or empty for the deployment's own.
    usage: a band, a file, or empty for the deployment's own band.
    free_tier: take off what every account gets for nothing.
    """

    options: Options
    network: str = ""
    usage: str = ""
    regions: tuple[str, ...] = ()
    free_tier: bool = False
    refresh: bool = False

    def checked_regions(self) -> tuple[str, ...]:
        """The regions that are asked for; the empty one stands for the deployment's own.

        Raises
        ------
        PriceRegionError: one cannot be priced. SettingsError: the list is empty.
        """
        named = [name.strip() for text in self.regions for name in text.split(",") if name.strip()]
        if self.regions and not named:
            raise SettingsError("--regions names no region", hint="For example --regions eu-west-1,us-east-1.")
        for name in named:
            billing_code(name)
        return tuple(dict.fromkeys(named)) or ("",)

    def checked_network(self) -> str:
        """The network that is asked for.

        Raises
        ------
        SettingsError: there is no such network.
        """
        if self.network not in ("", ALL, *NETWORKS):
            raise SettingsError(
                f'"{self.network}" is no network{nearest(self.network, (*NETWORKS, ALL))}',
                hint=f"Networks: {', '.join(NETWORKS)}, or {ALL} for a comparison.",
            )
        return self.network


def costs(question: Question, *, ask_mfa: Callable[[str], str] | None = None) -> list[Costs]:
    """The cost of the whole stack in each region that was asked for.

    Raises
    ------
    SettingsError: settings, usage, network or regions are wrong. PriceError: a price is not what is expected.
    """
    network = question.checked_network()
    return [
        Costs(
            deployment,
            network or deployment.network,
            usage,
            band,
            Stack.of(deployment, network).estimate(usage, rates, free_tier=question.free_tier),
            notes,
        )
        for deployment, usage, band, rates, notes in _each(question, ask_mfa)
    ]


def networks(question: Question, *, ask_mfa: Callable[[str], str] | None = None) -> list[Networks]:
    """All networks in each region that was asked for; raises as `costs` does."""
    return [
        Networks(
            deployment,
            band,
            compare(
                deployment.region,
                rates,
                Traffic.of(usage),
                deployment.zones,
                endpoint_services(deployment),
                tasks=deployment.web.count + deployment.worker.count,
            ),
            {
                name: Stack.of(deployment, name).estimate(usage, rates, free_tier=question.free_tier)
                for name in NETWORKS
            },
            notes,
        )
        for deployment, usage, band, rates, notes in _each(question, ask_mfa)
    ]


def audits(question: Question, *, ask_mfa: Callable[[str], str] | None = None) -> list[Audit]:
    """The document's table beside the computed one in each region that was asked for; raises as `costs` does."""
    return [audit(deployment, usage, rates) for deployment, usage, _, rates, _ in _each(question, ask_mfa)]


def _each(
    question: Question, ask_mfa: Callable[[str], str] | None
) -> list[tuple[Deployment, Usage, str, Rates, tuple[str, ...]]]:
    question.checked_network()
    options = question.options
    rates: Rates | None = None
    made = []
    for region in question.checked_regions():
        deployment, notes = _deployment(options, region)
        if deployment.vpc.id:
            notes = (*notes, _THEIRS.format(vpc=deployment.vpc.id))
        band = question.usage or deployment.usage
        rates = rates or rates_for(
            options,
            refresh=question.refresh,
            offline=not (options.live_prices or question.refresh),
            ask_mfa=ask_mfa,
        )
        made.append((deployment, choose(band), band, rates, notes))
    return made


def _deployment(options: Options, region: str) -> tuple[Deployment, tuple[str, ...]]:
    """The settings, with what a price does not depend on filled in, so that a question needs no file."""
    loaded = load(
        options.settings_file,
        options.overrides,
        environ=options.environ,
        profile_region=lambda: None,
        region_flag=region or options.region,
        rehearsal=True,
    )
    if loaded.region_source != _UNNAMED or options.rehearsal:
        return loaded.deployment, ()
    from runbook.aws.session import profile_region

    named = profile_region(options.profile)
    if not named:
        where = loaded.deployment.region
        return loaded.deployment, (f"nothing says a region, so these are the prices of {where}, the document's region",)
    return loaded.deployment.model_copy(update={"region": named}), ()
