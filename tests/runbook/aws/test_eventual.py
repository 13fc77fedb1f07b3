"""The table of refusals that pass: every row is sourced, bounded and reachable."""

from __future__ import annotations

import re
import subprocess

import pytest

from runbook.aws.eventual import TABLE, Eventual, eventual, refusals_that_pass
from runbook.aws.offline import operation_model, service_model
from runbook.errors import AwsError


def refusal(service: str, operation: str, code: str, text: str = "") -> AwsError:
    return AwsError(text, service=service, operation=operation, code=code)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.service}.{row.operation}:{row.code}")
def test_every_row_is_sourced_bounded_and_names_real_operations(row: Eventual) -> None:
    assert len(row.source) > 10
    assert 0 < row.for_s <= 1200
    model = service_model(row.service)
    assert model is not None
    if "*" in row.operation:
        pattern = re.compile(row.operation.replace("*", ".*"))
        assert any(pattern.fullmatch(name) for name in model.operation_names)
    else:
        assert operation_model(row.service, row.operation) is not None


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.service}.{row.operation}:{row.code}")
def test_every_row_is_found_by_what_it_stands_for(row: Eventual) -> None:
    operation, code = row.operation.replace("*", "Thing"), row.code.replace("*", "Thing")
    found = eventual(row.service, operation, refusal(row.service, operation, code, f"because {row.text} so"))
    assert found is row


@pytest.mark.parametrize(
    ("service", "operation", "code", "text", "matches"),
    [
        ("iam", "PutRolePolicy", "NoSuchEntity", "", True),
        ("iam", "CreateRole", "MalformedPolicyDocument", "INVALID PRINCIPAL in policy", True),
        ("iam", "CreateRole", "MalformedPolicyDocument", "syntax error", False),
        ("ec2", "CreateRoute", "InvalidRouteTableID.NotFound", "", True),
        ("ec2", "CreateRoute", "InvalidParameterValue", "", False),
        ("ec2", "DeleteSecurityGroup", "DependencyViolation", "", True),
        ("ec2", "CreateVpc", "DependencyViolation", "", False),
        ("s3", "CreateBucket", "BucketAlreadyExists", "", False),
        ("ecs", "CreateService", "InvalidParameterException", "The cluster is wrong", False),
        ("sns", "Publish", "NoSuchEntity", "", False),
    ],
)
def test_only_the_known_refusal_matches(service: str, operation: str, code: str, text: str, matches: bool) -> None:
    assert (eventual(service, operation, refusal(service, operation, code, text)) is not None) is matches


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.service}.{row.operation}:{row.code}")
def test_a_script_tells_a_refusal_that_passes_from_its_line(row: Eventual) -> None:
    operation, code = row.operation.replace("*", "Thing"), row.code.replace("*", "Thing")
    passes, for_s = refusals_that_pass(row.service, operation)
    told = "An error occurred ({}) when calling the {} operation: because {} so"
    lines = [told.format(code, operation, row.text), told.format("AccessDenied", operation, row.text)]
    found = [bool(re.search(passes, line, re.IGNORECASE)) for line in lines]
    assert found == [True, False]
    grep = subprocess.run(
        ["grep", "-E", "--", passes], input="\n".join(lines), text=True, capture_output=True, check=True
    )
    assert grep.stdout.splitlines() == lines[:1]
    assert grep.stderr == ""
    assert for_s >= row.for_s


def test_nothing_of_an_operation_without_a_row_passes() -> None:
    assert refusals_that_pass("sns", "CreateTopic") == ("", 0.0)
