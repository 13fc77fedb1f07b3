"""What AWS's errors mean: each of botocore's exceptions, each class of code."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions as boto

from runbook.aws.answers import Meaning, meaning, translate
from runbook.errors import AwsError


def client_error(code: str, status: int = 400, message: str = "no") -> boto.ClientError:
    about: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "req-7"},
    }
    return boto.ClientError(about, "CreateBucket")


def translated(error: Exception) -> AwsError:
    made = translate(error, "s3", "CreateBucket")
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("code", "status", "what"),
    [
        ("ThrottlingException", 400, "throttled"),
        ("SlowDown", 503, "throttled"),
        ("RequestLimitExceeded", 503, "throttled"),
        ("SomethingNew", 429, "throttled"),
        ("ExpiredToken", 400, "expired"),
        ("UnrecognizedClientException", 400, "expired"),
        ("ServiceUnavailable", 503, "unclear"),
        ("InternalError", 500, "unclear"),
        ("SomethingNew", 502, "unclear"),
        ("RequestTimeout", 400, "unclear"),
        ("AccessDenied", 403, "denied"),
        ("UnauthorizedOperation", 403, "denied"),
        ("BucketAlreadyExists", 409, "refused"),
        ("NoSuchBucket", 404, "refused"),
    ],
)
def test_an_answer_of_aws_falls_into_one_class(code: str, status: int, what: Meaning) -> None:
    error = translated(client_error(code, status))
    assert meaning(error) == what
    assert (error.code, error.status, error.request_id, error.text) == (code, status, "req-7", "no")
    assert bool(error.hint) == (what != "refused")


@pytest.mark.parametrize(
    ("error", "code", "what"),
    [
        (boto.NoCredentialsError(), "NoCredentials", "expired"),
        (boto.PartialCredentialsError(provider="env", cred_var="secret"), "NoCredentials", "expired"),
        (boto.UnauthorizedSSOTokenError(), "SSOTokenExpired", "expired"),
        (boto.SSOTokenLoadError(error_msg="gone"), "SSOTokenExpired", "expired"),
        (boto.TokenRetrievalError(provider="sso", error_msg="gone"), "SSOTokenExpired", "expired"),
        (boto.CredentialRetrievalError(provider="x", error_msg="gone"), "NoCredentials", "expired"),
        (boto.EndpointConnectionError(endpoint_url="http://x"), "NotReachable", "unreachable"),
        (boto.ConnectTimeoutError(endpoint_url="http://x"), "NotReachable", "unreachable"),
        (boto.ReadTimeoutError(endpoint_url="http://x"), "Timeout", "unclear"),
        (boto.ConnectionClosedError(endpoint_url="http://x"), "ConnectionCut", "unclear"),
        (boto.HTTPClientError(error="cut"), "ConnectionCut", "unclear"),
        (boto.ProfileNotFound(profile="p"), "ProfileNotFound", "refused"),
        (boto.ParamValidationError(report="bad"), "ParamValidationError", "refused"),
    ],
)
def test_no_answer_of_aws_falls_into_one_class(error: Exception, code: str, what: Meaning) -> None:
    made = translated(error)
    assert (made.code, meaning(made), made.service, made.operation) == (code, what, "s3", "CreateBucket")


def test_what_is_not_of_botocore_is_left_to_others() -> None:
    assert translate(ValueError("x"), "s3", "CreateBucket") is None


def test_an_answer_without_any_detail_still_gets_a_code_and_a_text() -> None:
    error = translated(boto.ClientError({}, "CreateBucket"))
    assert (error.code, error.text) == ("Unknown", "no text")


def test_an_error_says_resource_call_code_text_and_what_to_do() -> None:
    error = translated(client_error("AccessDenied", 403, "not allowed")).for_resource("data.bucket")
    assert str(error).startswith("data.bucket: s3.CreateBucket failed with AccessDenied: not allowed\n")
    assert "permission" in str(error)
    assert error.with_text("other").resource_id == "data.bucket"
