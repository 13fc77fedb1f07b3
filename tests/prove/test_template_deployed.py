"""The exported template is deployed with moto's CloudFormation, and what stands then is what the calls make.

Where the two differ, moto's CloudFormation is asked about less than it is told: each such field is listed with why, and
a field that is not listed has to be equal. Source: moto 5.2.5, probed 2026-11-23.
"""

from __future__ import annotations

import ast
import json
import subprocess
import venv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import moto
import pytest

from runbook.export.cloudformation import template
from runbook.rehearsal.embedded import Embedded

pytestmark = pytest.mark.prove
HERE = Path(__file__).parent

LACKING = {
    "AWS::CertificateManager::Certificate": "a call makes it before, so that the listener can be deployed",
    "AWS::CloudWatch::Alarm": "not compared",
    "AWS::EC2::SecurityGroupEgress": "not compared",
    "AWS::IAM::ServiceLinkedRole": "not compared",
    "AWS::S3::BucketPolicy": "not compared",
    "AWS::SNS::Subscription": "not compared",
    "AWS::SNS::TopicPolicy": "not compared",
    "AWS::SQS::QueuePolicy": "not compared",
    "AWS::SecretsManager::Secret": "a call makes it before, so that the task definitions can be deployed",
    "AWS::ServiceDiscovery::PrivateDnsNamespace": "a call makes it before, for the service that is found in it",
    "AWS::ServiceDiscovery::Service": "a call makes it before, so that the ECS service can be deployed",
}
"""The types that moto's CloudFormation does not have, and what becomes of them."""

IGNORED = "moto makes it without this, though the template says it"
DROPPED = "of a type that moto's CloudFormation does not have"
RUNS = "no task runs: moto's CloudFormation does not go through the rehearsal's fake tasks"
CHOSEN = "CloudFormation takes the first zones of the region, the calls those that offer what the stack needs"
GIVEN = "an image is a parameter, and none is pushed"

EXPLAINED: dict[str, dict[str, str]] = {
    "iam.roles": {".attached": IGNORED},
    "route53.zones": {
        ".ResourceRecordSetCount": "without the record that proves the certificate, which CloudFormation sets itself",
        ".records.Name": "as above",
        ".records.ResourceRecords.Value": "as above",
        ".records.TTL": "as above",
        ".records.Type": "as above",
        ".records.AliasTarget.HostedZoneId": "moto's load balancer lacks the attribute CanonicalHostedZoneID",
    },
    "s3.buckets": {
        ".encryption": IGNORED,
        ".lifecycle": IGNORED,
        ".metrics": IGNORED,
        ".notifications": IGNORED,
        ".ownership": IGNORED,
        ".public_access": IGNORED,
        ".versioning": IGNORED,
        ".objects": "the pipeline config is uploaded after the stack is made",
        ".policy": DROPPED,
    },
    "acm.certificates": {".Status": "no record proves the one that stands in"},
    "cloudwatch.alarms": {"": DROPPED},
    "sns.subscriptions": {"": DROPPED},
    "ec2.network_interfaces": {"": RUNS},
    "ec2.route_tables": {".Associations": "moto keeps the association where no listing shows it"},
    "ec2.security_group_rules": {"": "CloudFormation knows no tags of a rule, and the inventory lists tagged ones"},
    "ec2.security_groups": {
        ".IpPermissions.UserIdGroupPairs.Description": IGNORED,
        ".IpPermissionsEgress": f"{DROPPED}, and moto ignores the property that takes the first rule away",
    },
    "ec2.subnets": {".AvailabilityZone": CHOSEN, ".AvailabilityZoneId": CHOSEN},
    "ec2.vpc_endpoints": {".PrivateDnsEnabled": "moto's answer without the field is true; a gateway has no such name"},
    "ec2.vpcs": {".dns_hostnames": IGNORED},
    "ecr.repositories": {".imageScanningConfiguration": IGNORED, ".lifecycle": IGNORED, ".images": GIVEN},
    "ecs.clusters": {
        ".cluster.settings": IGNORED,
        ".services.balancers": IGNORED,
        ".services.deployment": IGNORED,
        ".services.grace": IGNORED,
        ".services.network": IGNORED,
        ".services.platform": IGNORED,
        ".services.registries": IGNORED,
        ".services.tags": IGNORED,
        ".services.running": RUNS,
        ".tasks": RUNS,
    },
    "ecs.task_definitions": {
        ".definition.compatibilities": IGNORED,
        ".definition.cpu": IGNORED,
        ".definition.executionRoleArn": IGNORED,
        ".definition.networkMode": IGNORED,
        ".definition.requiresCompatibilities": IGNORED,
        ".definition.runtimePlatform": IGNORED,
        ".definition.taskRoleArn": IGNORED,
        ".tags": IGNORED,
        ".definition.containerDefinitions.image": GIVEN,
        ".definition.containerDefinitions.secrets.valueFrom": "CloudFormation knows no version of a secret",
        ".definition.containerDefinitions.environment.value": "the queue's host is the rehearsal's own in the calls",
    },
    "elbv2.load_balancers": {
        ".AvailabilityZones.ZoneName": CHOSEN,
        ".attributes": IGNORED,
        ".listeners.policy": IGNORED,
        ".tags": IGNORED,
    },
    "elbv2.target_groups": {".attributes": IGNORED, ".tags": IGNORED, ".targets": RUNS},
    "servicediscovery.services": {".InstanceCount": RUNS},
    "sqs.queues": {".attributes.policy": DROPPED},
}
"""Kind -> beginning of a field's path -> why moto's CloudFormation leaves it otherwise."""


