"""The template is what the declarations say: clean for CloudFormation's linter, and made of the fields of the calls."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runbook import document
from runbook.calls import canonical, shown
from runbook.errors import RunbookError
from runbook.export.cloudformation import template, text_of
from runbook.export.cloudformation_refs import Translator, logical
from runbook.model import CfnPart, Resource, State
from runbook.settings import load

ACCOUNT = "123456789012"
WHOLE = ("domain=karet.example.com", "alarms.email=ada@example.com")
SMALL = ("tls=none", "network=endpoints", "events=none", "stack=blue")


def declared(*overrides: str) -> tuple[Any, list[Resource]]:
    loaded = load(None, overrides, environ={}, profile_region=lambda: None, region_flag="eu-west-1", rehearsal=True)
    deployment = loaded.deployment.for_account(ACCOUNT)
    return deployment, [one for section in document.sections() for one in section.resources(deployment)]


def made(*overrides: str) -> dict[str, Any]:
    deployment, resources = declared(*overrides)
    return template(deployment, ACCOUNT, resources)


def lint(body: dict[str, Any], folder: Path) -> str:
    """What cfn-lint says; its exit code is a bit mask, of 2 for errors and 4 for warnings among others."""
    file = folder / "template.json"
    file.write_text(text_of(body))
    program = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [program, "--regions", "eu-west-1", "--template", file],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0 or done.stdout, done.stderr
    return done.stdout


@pytest.mark.long
def test_the_whole_template_has_no_error_and_no_warning(tmp_path: Path) -> None:
    assert lint(made(*WHOLE), tmp_path) == ""


@pytest.mark.prove
@pytest.mark.parametrize("network", ["nat", "nat-per-az", "endpoints"])
def test_the_template_of_every_network_has_no_error_and_no_warning(network: str, tmp_path: Path) -> None:
    assert lint(made(f"network={network}", "tls=none", "zones=3"), tmp_path) == ""
    assert lint(made(*SMALL), tmp_path) == ""


def test_every_wanted_resource_is_in_it_or_is_named_with_the_reason() -> None:
    _, resources = declared(*WHOLE)
    body = made(*WHOLE)
    out = body["Metadata"]["NotInTheTemplate"]
    for one in resources:
        part = one.cloudformation() if one.wanted else None
        if part is None:
            assert logical(one.id) not in body["Resources"]
            assert logical(one.id) in out or not one.wanted
        elif not part.into:
            assert body["Resources"][logical(one.id)]["Type"] == part.type
    assert all("no type for it" not in why for why in out.values()), out


def test_data_outlives_the_template_and_nothing_else_does() -> None:
    _, resources = declared(*WHOLE)
    body = made(*WHOLE)["Resources"]
    kept = {name for name, one in body.items() if one.get("DeletionPolicy") == "Retain"}
    data = {logical(one.id) for one in resources if one.wanted and one.keep in ("data", "shared")} & set(body)
    assert data <= kept
    assert {body[name]["Type"] for name in kept} <= {
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::ECR::Repository",
        "AWS::SecretsManager::Secret",
        "AWS::Logs::LogGroup",
        "AWS::IAM::ServiceLinkedRole",
        "AWS::IAM::OIDCProvider",
    }
    assert all(body[name]["UpdateReplacePolicy"] == "Retain" for name in kept)


def test_it_says_account_and_region_of_where_it_is_deployed() -> None:
    text = text_of(made(*WHOLE))
    assert ACCOUNT not in text
    assert "eu-west-1" not in text
    assert "arn:aws:" not in text
    assert "${s3." not in text


def test_the_bucket_waits_for_the_policy_that_lets_it_send_and_nothing_goes_in_a_circle() -> None:
    body = made(*WHOLE)["Resources"]
    bucket = body["S3Bucket"]
    assert bucket["DependsOn"] == ["EventsQueuePolicy"]
    assert "S3Bucket" not in json.dumps(body["EventsQueuePolicy"])
    assert bucket["Properties"]["MetricsConfigurations"] == [{"Id": "karet-requests"}]
    assert body["NetworkPublicOut"]["DependsOn"] == ["NetworkIgwAttachment"]


def test_images_are_parameters_and_what_varies_has_the_settings_as_defaults() -> None:
    parameters = made(*WHOLE, "web.count=3", "retention_days=90")["Parameters"]
    assert {"ImagesWebReference", "ImagesWorkerReference", "ImagesPollerReference"} <= set(parameters)
    assert "Default" not in parameters["ImagesWebReference"]
    assert parameters["ServicesWebCount"]["Default"] == 3
    assert parameters["LogsWebRetentionDays"]["Default"] == 90


# -- the same fields -------------------------------------------------------------------------------------------------

EXPLAINED = {
    ("Bucket", "account"): "who has to own the bucket is sent with each call; a template is deployed to one account",
    ("Bucket", "region"): "a template is deployed to one region",
    ("BucketPolicy", "account"): "as the bucket's",
    ("BucketNotification", "account"): "as the bucket's",
    ("BucketNotification", "label"): "the id of the entry; CloudFormation chooses its own",
    ("RequestMetrics", "account"): "as the bucket's",
    ("SecurityGroupRule", "label"): "its Name tag; rules of a template take no tags",
    ("TargetGroup", "base"): "its name; CloudFormation chooses one, so that it can replace the group",
    ("AliasRecord", "domain"): "names the zone, which the calls find by looking",
    ("AliasRecord", "zone_id"): "of the load balancer; the calls take it from what was found",
}
"""Fields that only one of the two knows, and why."""

_NOT_SETTINGS = {"id", "owner", "wanted", "after", "keep", "read_with"}


def changed(value: Any) -> Any:
    """Another value of the same type; None where there is no simple one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and value:
        return f"{value}x"
    texts = isinstance(value, tuple) and value and all(isinstance(one, str) for one in value)
    return (*value, f"{value[0]}x") if texts else None


