"""References, accounts and regions in CloudFormation's words: Ref, Fn::GetAtt, Fn::Sub.

Source: AWS docs: CloudFormation template reference, return values of each type; read 2026-11-23.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runbook.errors import RunbookError
from runbook.model import Json

REF = "Ref"
"""Stands for `{"Ref": ...}` among the attributes below."""

_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "AWS::CertificateManager::Certificate": {"arn": REF, "id": REF},
    "AWS::CloudWatch::Alarm": {"arn": "Arn", "name": REF},
    "AWS::EC2::EIP": {"id": "AllocationId", "address": REF},
    "AWS::EC2::InternetGateway": {"id": REF},
    "AWS::EC2::NatGateway": {"id": REF},
    "AWS::EC2::RouteTable": {"id": REF},
    "AWS::EC2::SecurityGroup": {"id": "GroupId"},
    "AWS::EC2::Subnet": {"id": REF, "zone": "AvailabilityZone"},
    "AWS::EC2::VPC": {"id": REF, "cidr": "CidrBlock"},
    "AWS::EC2::VPCEndpoint": {"id": REF},
    "AWS::ECR::Repository": {"name": REF, "arn": "Arn", "uri": "RepositoryUri"},
    "AWS::ECS::Cluster": {"name": REF, "arn": "Arn"},
    "AWS::ECS::Service": {"name": "Name", "arn": REF},
    "AWS::ECS::TaskDefinition": {"arn": REF},
    "AWS::ElasticLoadBalancingV2::Listener": {"arn": REF, "id": REF},
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {
        "arn": REF,
        "id": REF,
        "dns_name": "DNSName",
        "name": "LoadBalancerName",
        "suffix": "LoadBalancerFullName",
        "zone": "CanonicalHostedZoneID",
        "zone_id": "CanonicalHostedZoneID",
    },
    "AWS::ElasticLoadBalancingV2::TargetGroup": {
        "arn": REF,
        "id": REF,
        "name": "TargetGroupName",
        "suffix": "TargetGroupFullName",
    },
    "AWS::IAM::OIDCProvider": {"arn": REF},
    "AWS::IAM::Role": {"name": REF, "arn": "Arn"},
    "AWS::Logs::LogGroup": {"name": REF, "arn": "Arn"},
    "AWS::S3::Bucket": {"name": REF, "arn": "Arn"},
    "AWS::SecretsManager::Secret": {"arn": REF, "name": "Name"},
    "AWS::ServiceDiscovery::PrivateDnsNamespace": {"id": REF, "arn": "Arn"},
    "AWS::ServiceDiscovery::Service": {"id": REF, "arn": "Arn", "name": "Name"},
    "AWS::SNS::Topic": {"arn": REF, "name": "TopicName"},
    "AWS::SQS::Queue": {"url": REF, "arn": "Arn", "name": "QueueName"},
    "AWS::SSM::Parameter": {"name": REF},
}

_OPEN = re.compile(r"\$\{(?:(\$)|([a-z0-9][a-z0-9.-]*)\.([a-z_]+))\}")
_SECRET_VERSION = re.compile(r":::\$\{[a-z0-9.-]+\.version\}$")
_LITERAL = re.compile(r"\$\{(?!\x00)")


def logical(resource_id: str) -> str:
    """The logical id of a resource: `network.nat-a` is NetworkNatA."""
    return "".join(part.capitalize() for part in re.split(r"[^a-z0-9]+", resource_id.lower()) if part)


@dataclass
class Translator:
    """Turns declared values into template values.

    Parameters
    ----------
    types: CloudFormation's type of each resource that is in the template.
    stands_for: resources that are not, and the reference that says the same.
    parameter: makes the parameter of something that only an operator knows; gets resource and output.
    plain: gives the text of an output where a reference would go in a circle; None where it is no such output.
    """

    account: str
    region: str
    types: Mapping[str, str]
    stands_for: Mapping[str, str]
    parameter: Callable[[str, str], str]
    plain: Callable[[str, str], str | None] = field(default=lambda *_: None)

    def value(self, value: Any) -> Any:
        """Data with every reference as CloudFormation writes it."""
        if isinstance(value, Json):
            return self.value(value.document)
        if isinstance(value, Mapping):
            if set(value) == {"Ref"} or any(str(key).startswith("Fn::") for key in value):
                return dict(value)
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> Any:
        # CloudFormation knows no version of a secret; without one ECS takes the present one.
        text = _SECRET_VERSION.sub("", text)
        for place, name in ((self.region, "AWS::Region"), (self.account, "AWS::AccountId")):
            if text == place:
                return {"Ref": name}
        whole = _OPEN.fullmatch(text)
        if whole and whole[2]:
            return self._reference(whole[2], whole[3])
        open_, parts, at = False, "", 0
        for found in _OPEN.finditer(text):
            parts += _quoted(text[at : found.start()])
            at = found.end()
            if found[1]:
                parts += "$"
                if text[at : at + 1] == "{":
                    # A dollar sign of the operator's own, before a brace of theirs.
                    parts, at = f"{parts}{{!", at + 1
            else:
                inner, open_ = self._inner(found[2], found[3]), True
                parts += inner
        parts += _quoted(text[at:])
        placed = self._placed(parts)
        if not open_ and placed == parts:
            return parts.replace("${!", "${")
        return {"Fn::Sub": placed}

    def _placed(self, text: str) -> str:
        """Account, region and partition as what the template is deployed to."""
        text = text.replace(self.account, "${AWS::AccountId}")
        text = re.sub(rf'(?<=[.:/"]){re.escape(self.region)}(?=[.:/"])', "${AWS::Region}", text)
        return re.sub(r"\barn:aws:", "arn:${AWS::Partition}:", text)

    def _reference(self, resource: str, output: str) -> Any:
        plain = self.plain(resource, output)
        if plain is not None:
            return self._text(plain)
        name, attribute = self._target(resource, output)
        return {"Ref": name} if attribute == REF else {"Fn::GetAtt": [name, attribute]}

    def _inner(self, resource: str, output: str) -> str:
        plain = self.plain(resource, output)
        if plain is not None:
            return plain
        name, attribute = self._target(resource, output)
        return f"${{{name}}}" if attribute == REF else f"${{{name}.{attribute}}}"

    def _target(self, resource: str, output: str) -> tuple[str, str]:
        if stand_in := self.stands_for.get(resource):
            found = _OPEN.fullmatch(stand_in)
            if found and found[2]:
                return self._target(found[2], output)
        type_ = self.types.get(resource)
        if type_ is None:
            return self.parameter(resource, output), REF
        attribute = _ATTRIBUTES.get(type_, {}).get(output)
        if attribute is None:
            raise RunbookError(
                f"CloudFormation's {type_} has nothing that stands for {resource}.{output}",
                hint="This is a defect of the runbook: its table of return values lacks a row.",
            )
        return logical(resource), attribute


def _quoted(text: str) -> str:
    """Text in which nothing is filled in by Fn::Sub; what IAM fills in stays for IAM."""
    return text.replace("${", "${!")
