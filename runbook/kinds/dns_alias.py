"""Route 53: the record that points a name at a load balancer; a record of somebody else is never overwritten unseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runbook.kinds.acm import tagged
from runbook.kinds.elbv2 import load_balancers_of
from runbook.kinds.kind import SECTION, STACK
from runbook.kinds.route53 import DnsRecord, answers, dotted, public_zones, records_at, zone_of, zones_of
from runbook.model import Call, CfnPart, Known, ReadOnlyAws, State, Unknown, Wait, ref

_TYPES = ("A", "AAAA", "CNAME")
"""Types that answer for an address: where one of them stands, visitors go somewhere already."""

_ZONES_SEARCHED = 10
"""Zones that are searched for what nothing declares any more, beside those of our certificates: each is a read."""

_DUAL = "dualstack."
"""What precedes a load balancer's name in an alias. Source: AWS docs: Route 53, values for alias records."""


@dataclass(frozen=True, kw_only=True)
class AliasRecord(DnsRecord):
    """An A record that is an alias to a load balancer, which costs nothing and follows its addresses.

    Parameters
    ----------
    name: the name that visitors use.
    dns_name, zone_id: of the load balancer, usually references.
    """

    name: str
    dns_name: str
    zone_id: str

    @property
    def _type(self) -> str:
        return "A"

    @property
    def _names(self) -> str:
        return self.name

    @property
    def _target(self) -> dict[str, Any]:
        return {"HostedZoneId": self.zone_id, "DNSName": f"{_DUAL}{self.dns_name}.", "EvaluateTargetHealth": True}

    @property
    def _record_set(self) -> dict[str, Any]:
        return {"Name": dotted(self.name), "Type": "A", "AliasTarget": self._target}

    def _by_hand(self) -> Call:
        return Call(
            "person",
            "SetRecord",
            {
                "what": f"no zone of this account holds {self.name}, so it is pointed at the load balancer elsewhere",
                "how": f"At your DNS provider set: {self.name} CNAME {self.dns_name}",
            },
        )

    def settings(self) -> Mapping[str, Any]:
        """The records that answer for the name: ours, and no other."""
        return {"records": [self._record_set]}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """What answers for the name; where the zone is elsewhere, that nobody can see it from here."""
        zone = zone_of(aws, self.domain, self.hosted_zone)
        if not zone:
            return self._unseen(known)
        targets = dict(_targets(aws, self.owner.stack))
        declared = known.value(self.dns_name)
        return _found(aws, zone, self.partition, self.name, targets, "" if isinstance(declared, Unknown) else declared)

    def _unseen(self, known: Known) -> State:
        target = known.value(self.dns_name)
        where = "the load balancer" if isinstance(target, Unknown) else target
        note = (
            f"is not checked: no zone of this account holds {self.name}; at your DNS provider set "
            f"{self.name} CNAME {where}"
        )
        return State(
            "ready",
            settings={"stays": note},
            outputs={"id": f"elsewhere/{dotted(self.name)}/A", "zone": ""},
            name=dotted(self.name),
            tags={},
        )

    def ready(self) -> Wait:
        """Until Route 53 answers with it."""
        return self._answering(dotted(self.name), ref(self.id, "zone"))

    def cloudformation(self) -> CfnPart:
        """AWS::Route53::RecordSet, in the zone that holds the name."""
        zone = dotted(self.hosted_zone or self.domain.partition(".")[2])
        return CfnPart("AWS::Route53::RecordSet", {**self._record_set, "HostedZoneName": zone})

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Alias records to our load balancers, in the zones of our certificates and, where they are few, in all."""
        found = load_balancers_of(aws, stack)
        if not found:
            return
        targets = dict(_targets(aws, stack))
        section = found[0][1].get(SECTION, "")
        for zone in _searched(aws, stack):
            answer = aws.find("route53", "ListResourceRecordSets", ("NoSuchHostedZone",), HostedZoneId=zone) or {}
            for one in answer.get("ResourceRecordSets", []):
                target = _plain(one.get("AliasTarget", {}).get("DNSName", ""))
                if target in targets and one["Type"] in _TYPES:
                    settings = _settings(zone, aws.partition, [one], targets[target])
                    name = dotted(one["Name"])
                    outputs = {"id": f"{zone}/{name}/A", "zone": zone}
                    yield State("ready", settings, outputs, name, tags={STACK: stack, SECTION: section})


def _plain(name: str) -> str:
    """The name of a load balancer as an alias gives it, without what stands around it."""
    return name.lower().rstrip(".").removeprefix(_DUAL)


def _targets(aws: ReadOnlyAws, stack: str) -> list[tuple[str, str]]:
    """DNS name and ARN of every load balancer of the stack."""
    return [(one["DNSName"].lower(), one["LoadBalancerArn"]) for one, _ in load_balancers_of(aws, stack)]


def _searched(aws: ReadOnlyAws, stack: str) -> list[str]:
    zones = {zone for one, _ in tagged(aws, stack) for zone in zones_of(aws, one["DomainName"])}
    everywhere = public_zones(aws)
    if len(everywhere) <= _ZONES_SEARCHED:
        zones |= {zone["id"] for zone in everywhere}
    return sorted(zones)


def _found(aws: ReadOnlyAws, zone: str, partition: str, name: str, targets: Mapping[str, str], declared: str) -> State:
    there = records_at(aws, zone, name, _TYPES)
    if not there:
        return State("absent", settings={"zone": zone})
    target = _plain(there[0].get("AliasTarget", {}).get("DNSName", ""))
    ours = len(there) == 1 and not there[0].get("SetIdentifier") and target in {*targets, declared} - {""}
    settings = _settings(zone, partition, there, targets.get(target, ""))
    if not ours:
        return State("absent", settings=settings, name=dotted(name))
    return State(
        "ready" if answers(aws, zone, name, there[0]["Type"]) else "pending",
        settings=settings,
        outputs={"id": f"{zone}/{dotted(name)}/A", "zone": zone},
        name=dotted(name),
        reason="Route 53 does not answer with it yet",
    )


def _settings(zone: str, partition: str, there: Sequence[Mapping[str, Any]], load_balancer: str) -> dict[str, Any]:
    return {
        "records": [{**one, "Name": dotted(one["Name"])} for one in there],
        "zone": zone,
        "record_sets": list(there),
        # What a removal of the load balancer has to wait for.
        "load_balancer": load_balancer,
        "partition": partition,
        "names": dotted(there[0]["Name"]).rstrip("."),
    }
