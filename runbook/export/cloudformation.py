"""The stack as one CloudFormation template, from the same declarations that the calls are made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runbook.errors import RunbookError
from runbook.export.cloudformation_refs import Translator, logical
from runbook.model import CfnPart, Resource, references
from runbook.settings import Deployment

_STANDS_FOR = {"CertificateIssued": "certificate"}
"""Kinds that are only a moment of another resource, with the field that says of which."""

_WHY_NOT: Mapping[str, str] = {
    "Image": "an image is built and pushed before; its reference is a parameter",
    "SeedObject": "CloudFormation has no type for an object; upload it after the stack is made",
    "UploadProbe": "a proof of the stack, not a part of it; `karet verify` reads it",
    "ValidationRecord": "CloudFormation sets the record of a certificate by itself",
    "CertificateIssued": "CloudFormation waits for the certificate by itself",
}

_VARIES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("AWS::ECS::Service", "DesiredCount"): ("Count", "Tasks that run"),
    ("AWS::ECS::TaskDefinition", "Cpu"): ("Cpu", "CPU units of one task, 1024 for a vCPU"),
    ("AWS::ECS::TaskDefinition", "Memory"): ("Memory", "MiB of memory of one task"),
    ("AWS::Logs::LogGroup", "RetentionInDays"): ("RetentionDays", "Days that logs are kept"),
    ("AWS::SNS::Subscription", "Endpoint"): ("Address", "Address that alarms go to"),
}
"""Properties that differ between deployments of the same stack: end of the parameter's name, and what it is."""

_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "HostedZoneId": {
        "Type": "AWS::Route53::HostedZone::Id",
        "Description": "Public zone of the domain, in which the record that proves it is set",
    }
}
"""Parameters that the parts of kinds refer to by name."""

_OUTPUTS: Mapping[str, tuple[str, str]] = {
    "s3.bucket": ("name", "The bucket"),
    "services.cluster": ("name", "The cluster"),
    "balancer.load-balancer": ("dns_name", "Name of the load balancer"),
    "events.queue": ("url", "The queue that uploads are reported to"),
    "images.web-repository": ("uri", "Where the web image is pushed to"),
    "images.worker-repository": ("uri", "Where the worker's image is pushed to"),
}


_WORDS = {"reference": "Repository and digest"}


@dataclass
class _Making:
    """A template while it is made."""

    deployment: Deployment
    account: str
    resources: Mapping[str, Resource]
    parts: dict[str, CfnPart] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)


def template(deployment: Deployment, account: str, resources: Iterable[Resource]) -> dict[str, Any]:
    """The template of these resources.

    Raises
    ------
    RunbookError: a reference cannot be said in CloudFormation.
    """
    making = _Making(deployment, account, {one.id: one for one in resources})
    _collect(making)
    behind = _behind(making)
    for id_, part in making.parts.items():
        if not part.into:
            _place(making, id_, part, behind)
    for part in making.parts.values():
        if part.into:
            whose = next(references(part.into))[0]
            properties = _translator(making, set()).value(dict(part.properties))
            making.made[logical(whose)]["Properties"].update(properties)
    _depend(making)
    body: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"The stack {deployment.stack}, as the runbook declares it",
        "Metadata": {"NotInTheTemplate": making.left_out},
    }
    if making.parameters:
        body["Parameters"] = dict(sorted(making.parameters.items()))
    body["Resources"] = making.made
    translate = _translator(making, set())
    body["Outputs"] = {
        logical(id_): {"Description": what, "Value": translate.value(f"${{{id_}.{output}}}")}
        for id_, (output, what) in _OUTPUTS.items()
        if id_ in making.parts
    }
    return body


def _collect(making: _Making) -> None:
    for id_, one in making.resources.items():
        if not one.wanted:
            continue
        part = one.cloudformation()
        if part is None:
            kind = type(one).__name__
            making.left_out[logical(id_)] = _WHY_NOT.get(kind, "CloudFormation has no type for it")
        else:
            making.parts[id_] = part


def _behind(making: _Making) -> dict[str, set[str]]:
    """What each resource must exist after because it carries properties of another: bucket -> queue, queue policy."""
    found: dict[str, set[str]] = {}
    for id_, part in making.parts.items():
        if part.into:
            whose = next(references(part.into))[0]
            resource = making.resources[id_]
            direct = {one for one, _ in references(part.properties)} | set(resource.after)
            closure = set(direct)
            todo = list(direct)
            while todo:
                at = todo.pop()
                if at in making.parts and at != whose:
                    more = {one for one, _ in references(making.parts[at].properties)} - closure
                    closure |= more
                    todo += more
            found.setdefault(whose, set()).update(closure - {whose})
    return found