def as_text(part: CfnPart) -> str:
    also = {name: [one.type, one.properties] for name, one in part.also.items()}
    return canonical(shown([part.type, part.properties, also, part.into]))


def test_template_and_calls_are_made_of_the_same_fields() -> None:
    apart: set[tuple[str, str]] = set()
    compared = 0
    for one in declared(*WHOLE)[1]:
        part = one.cloudformation() if one.wanted else None
        if part is None:
            continue
        for field in dataclasses.fields(one):  # type: ignore[arg-type]
            value = changed(getattr(one, field.name))
            if field.name in _NOT_SETTINGS or value is None:
                continue
            try:
                other = dataclasses.replace(one, **{field.name: value})  # type: ignore[type-var]
            except ValueError:
                continue  # The kind itself refuses what does not go together.
            in_part = as_text(part) != as_text(other.cloudformation())
            in_calls = [c.as_json() for c in one.create(State.ABSENT)] != [
                c.as_json() for c in other.create(State.ABSENT)
            ]
            compared += 1
            if in_part != in_calls:
                apart.add((type(one).__name__, field.name))
    assert compared > 150
    assert apart <= set(EXPLAINED), apart - set(EXPLAINED)


# -- references --------------------------------------------------------------------------------------------------------


@pytest.fixture
def translator() -> Translator:
    types = {"s3.bucket": "AWS::S3::Bucket", "iam.web-role": "AWS::IAM::Role"}
    return Translator(ACCOUNT, "eu-west-1", types, {}, lambda resource, output: logical(f"{resource}.{output}"))


@pytest.mark.parametrize(
    ("declared_value", "said"),
    [
        ("plain", "plain"),
        ("${s3.bucket.name}", {"Ref": "S3Bucket"}),
        ("${iam.web-role.arn}", {"Fn::GetAtt": ["IamWebRole", "Arn"]}),
        ("${s3.bucket.arn}/*", {"Fn::Sub": "${S3Bucket.Arn}/*"}),
        ("${images.web.reference}", {"Ref": "ImagesWebReference"}),
        (ACCOUNT, {"Ref": "AWS::AccountId"}),
        ("eu-west-1", {"Ref": "AWS::Region"}),
        ("com.amazonaws.eu-west-1.logs", {"Fn::Sub": "com.amazonaws.${AWS::Region}.logs"}),
        ("arn:aws:s3:::x", {"Fn::Sub": "arn:${AWS::Partition}:s3:::x"}),
        ("${aws:username}", "${aws:username}"),
        ("${aws:username} ${s3.bucket.name}", {"Fn::Sub": "${!aws:username} ${S3Bucket}"}),
        ("a ${$}{HOME} b", "a ${HOME} b"),
        ("a ${$}{HOME} ${s3.bucket.name}", {"Fn::Sub": "a ${!HOME} ${S3Bucket}"}),
        ("${secrets.api-key.arn}:::${secrets.api-key.version}", {"Ref": "SecretsApiKeyArn"}),
    ],
)
def test_each_value_is_said_in_cloudformations_words(declared_value: str, said: Any, translator: Translator) -> None:
    assert translator.value(declared_value) == said


def test_an_output_that_cloudformation_does_not_give_is_an_error_and_no_empty_text(translator: Translator) -> None:
    with pytest.raises(RunbookError, match=r"nothing that stands for s3\.bucket\.colour"):
        translator.value("${s3.bucket.colour}")
