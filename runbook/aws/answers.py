"""What AWS's errors mean: botocore's exceptions become one AwsError, and each code falls into one class."""

from __future__ import annotations

from typing import Literal

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from runbook.errors import AwsError

Meaning = Literal["throttled", "unreachable", "unclear", "expired", "denied", "refused"]
"""throttled: send again later. unreachable: it never left this machine. unclear: nobody knows whether it was done.
expired: a person has to log in. denied: permission is missing. refused: AWS said no for a reason of its own."""

# AWS docs: "Retry behavior" of the SDKs and Tools Reference Guide lists the throttling codes (read 2026-11-23).
_THROTTLED = {
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException.Throttling",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
}
_EXPIRED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
    "NoCredentials",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "AuthFailure",
    "SSOTokenExpired",
}
_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "UnauthorizedException",
    "AuthorizationError",
    "AllAccessDisabled",
    "403",
}
_UNCLEAR = {"Timeout", "RequestTimeout", "ConnectionCut", "InternalFailure", "InternalError", "ServiceUnavailable"}

_HINTS: dict[Meaning, str] = {
    "throttled": "AWS asks for fewer calls in a short time. Wait a minute and run the same command again.",
    "unreachable": "Check the network, the region's name and --endpoint-url; then run the same command again.",
    "unclear": "Nobody can know from this whether AWS did it. Run the same command again: it looks first.",
    "expired": "Log in again (for example `aws sso login`) and run the same command again; it goes on from there.",
    "denied": "Ask for this permission, or use a principal that has it; then run the same command again.",
}


def meaning(error: AwsError) -> Meaning:
    """Which class an error falls into; a 5xx is unclear whatever its code says, unless the code means throttling."""
    if error.code in _THROTTLED or error.status == 429:
        return "throttled"
    if error.code in _EXPIRED:
        return "expired"
    if error.code == "NotReachable":
        return "unreachable"
    if error.code in _UNCLEAR or error.status >= 500:
        return "unclear"
    if error.code in _DENIED:
        return "denied"
    return "refused"


def translate(error: Exception, service: str, operation: str) -> AwsError | None:
    """The AwsError for one of botocore's exceptions; None when it is none of botocore's.

    Parameters
    ----------
    service, operation: the call that raised it.
    """
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        about = error.response.get("ResponseMetadata", {})
        return _made(
            str(details.get("Message") or details.get("Code") or "no text"),
            service,
            operation,
            code=str(details.get("Code") or "Unknown"),
            request_id=str(about.get("RequestId", "")),
            status=int(about.get("HTTPStatusCode", 0) or 0),
        )
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return _made("no AWS credentials were found", service, operation, code="NoCredentials")
    if isinstance(error, UnauthorizedSSOTokenError | SSOTokenLoadError | TokenRetrievalError):
        return _made("the SSO login has expired", service, operation, code="SSOTokenExpired")
    if isinstance(error, CredentialRetrievalError):
        return _made(str(error), service, operation, code="NoCredentials")
    if isinstance(error, ProfileNotFound):
        return _made(str(error), service, operation, code="ProfileNotFound")
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        return _made(str(error), service, operation, code="NotReachable")
    if isinstance(error, ReadTimeoutError):
        return _made("no answer within the time allowed", service, operation, code="Timeout")
    if isinstance(error, ConnectionClosedError | HTTPClientError):
        return _made("the connection was cut before an answer came", service, operation, code="ConnectionCut")
    if isinstance(error, BotoCoreError):
        return _made(str(error), service, operation, code=type(error).__name__)
    return None


def _made(text: str, service: str, operation: str, *, code: str, request_id: str = "", status: int = 0) -> AwsError:
    made = AwsError(text, service=service, operation=operation, code=code, request_id=request_id, status=status)
    made.hint = _HINTS.get(meaning(made), "")
    return made
