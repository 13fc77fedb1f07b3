"""ACM: a certificate that is requested, one that has been issued, and one that somebody else looks after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.kind import ID, STACK, Kind, choose
from runbook.model import Call, CfnPart, Change, Known, Permission, ReadOnlyAws, State, Wait, ref
from runbook.obstacle import Obstacle, blocks

NO_SUCH = ("ResourceNotFoundException",)

_STATUS: Mapping[str, Any] = {"PENDING_VALIDATION": "pending", "ISSUED": "ready"}
"""Every other status is an end: FAILED, VALIDATION_TIMED_OUT, EXPIRED, REVOKED, INACTIVE (botocore 1.44, acm)."""

_KEY = "RSA_2048"
"""Which an application load balancer takes, and ListCertificates lists without being asked for other kinds."""


@dataclass(frozen=True, kw_only=True)
class Certificate(Kind):
    """A request for a certificate of one name, to be validated by a DNS record; ready when AWS says which record.

    Parameters
    ----------
    domain: the name; found again by our tags, because an account may hold many certificates of one name.
    """

    domain: str
    region: str
    account: str
    partition: str = "aws"

    # AWS docs: ACM API reference, ListCertificates: a new certificate may be listed some seconds later.
    consistent_s: ClassVar[float] = 60.0
    immutable: ClassVar[frozenset[str]] = frozenset({"domain", "key_algorithm"})

    @property
    def _any(self) -> str:
        return f"arn:{self.partition}:acm:{self.region}:{self.account}:certificate/*"

    def settings(self) -> Mapping[str, Any]:
        """The name and the kind of key; neither can change."""
        return {"domain": self.domain, "key_algorithm": _KEY}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The certificate with our id, of whatever name."""
        mine = [
            _requested(one, tags) for one, tags in tagged(aws, self.owner.stack, self.domain) if tags.get(ID) == self.id
        ]
        return choose(self, mine, known)

    def create(self, state: State) -> list[Call]:
        """One call with the tags; its token makes a repeated one harmless for an hour."""
        return [
            Call(
                "acm",
                "RequestCertificate",
                {
                    "DomainName": self.domain,
                    "ValidationMethod": "DNS",
                    "KeyAlgorithm": _KEY,
                    "Tags": self.tag_list(),
                },
                keep={"arn": "CertificateArn"},
                token="IdempotencyToken",
                permissions=(
                    Permission("acm:RequestCertificate", self._any),
                    Permission("acm:AddTagsToCertificate", self._any),
                ),
            )
        ]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        arn = state.outputs["arn"]
        return [Call("acm", "AddTagsToCertificate", {"CertificateArn": arn, "Tags": self.tag_list()}, on=arn)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it; AWS refuses as long as a listener uses it."""
        return [_delete(state.outputs["arn"])]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """What else uses the certificate."""
        answer = aws.find("acm", "DescribeCertificate", NO_SUCH, CertificateArn=state.outputs["arn"]) or {}
        users = answer.get("Certificate", {}).get("InUseBy", [])
        return [blocks(f"{one} uses it") for one in sorted(users) if not going(one)]

    def ready(self) -> Wait:
        """Until AWS says which record proves the name, some seconds after the request."""
        return Wait(
            Call("acm", "DescribeCertificate", {"CertificateArn": ref(self.id, "arn")}),
            until="Certificate.DomainValidationOptions[0].ResourceRecord.Name",
            fails="Certificate.FailureReason",
            what="AWS to say which record proves the name",
            every_s=2.0,
            at_most_s=120.0,
            typical_s=5.0,
        )

    def cloudformation(self) -> CfnPart:
        """AWS::CertificateManager::Certificate."""
        # With its zone, CloudFormation sets the record that proves the domain by itself.
        proof = [{"DomainName": self.domain, "HostedZoneId": {"Ref": "HostedZoneId"}}]
        return CfnPart(
            "AWS::CertificateManager::Certificate",
            {
                "DomainName": self.domain,
                "ValidationMethod": "DNS",
                "DomainValidationOptions": proof,
                "KeyAlgorithm": _KEY,
                "Tags": self.tag_list(),
            },
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Certificates with our tag."""
        for one, tags in tagged(aws, stack):
            yield _requested(one, tags)


@dataclass(frozen=True, kw_only=True)
class CertificateIssued(Kind):
    """The moment from which a listener may use a requested certificate; nothing is called for it, only waited.

    Its removal deletes the certificate: what points at an issued certificate is removed before it, what proves it too.

    Parameters
    ----------
    certificate: ARN of the request, usually a reference.
    """

    certificate: str

    typical_s: ClassVar[float] = 60.0

    def settings(self) -> Mapping[str, Any]:
        """Which certificate."""
        return {"certificate": self.certificate}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """Pending until AWS has issued it."""
        answer = aws.find("acm", "DescribeCertificate", NO_SUCH, CertificateArn=known.value(self.certificate))
        if answer is None:
            return State.ABSENT
        one = answer["Certificate"]
        arn = one["CertificateArn"]
        return State(
            _STATUS.get(one.get("Status", ""), "failed"),
            settings={"certificate": arn},
            outputs={"id": arn, "arn": arn},
            name=arn,
            reason=_reason(one),
        )

    def create(self, state: State) -> list[Call]:
        """Nothing: AWS issues it once the record is seen."""
        return []

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete the certificate; AWS refuses as long as a listener uses it."""
        return [_delete(state.outputs["arn"])]

    def ready(self) -> Wait:
        """One minute in a public log; AWS asks for up to 30, and gives up after 72 hours."""
        return Wait(
            Call("acm", "DescribeCertificate", {"CertificateArn": self.certificate}),
            until="Certificate.Status == 'ISSUED'",
            fails="Certificate.Status != 'PENDING_VALIDATION' && Certificate.Status != 'ISSUED' "
            "&& (Certificate.FailureReason || Certificate.Status) || `null`",
            what="the certificate to be issued",
            every_s=10.0,
            at_most_s=1800.0,
            typical_s=self.typical_s,
        )


@dataclass(frozen=True, kw_only=True)
class ExistingCertificate(Kind):
    """A certificate that is looked at and never changed; the plan stops when it does not fit.

    Parameters
    ----------
    arn: the certificate, in the region of whatever is to use it.
    domain: the name that it has to cover.
    """

    arn: str
    domain: str

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The certificate with the names that it covers, or absent."""
        del known
        answer = aws.find("acm", "DescribeCertificate", NO_SUCH, CertificateArn=self.arn)
        if answer is None:
            return State.ABSENT
        one = answer["Certificate"]
        return State(
            "ready",
            settings={"status": one.get("Status", ""), "names": names_of(one)},
            outputs={"id": self.arn, "arn": self.arn},
            name=self.arn,
            # It is never ours, so that no destroy removes it.
            tags={},
        )

    def plan(self, state: State, known: Known) -> Change:
        """Nothing, or why it cannot be used."""
        del known
        problem = self._problem(state)
        if problem:
            return self._stopped(state, (), f"{problem}. Correct certificate_arn, or set tls to another value")
        return self._change("none", "exists, is issued, and is left as it is", [], state)

    def _problem(self, state: State) -> str:
        if not state.exists:
            return f"the certificate {self.arn} does not exist in this account and region"
        if state.settings["status"] != "ISSUED":
            return f"the certificate {self.arn} is {state.settings['status']}, and only an issued one can be used"
        if not covers(state.settings["names"], self.domain):
            return f"the certificate {self.arn} is for {', '.join(state.settings['names'])}, not for {self.domain}"
        return ""

    def create(self, state: State) -> list[Call]:
        """Nothing: it is somebody else's."""
        return []

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Nothing: it is somebody else's."""
        return []


def covers(names: Sequence[str], domain: str) -> bool:
    """Whether a certificate's names cover a domain; a wildcard stands for exactly one label.

    Source
    ------
    RFC 6125, section 6.4.3; AWS docs: ACM certificate characteristics, wildcard names.
    """
    wanted = domain.lower().rstrip(".")
    wild = "*." + wanted.partition(".")[2]
    return any(name.lower().rstrip(".") in (wanted, wild) for name in names)


def names_of(certificate: Mapping[str, Any]) -> list[str]:
    """The names that a described certificate covers."""
    named = [certificate.get("DomainName", ""), *certificate.get("SubjectAlternativeNames", [])]
    return sorted({name for name in named if name})


def validation_of(certificate: Mapping[str, Any]) -> dict[str, str]:
    """The record that proves a certificate's name, and whether AWS has seen it; empty while AWS does not say."""
    for option in certificate.get("DomainValidationOptions", []):
        record = option.get("ResourceRecord")
        if record and option.get("DomainName") == certificate.get("DomainName"):
            return {"name": record["Name"], "value": record["Value"], "status": option.get("ValidationStatus", "")}
    return {}


def listed_for(aws: ReadOnlyAws, domain: str) -> list[tuple[str, dict[str, str]]]:
    """ARN and tags of every certificate whose first name is a domain."""
    listed = aws.read("acm", "ListCertificates")["CertificateSummaryList"]
    arns = sorted(one["CertificateArn"] for one in listed if one.get("DomainName") == domain)
    return [(arn, _tags(aws, arn)) for arn in arns]


def tagged(aws: ReadOnlyAws, stack: str, domain: str = "") -> list[tuple[dict[str, Any], dict[str, str]]]:
    """The certificates of a stack, described, with their tags.

    Parameters
    ----------
    domain: certificates of this name are asked for their tags one by one, because the tagging API, which names all
        others, may know a new one only some seconds later.
    """
    named = aws.read(
        "resourcegroupstaggingapi",
        "GetResources",
        TagFilters=[{"Key": STACK, "Values": [stack]}],
        ResourceTypeFilters=["acm:certificate"],
    )["ResourceTagMappingList"]
    arns = {one["ResourceARN"] for one in named}
    found = []
    both = dict(listed_for(aws, domain)) if domain else {}
    for arn in sorted(arns | both.keys()):
        tags = both.get(arn) or _tags(aws, arn)
        answer = (
            aws.find("acm", "DescribeCertificate", NO_SUCH, CertificateArn=arn) if tags.get(STACK) == stack else None
        )
        if answer is not None:
            found.append((answer["Certificate"], tags))
    return found


def _tags(aws: ReadOnlyAws, arn: str) -> dict[str, str]:
    answer = aws.find("acm", "ListTagsForCertificate", NO_SUCH, CertificateArn=arn) or {}
    return {tag["Key"]: tag.get("Value", "") for tag in answer.get("Tags", [])}


def _requested(one: Mapping[str, Any], tags: Mapping[str, str]) -> State:
    arn = one["CertificateArn"]
    record = validation_of(one)
    good = one.get("Status") in _STATUS
    return State(
        ("ready" if record else "pending") if good else "failed",
        settings={
            "domain": one.get("DomainName", ""),
            # AWS answers RSA-2048 where it takes RSA_2048 (botocore 1.44 service model, acm KeyAlgorithm).
            "key_algorithm": str(one.get("KeyAlgorithm", "")).replace("-", "_"),
        },
        outputs={
            "id": arn,
            "arn": arn,
            "record_name": record.get("name", ""),
            "record_value": record.get("value", ""),
        },
        name=arn,
        tags=tags,
        reason="" if good else _reason(one),
    )


def _reason(one: Mapping[str, Any]) -> str:
    status = str(one.get("Status", ""))
    if status == "ISSUED":
        return ""
    if status == "PENDING_VALIDATION":
        return "AWS has not seen the validation record yet"
    return f"{status} {one.get('FailureReason', '')}".strip()


def _delete(arn: str) -> Call:
    return Call("acm", "DeleteCertificate", {"CertificateArn": arn}, on=arn, done=NO_SUCH)
