"""Route 53: which zone holds a name, what stands in it, and how a record is made or removed without overwriting."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.errors import PlanError
from runbook.kinds.kind import Kind
from runbook.model import Call, Change, Difference, Permission, ReadOnlyAws, State, Wait


def dotted(name: str) -> str:
    """A name as Route 53 writes it: small letters, a dot at the end."""
    return name.lower().rstrip(".") + "."


def public_zones(aws: ReadOnlyAws) -> list[dict[str, str]]:
    """The public hosted zones of the account: id and name."""
    listed = aws.read("route53", "ListHostedZones")["HostedZones"]
    return [
        {"id": one["Id"].rpartition("/")[2], "name": dotted(one["Name"])}
        for one in listed
        if not one.get("Config", {}).get("PrivateZone")
    ]


def _fitting(aws: ReadOnlyAws, domain: str) -> list[dict[str, str]]:
    name = dotted(domain)
    return [zone for zone in public_zones(aws) if name == zone["name"] or name.endswith(f".{zone['name']}")]


def zones_of(aws: ReadOnlyAws, domain: str) -> list[str]:
    """Ids of every public zone that could hold a domain, to search them for what nothing declares any more."""
    return sorted(zone["id"] for zone in _fitting(aws, domain))


def zone_of(aws: ReadOnlyAws, domain: str, hosted_zone: str = "") -> str:
    """Id of the public zone that holds a domain: the one that is named, or the longest that fits; empty when elsewhere.

    Raises
    ------
    PlanError: two zones of one name would hold it, and only one of them can be the one that the world asks.
    """
    fitting = _fitting(aws, domain)
    if hosted_zone:
        fitting = [zone for zone in fitting if zone["name"] == dotted(hosted_zone)]
    longest = max((len(zone["name"]) for zone in fitting), default=0)
    best = sorted(zone["id"] for zone in fitting if len(zone["name"]) == longest)
    if len(best) > 1:
        raise PlanError(
            f"{len(best)} public hosted zones would hold {domain}: {', '.join(best)}",
            hint="The world asks only one of them. Delete the other, or set hosted_zone to a zone of another name.",
        )
    return best[0] if best else ""


def records_at(aws: ReadOnlyAws, zone: str, name: str, types: Sequence[str]) -> list[dict[str, Any]]:
    """The record sets of a name and of some types, as Route 53 gives them; the zone is read once for all names."""
    answer = aws.find("route53", "ListResourceRecordSets", ("NoSuchHostedZone",), HostedZoneId=zone) or {}
    found = answer.get("ResourceRecordSets", [])
    return [one for one in found if dotted(one["Name"]) == dotted(name) and one["Type"] in types]


def answers(aws: ReadOnlyAws, zone: str, name: str, kind: str) -> bool:
    """Whether Route 53 itself answers with the record: a change reaches all its servers within a minute or so."""
    answer = aws.read("route53", "TestDNSAnswer", HostedZoneId=zone, RecordName=dotted(name), RecordType=kind)
    return bool(answer.get("RecordData"))


def shown_record(record: Mapping[str, Any]) -> str:
    """A record set in one line, for a person who has to decide about it."""
    values = [one["Value"] for one in record.get("ResourceRecords", [])]
    alias = record.get("AliasTarget", {}).get("DNSName")
    which = f" ({record['SetIdentifier']})" if record.get("SetIdentifier") else ""
    return f"{record['Type']}{which} {'alias to ' + alias if alias else ', '.join(values)}"


def change_records(
    zone: str, partition: str, changes: Sequence[tuple[str, Mapping[str, Any]]], names: str, *, gone: bool = False
) -> Call:
    """One change of a zone: all of it happens, or nothing.

    Parameters
    ----------
    changes: action (CREATE or DELETE) and record set; CREATE is refused by AWS where something is there already, and
        DELETE where something else is, so nothing is overwritten or removed unseen.
    names: pattern of the names for the permission.
    gone: the refusal means that nothing is left to remove.
    """
    batch = [{"Action": action, "ResourceRecordSet": dict(record)} for action, record in changes]
    arn = f"arn:{partition}:route53:::hostedzone/{zone}"
    only = {"ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": [names]}}
    return Call(
        "route53",
        "ChangeResourceRecordSets",
        {"HostedZoneId": zone, "ChangeBatch": {"Changes": batch}},
        keep={"change": "ChangeInfo.Id", "status": "ChangeInfo.Status"},
        on=arn,
        permissions=(Permission("route53:ChangeResourceRecordSets", arn, only),),
        done=("InvalidChangeBatch", "NoSuchHostedZone") if gone else (),
    )


@dataclass(frozen=True, kw_only=True)
class DnsRecord(Kind):
    """What all records share: they carry no tags, so whose they are is seen by what they point at.

    A record of somebody else counts as absent, with what is there in the settings: `plan` then stops, says what it is
    and offers to take its place; nothing else ever touches it.

    Parameters
    ----------
    domain: decides which zone holds the record.
    hosted_zone: name of that zone, when it is not the longest that fits.
    """

    domain: str
    hosted_zone: str = ""
    partition: str = "aws"

    # AWS docs: Route 53 API reference, ChangeResourceRecordSets: a change reaches all servers within 60 seconds.
    typical_s: ClassVar[float] = 45.0

    @property
    @abstractmethod
    def _type(self) -> str:
        """The type of record that is made."""

    @property
    @abstractmethod
    def _record_set(self) -> dict[str, Any]:
        """The record set as Route 53 takes it; strings may hold references."""

    @property
    @abstractmethod
    def _names(self) -> str:
        """Pattern of the names that the call may change."""

    @abstractmethod
    def _by_hand(self) -> Call:
        """What a person does where the zone is elsewhere."""

    def plan(self, state: State, known: Any) -> Change:
        """As every kind; what stands there already is named, and a record that is not seen here is said to be so."""
        if not self.wanted:
            return super().plan(state, known)
        if state.settings.get("stays"):
            return self._change("none", str(state.settings["stays"]), [], state)
        there = state.settings.get("record_sets", [])
        if state.exists or not there:
            return super().plan(state, known)
        found = "; ".join(shown_record(one) for one in there)
        declared = Difference("records", list(there), known.value(self._record_set))
        calls = self.update(frozenset({"records"}), state)
        return self._change("adopt", f"{state.name} has a record of somebody else: {found}", calls, state, (declared,))

    def create(self, state: State) -> list[Call]:
        """One CREATE where the zone is ours, or what a person has to do where it is not."""
        zone = state.settings.get("zone", "")
        if not zone:
            return [self._by_hand()]
        return [change_records(zone, self.partition, [("CREATE", self._record_set)], self._names)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Exactly what was found goes, and ours comes, in one step."""
        changes = [*(("DELETE", one) for one in state.settings["record_sets"]), ("CREATE", self._record_set)]
        return [change_records(state.settings["zone"], self.partition, changes, self._names)]

    def tagging(self, state: State) -> list[Call]:
        """Nothing: a record carries no tags."""
        return []

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Exactly what was found goes; anything else is refused by AWS."""
        found = state.settings
        changes = [("DELETE", one) for one in found["record_sets"]]
        return [change_records(found["zone"], found["partition"], changes, found["names"], gone=True)]

    def _answering(self, name: str, zone: str) -> Wait:
        return Wait(
            Call("route53", "TestDNSAnswer", {"HostedZoneId": zone, "RecordName": name, "RecordType": self._type}),
            until="length(RecordData) > `0`",
            what="Route 53 to answer with the record",
            every_s=5.0,
            at_most_s=300.0,
            typical_s=self.typical_s,
        )
