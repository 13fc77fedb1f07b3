"""Deploys a template with moto's CloudFormation; runs in an environment of its own, which has what moto needs for it.

`python deploy_template.py TEMPLATE DOMAIN` writes a JSON object: what was deployed, what was left out, the inventory.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
from moto.cloudformation.parsing import resource_class_from_type

from runbook.rehearsal.embedded import Embedded

REGION = "us-east-1"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/karet/sample@sha256:" + "0" * 64
Client = Callable[[str], Any]


def certificate(client: Client, properties: dict[str, Any]) -> dict[str, str]:
    asked = client("acm").request_certificate(
        DomainName=properties["DomainName"], ValidationMethod="DNS", Tags=properties.get("Tags", [])
    )
    return {"Ref": asked["CertificateArn"]}


def secret(client: Client, properties: dict[str, Any]) -> dict[str, str]:
    said = {key: properties[key] for key in ("Name", "Description", "Tags")}
    made = client("secretsmanager").create_secret(**said, SecretString="not a real one")
    return {"Ref": made["ARN"]}


def namespace(client: Client, properties: dict[str, Any]) -> dict[str, str]:
    vpc = client("ec2").create_vpc(CidrBlock="10.250.0.0/24")["Vpc"]["VpcId"]
    client("servicediscovery").create_private_dns_namespace(
        Name=properties["Name"], Description=properties["Description"], Vpc=vpc
    )
    client("ec2").delete_vpc(VpcId=vpc)
    found = client("servicediscovery").list_namespaces()["Namespaces"][0]
    return {"Ref": found["Id"], "Arn": found["Arn"]}


def discovery(client: Client, properties: dict[str, Any]) -> dict[str, str]:
    namespace_id = client("servicediscovery").list_namespaces()["Namespaces"][0]["Id"]
    said = {key: properties[key] for key in ("Name", "Description", "DnsConfig", "HealthCheckCustomConfig")}
    made = client("servicediscovery").create_service(NamespaceId=namespace_id, **said)["Service"]
    return {"Ref": made["Id"], "Arn": made["Arn"]}


STAND_INS: dict[str, Callable[[Client, dict[str, Any]], dict[str, str]]] = {
    "AWS::CertificateManager::Certificate": certificate,
    "AWS::SecretsManager::Secret": secret,
    "AWS::ServiceDiscovery::PrivateDnsNamespace": namespace,
    "AWS::ServiceDiscovery::Service": discovery,
}
"""Types that moto's CloudFormation lacks and others refer to: made by a call before, so that those can be deployed."""


def as_moto_reads(type_: str, properties: dict[str, Any]) -> None:
    """Says a property as moto wants it, where moto is stricter or looser than CloudFormation (moto 5.2.5, probed)."""
    if type_ == "AWS::SSM::Parameter":
        # CloudFormation wants a map here, as the template has it; moto takes a list only.
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in properties["Tags"].items()]


TAGS_IGNORED = frozenset(
    {
        "AWS::EC2::EIP",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::RouteTable",
        "AWS::EC2::VPCEndpoint",
    }
)
"""Types that moto's CloudFormation makes without their tags."""


def tag(client: Client, resources: dict[str, Any]) -> None:
    """Puts the template's tags on what moto makes without them, since the inventory names things by their tags."""
    made = client("cloudformation").describe_stack_resources(StackName="karet")["StackResources"]
    addresses = {one["PublicIp"]: one["AllocationId"] for one in client("ec2").describe_addresses()["Addresses"]}
    for one in made:
        if one["ResourceType"] in TAGS_IGNORED:
            id_ = addresses.get(one["PhysicalResourceId"], one["PhysicalResourceId"])
            tags = resources[one["LogicalResourceId"]]["Properties"]["Tags"]
            client("ec2").create_tags(Resources=[id_], Tags=tags)


def left_out(resources: dict[str, Any]) -> list[str]:
    """The types that moto's CloudFormation does not have."""
    return sorted({one["Type"] for one in resources.values() if resource_class_from_type(one["Type"]) is None})


def filled(value: Any, known: dict[str, dict[str, str]]) -> Any:
    """The value with what the stand-ins are called in place of references to them."""
    if isinstance(value, dict):
        if value.get("Ref") in known:
            return known[value["Ref"]]["Ref"]
        if "Fn::GetAtt" in value and value["Fn::GetAtt"][0] in known:
            return known[value["Fn::GetAtt"][0]][value["Fn::GetAtt"][1]]
        if isinstance(value.get("Fn::Sub"), str):
            return {
                "Fn::Sub": re.sub(r"\$\{(\w+)(?:\.(\w+))?\}", lambda found: inserted(found, known), value["Fn::Sub"])
            }
        return {key: filled(item, known) for key, item in value.items()}
    return [filled(item, known) for item in value] if isinstance(value, list) else value


def inserted(found: re.Match[str], known: dict[str, dict[str, str]]) -> str:
    return known[found[1]][found[2] or "Ref"] if found[1] in known else found[0]


def names(value: Any) -> Iterator[str]:
    """The resources that a value still refers to."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref":
                yield item
            elif key == "Fn::GetAtt":
                yield item[0]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{(\w+)", item)
            else:
                yield from names(item)
    elif isinstance(value, list):
        for item in value:
            yield from names(item)


def prepared(body: dict[str, Any], client: Client) -> tuple[dict[str, Any], dict[str, str]]:
    """The template with what moto can deploy, and what else was dropped: name -> why."""
    resources, dropped, known = body["Resources"], {}, {}
    lacking = set(left_out(resources))
    for name, one in list(resources.items()):
        if one["Type"] in lacking:
            dropped[name] = one["Type"]
            if one["Type"] in STAND_INS:
                known[name] = STAND_INS[one["Type"]](client, filled(one["Properties"], known))
    kept = {name: filled(one, known) for name, one in resources.items() if name not in dropped}
    while gone := {
        name: (set(names(one)) & set(dropped)) for name, one in kept.items() if set(names(one)) & set(dropped)
    }:
        for name, missing in gone.items():
            dropped[name] = f"refers to {', '.join(sorted(missing))}"
            del kept[name]
    for one in kept.values():
        one["DependsOn"] = [each for each in one.get("DependsOn", ()) if each in kept]
        as_moto_reads(one["Type"], one["Properties"])
    outputs = {name: one for name, one in body["Outputs"].items() if not set(names(one)) & set(dropped)}
    return {**body, "Resources": kept, "Outputs": outputs}, dropped


def main(template: Path, domain: str) -> None:
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    body = json.loads(template.read_text())
    with Embedded() as aws:
        aws.seed_zone(domain)

        def client(service: str) -> Any:
            return boto3.client(service, region_name=REGION, endpoint_url=aws.url)

        zone = client("route53").list_hosted_zones()["HostedZones"][0]["Id"].rpartition("/")[2]
        wanted = {name for name, one in body["Parameters"].items() if "Default" not in one}
        given = {name: zone if name == "HostedZoneId" else IMAGE for name in wanted}
        ready, dropped = prepared(body, client)
        client("cloudformation").create_stack(
            StackName="karet",
            TemplateBody=json.dumps(ready),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in sorted(given.items())],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        stack = client("cloudformation").describe_stacks()["Stacks"][0]
        tag(client, ready["Resources"])
        answer = {
            "status": stack["StackStatus"],
            "outputs": {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())},
            "types": sorted({one["Type"] for one in body["Resources"].values()}),
            "lacking": left_out(body["Resources"]),
            "deployed": sorted(ready["Resources"]),
            "dropped": dropped,
            "inventory": aws.inventory(),
        }
    sys.stdout.write(json.dumps(answer, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
