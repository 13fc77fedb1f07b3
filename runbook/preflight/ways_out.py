"""What makes a cell that is not reachable reachable: the cheapest fix, with what it costs in a month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from runbook.errors import PriceError
from runbook.kinds.billing import HOURS
from runbook.preflight.network import ANYWHERE, NatSeen, Network
from runbook.preflight.reachability import Cause, Cell
from runbook.pricing.rate import Rates

Usd = Callable[[str], Decimal | None]
"""The price of one unit of a catalogue key; None while it is not known."""

_FREE: Mapping[Cause, str] = {
    "group egress": "let tcp 443 out in the group {blame}",
    "endpoint group": "let tcp 443 in from the tasks' groups in the endpoint's group {blame}",
    "endpoint dns": "switch private DNS of {blame} on",
    "endpoint policy": "let the policy of {blame} allow it, or take the policy back to AWS's own",
    "vpc dns": "switch DNS support and DNS hostnames of the VPC on",
    "acl": "let tcp 443 out and the answers (ports 1024 to 65535) back in by the network ACL",
}


@dataclass(frozen=True)
class Fix:
    """What to do, and what it costs by the month without traffic; None while no price is known."""

    text: str
    monthly_usd: Decimal | None


def prices_from(rates: Callable[[], Rates], region: str) -> Usd:
    """Prices of a region, asked for when they are needed."""

    def usd(key: str) -> Decimal | None:
        try:
            return rates().rate(key, region).usd
        except PriceError:
            return None

    return usd


def fixes(network: Network, cells: Iterable[Cell], usd: Usd, *, own: bool) -> dict[Cell, Fix]:
    """The cheapest fix of each cell that is not reachable.

    What lacks a way altogether is judged together: one gateway serves all services, an endpoint only its own.

    Parameters
    ----------
    own: the network is the stack's own, so that the setting `network` decides about the way out.
    """
    bad = [one for one in cells if one.verdict == "unreachable"]
    stuck = [one for one in bad if one.cause in ("no way", "way broken")]
    paid = tuple(sorted({one.service for one in stuck if one.service != "s3"}))
    zones = len({one.subnet for one in stuck if one.service != "s3"})
    out = _cheapest_way(network, paid, usd, own=own, zones=zones)
    found = {}
    for cell in bad:
        if cell in stuck:
            found[cell] = _S3 if cell.service == "s3" else out
        elif cell.cause in _FREE:
            found[cell] = Fix(_FREE[cell.cause].format(blame=cell.blame or "of the tasks"), Decimal(0))
    return found


_S3 = Fix("put the S3 gateway endpoint into the subnet's route table", Decimal(0))


def _cheapest_way(network: Network, services: tuple[str, ...], usd: Usd, *, own: bool, zones: int) -> Fix:
    if there := next((one for one in network.nats.values() if _works(network, one)), None):
        return Fix(f"put the route 0.0.0.0/0 to {there.id} into the subnet's route table", Decimal(0))
    hour, address, door = usd("nat.hour"), usd("ipv4.hour"), usd("vpce.hour")
    gateway = None if hour is None or address is None else (hour + address) * HOURS
    doors = None if door is None else door * HOURS * len(services) * zones
    where = 'network = "nat"' if own else "and a route 0.0.0.0/0 to it"
    by_gateway = Fix(f"one NAT gateway with its public address ({where})", gateway)
    if doors is None or (gateway is not None and gateway <= doors):
        return by_gateway
    here = f"in {zones} zones" if zones > 1 else "in its zone"
    return Fix(f'interface endpoints for {", ".join(services)} {here} (network = "endpoints")', doors)


def _works(network: Network, nat: NatSeen) -> bool:
    stands = network.subnets.get(nat.subnet)
    routes = network.tables.get(stands.table, ()) if stands else ()
    outside = any(one.to == ANYWHERE and one.target in network.gateways and not one.blackhole for one in routes)
    return nat.state == "available" and nat.public and outside