def _translator(making: _Making, plain_for: set[str]) -> Translator:
    def parameter(resource: str, output: str) -> str:
        name = logical(f"{resource}.{output}")
        making.parameters.setdefault(
            name, {"Type": "String", "Description": f"{_WORDS.get(output, output)} of {resource}, which is made before"}
        )
        return name

    def plain(resource: str, output: str) -> str | None:
        if (part := making.parts.get(resource)) and part.into:
            # A property of another thing has no attribute; what others want of it is its id.
            return next((str(one["Id"]) for one in _maps(part.properties) if "Id" in one), None)
        if resource not in plain_for:
            return None
        name = str(making.parts[resource].properties["BucketName"])
        return {"name": name, "arn": f"arn:aws:s3:::{name}"}.get(output)

    return Translator(
        account=making.account,
        region=making.deployment.region,
        types={id_: part.type for id_, part in making.parts.items() if not part.into},
        stands_for={
            id_: str(getattr(one, _STANDS_FOR[type(one).__name__]))
            for id_, one in making.resources.items()
            if type(one).__name__ in _STANDS_FOR
        },
        parameter=parameter,
        plain=plain,
    )


def _place(making: _Making, id_: str, part: CfnPart, behind: Mapping[str, set[str]]) -> None:
    # What a bucket has to wait for names the bucket, so it says the name in place of a reference.
    plain_for = {whose for whose, needed in behind.items() if id_ in needed}
    translate = _translator(making, plain_for)
    keep = making.resources[id_].keep in ("data", "shared") or part.deletion_policy == "Retain"
    name = logical(id_)
    making.made[name] = _body(making, name, part, translate, keep=keep)
    for end, more in part.also.items():
        making.made[f"{name}{end}"] = _body(making, f"{name}{end}", more, translate, keep=False)


def _body(making: _Making, name: str, part: CfnPart, translate: Translator, *, keep: bool) -> dict[str, Any]:
    properties = translate.value(dict(part.properties))
    for key, value in list(properties.items()):
        varies = _VARIES.get((part.type, key))
        if varies:
            parameter = f"{name}{varies[0]}"
            number = isinstance(value, int)
            making.parameters[parameter] = {
                "Type": "Number" if number else "String",
                "Default": value,
                "Description": varies[1],
            }
            properties[key] = {"Ref": parameter}
    for wanted, parameter_body in _PARAMETERS.items():
        if {"Ref": wanted} in _maps(properties):
            making.parameters[wanted] = dict(parameter_body)
    body: dict[str, Any] = {"Type": part.type, "Properties": properties}
    if keep:
        body |= {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return body


def _maps(value: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if isinstance(value, dict):
        found.append(value)
        for item in value.values():
            found += _maps(item)
    elif isinstance(value, list):
        for item in value:
            found += _maps(item)
    return found


def _depend(making: _Making) -> None:
    """DependsOn for what the declarations put in order without naming it, and what no property names."""
    for id_, part in making.parts.items():
        if part.into:
            whose = next(references(part.into))[0]
            _order(making, logical(whose), making.resources[id_].after)
            continue
        _order(making, logical(id_), making.resources[id_].after)
        for end in part.also:
            _order(making, f"{logical(id_)}{end}", making.resources[id_].after)
    for name, body in making.made.items():
        # A route through a gateway has to wait until it is attached.
        for other, gateway in making.made.items():
            both = (body["Type"], gateway["Type"]) == ("AWS::EC2::Route", "AWS::EC2::VPCGatewayAttachment")
            if both and body["Properties"].get("GatewayId") == gateway["Properties"]["InternetGatewayId"]:
                _order_by_name(making, name, [other])
        plain = [one for one in making.made if making.made[one]["Type"] == "AWS::S3::Bucket"]
        if body["Type"] == "AWS::S3::BucketPolicy":
            _order_by_name(making, name, [one for one in plain if one not in _refs(body)])


def _order(making: _Making, name: str, after: Iterable[str]) -> None:
    _order_by_name(making, name, [logical(one) for one in after])


def _order_by_name(making: _Making, name: str, after: Iterable[str]) -> None:
    body = making.made[name]
    mentioned = _refs(body["Properties"])
    wanted = {one for one in after if one in making.made and one not in mentioned and one != name}
    if wanted:
        body["DependsOn"] = sorted({*body.get("DependsOn", ()), *wanted})


def _refs(value: Any) -> set[str]:
    """The names of things that a value refers to."""
    found: set[str] = set()
    for one in _maps(value):
        if isinstance(one.get("Ref"), str):
            found.add(one["Ref"])
        if isinstance(one.get("Fn::GetAtt"), list):
            found.add(one["Fn::GetAtt"][0])
        if isinstance(one.get("Fn::Sub"), str):
            found |= {part.partition("}")[0].partition(".")[0] for part in one["Fn::Sub"].split("${")[1:]}
    return found


def text_of(body: Mapping[str, Any]) -> str:
    """The template as JSON, which CloudFormation takes as it takes YAML.

    Raises
    ------
    RunbookError: it is larger than CloudFormation takes from a bucket.
    """
    text = json.dumps(body, indent=2, ensure_ascii=False)
    if len(text.encode()) > _LARGEST:
        raise RunbookError(f"the template has {len(text.encode()):,} bytes, and CloudFormation takes {_LARGEST:,}")
    return text


_LARGEST = 1_000_000
"""Bytes of a template in a bucket (AWS docs: CloudFormation quotas; read 2026-11-23)."""
