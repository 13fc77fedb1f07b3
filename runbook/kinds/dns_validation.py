"""Route 53 and ACM: the record by which a name's owner proves it to AWS, set here or by a person elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runbook.kinds.acm import NO_SUCH, listed_for, tagged, validation_of
from runbook.kinds.kind import SECTION, STACK
from runbook.kinds.route53 import DnsRecord, answers, dotted, records_at, zone_of, zones_of
from runbook.model import Call, CfnPart, Known, ReadOnlyAws, State, Wait, has_unknown, ref

_TTL_S = 300


@dataclass(frozen=True, kw_only=True)
class ValidationRecord(DnsRecord):
    """The CNAME that ACM asks for; it is the same for every certificate of one name in an account.

    Parameters
    ----------
    certificate: ARN of the certificate, usually a reference.
    name, value: of the record, usually references to the certificate.
    """

    certificate: str
    name: str
    value: str

    @property
    def _type(self) -> str:
        return "CNAME"

    @property
    def _record_set(self) -> dict[str, Any]:
        return {"Name": self.name, "Type": "CNAME", "TTL": _TTL_S, "ResourceRecords": [{"Value": self.value}]}

    @property
    def _names(self) -> str:
        return f"_*.{self.domain.removeprefix('*.')}"

    def _by_hand(self) -> Call:
        return Call(
            "person",
            "SetRecord",
            {
                "what": f"no zone of this account holds {self.domain}, so the record that proves it is set elsewhere",
                "how": f"At your DNS provider set: {self.name} CNAME {self.value} - then apply again; "
                "it goes on when AWS has seen the record.",
                "name": self.name,
                "type": "CNAME",
                "value": self.value,
            },
        )

    def settings(self) -> Mapping[str, Any]:
        """Name and value."""
        return {"name": self.name, "value": self.value}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The record in our zone; where the zone is elsewhere, whether AWS has seen it."""
        zone = zone_of(aws, self.domain, self.hosted_zone)
        arn, name, value = (known.value(one) for one in (self.certificate, self.name, self.value))
        if has_unknown([arn, name, value]):
            return State("absent", settings={"zone": zone})
        if not zone:
            return self._elsewhere_seen(aws, arn, name, value)
        others = [one for one, tags in listed_for(aws, self.domain) if tags.get(STACK) != self.owner.stack]
        return _found(aws, zone, self.partition, name, value, arn, shared_with=others)

    def _elsewhere_seen(self, aws: ReadOnlyAws, arn: str, name: str, value: str) -> State:
        answer = aws.find("acm", "DescribeCertificate", NO_SUCH, CertificateArn=arn)
        seen = validation_of((answer or {}).get("Certificate", {})).get("status") == "SUCCESS"
        if not seen:
            return State("absent", settings={"zone": ""})
        return State(
            "ready",
            settings={"name": name, "value": value, "stays": "was set at another DNS provider, and AWS has seen it"},
            outputs={"id": f"elsewhere/{name}/CNAME"},
            name=dotted(name),
            tags={},
        )

    def ready(self) -> Wait:
        """Until Route 53 answers with it."""
        return self._answering(self.name, ref(self.id, "zone"))

    def cloudformation(self) -> CfnPart | None:
        """None: CloudFormation sets the record of a certificate that names its zone by itself."""
        return None

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """The records of our certificates, unless a certificate of somebody else needs them too."""
        for one, tags in tagged(aws, stack):
            record = validation_of(one)
            if not record or any(its.get(STACK) != stack for _, its in listed_for(aws, one["DomainName"])):
                continue
            name, value, arn = record["name"], record["value"], one["CertificateArn"]
            whose = {STACK: stack, SECTION: tags.get(SECTION, "")}
            for zone in zones_of(aws, one["DomainName"]):
                state = _found(aws, zone, aws.partition, name, value, arn, shared_with=())
                if state.exists and state.tags is None:
                    yield replace(state, tags=whose)


def _found(
    aws: ReadOnlyAws, zone: str, partition: str, name: str, value: str, arn: str, *, shared_with: Iterable[str]
) -> State:
    there = records_at(aws, zone, name, ("CNAME",))
    if not there:
        return State("absent", settings={"zone": zone})
    values = [dotted(one["Value"]) for one in there[0].get("ResourceRecords", [])]
    right = len(there) == 1 and values == [dotted(value)]
    settings: dict[str, Any] = {
        "name": name,
        "value": value,
        "zone": zone,
        "record_sets": there,
        "certificate": arn,
        "partition": partition,
        "names": dotted(name).rstrip("."),
    }
    if not right:
        return State("absent", settings=settings, name=dotted(name))
    users = list(shared_with)
    if users:
        settings["stays"] = f"is as declared, and stays: {', '.join(users)} needs it too"
    return State(
        "ready" if answers(aws, zone, name, "CNAME") else "pending",
        settings=settings,
        outputs={"id": f"{zone}/{dotted(name)}/CNAME", "zone": zone},
        name=dotted(name),
        # Without our tags it is left by every destroy, as somebody else's.
        tags={} if users else None,
        reason="Route 53 does not answer with it yet",
    )