def environment_for_moto(folder: Path) -> Path:
    """A Python with what moto's CloudFormation needs; the packages of this one are seen from it."""
    home = folder / "cloudformation"
    venv.create(home, with_pip=True)
    packages = Path(moto.__file__).parents[1]
    site = next(home.glob("lib/python*/site-packages"))
    (site / "development.pth").write_text(f"{packages}\n{HERE.parents[1]}\n")
    python = home / "bin" / "python"
    install = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    wanted = f"moto[cloudformation]=={moto.__version__}"
    done = subprocess.run([*install, wanted], capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        pytest.skip(f"NO PROOF OF THE TEMPLATE: moto[cloudformation] cannot be installed here: {done.stderr[-300:]}")
    return python


def alike(kind: str, things: Any) -> list[Any]:
    """What exists, in the words of both: without what belongs to neither template nor calls."""
    if kind == "iam.roles":
        # moto answers a document of CloudFormation as Python's text of it; AWS's own roles cannot be deployed here.
        things = [one for one in things if not one["Path"].startswith("/aws-service-role/")]
        things = [{**one, "document": read(one.get("document"))} for one in things]
    if kind == "ssm.parameters":
        things = [one for one in things if "/proven/" not in one["Name"]]
    return [without_own_tags(one) for one in things]


def read(text: Any) -> Any:
    """The document, also where it came as Python's text of it."""
    return ast.literal_eval(text) if isinstance(text, str) else text


def without_own_tags(value: Any) -> Any:
    """Without the tags that CloudFormation itself puts on, and with one word for the name of the target group."""
    if isinstance(value, dict):
        return {key: without_own_tags(item) for key, item in value.items()}
    if isinstance(value, list):
        kept = [one for one in value if not (isinstance(one, dict) and is_own_tag(one))]
        return [without_own_tags(one) for one in kept]
    if isinstance(value, str) and ("target_groups:" in value or value.startswith(("karet-web-", "karet-Balancer"))):
        return "<target group>"
    return value


def is_own_tag(value: dict[str, Any]) -> bool:
    return str(value.get("Key", "")).startswith("aws:cloudformation:")


def fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text and number with its path, whatever their order."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from fields(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from fields(item, path)
    elif value is not None:
        yield path, str(value)


@pytest.mark.long
def test_the_template_makes_what_the_calls_make(
    open_runs: Any, embedded: Embedded, tmp_path: Path, counted: Any
) -> None:
    python = environment_for_moto(tmp_path)
    runs = open_runs("domain=karet.example.com", "alarms.email=ada@example.com")
    body = template(runs.place.deployment, embedded.account_id, runs.graph.resources.values())
    file = tmp_path / "template.json"
    file.write_text(json.dumps(body))
    applied = runs.apply(runs.plan(), command="prove")
    # Nobody confirms that alarms may be sent to the address, so the run ends with waiting for that.
    assert {step.became for step in applied.report.steps} <= {"done", "waiting"}
    by_calls = embedded.inventory()
    done = subprocess.run(
        [str(python), str(HERE / "deploy_template.py"), str(file), "example.com"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    deployed = json.loads(done.stdout)
    assert deployed["status"] == "CREATE_COMPLETE"
    assert set(deployed["lacking"]) == set(LACKING)
    assert set(deployed["dropped"].values()) <= set(LACKING), "something was dropped because of another"
    assert set(deployed["outputs"]) == set(body["Outputs"])
    by_template = deployed["inventory"]
    compared, explained, unlike = 0, 0, []
    for where in sorted(set(by_calls) | set(by_template)):
        kind = where.partition(" ")[2]
        one, other = (Counter(fields(alike(kind, some.get(where, [])))) for some in (by_calls, by_template))
        differing = {path for path, _ in (one - other) + (other - one)}
        why = EXPLAINED.get(kind, {})
        unlike += [f"{kind}{path}" for path in differing if not path.startswith(tuple(why))]
        assert all(any(path.startswith(begin) for path in differing) for begin in why), f"{kind}: an old explanation"
        compared += len({path for path, _ in one} - differing)
        explained += len(differing)
    assert sorted(unlike) == []
    types = len(deployed["types"])
    counted(
        f"template: {types - len(LACKING)} of {types} types deployed ({len(deployed['deployed'])} of "
        f"{len(body['Resources'])} resources), {len(LACKING)} types dropped, no other because of them; {compared} "
        f"fields as in the run of calls, {explained} that moto's CloudFormation leaves otherwise are listed"
    )
