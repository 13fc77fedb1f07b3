"""Each service's own word for throttled, denied and expired: the same trouble has many codes in AWS."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """An error code with its HTTP status and text."""

    code: str
    status: int
    message: str


_RATE = "Rate exceeded"
_EXPIRED = "The security token included in the request is expired"

THROTTLED: dict[str, Trouble] = {
    "acm": Trouble("ThrottlingException", 400, _RATE),
    "cloudwatch": Trouble("Throttling", 400, _RATE),
    "ec2": Trouble("RequestLimitExceeded", 503, "Request limit exceeded."),
    "ecr": Trouble("ThrottlingException", 400, _RATE),
    "ecs": Trouble("ThrottlingException", 400, _RATE),
    "elbv2": Trouble("Throttling", 400, _RATE),
    "events": Trouble("ThrottlingException", 400, _RATE),
    "iam": Trouble("Throttling", 400, _RATE),
    "logs": Trouble("ThrottlingException", 400, _RATE),
    "pricing": Trouble("ThrottlingException", 400, _RATE),
    "resourcegroupstaggingapi": Trouble("ThrottledException", 400, _RATE),
    "route53": Trouble("Throttling", 400, _RATE),
    "s3": Trouble("SlowDown", 503, "Please reduce your request rate."),
    "secretsmanager": Trouble("ThrottlingException", 400, _RATE),
    "service-quotas": Trouble("TooManyRequestsException", 400, _RATE),
    "servicediscovery": Trouble(
        "RequestLimitExceeded", 400, "The operation can't be completed: request limit exceeded."
    ),
    "sns": Trouble("Throttling", 400, _RATE),
    "sqs": Trouble("RequestThrottled", 403, "Request is throttled."),
    "ssm": Trouble("ThrottlingException", 400, _RATE),
    "sts": Trouble("Throttling", 400, _RATE),
}
"""Source: botocore 1.44, service models and throttling codes (retries/standard.py); AWS docs: EC2, S3 error codes."""

DENIED: dict[str, tuple[str, int]] = {
    "cloudwatch": ("AccessDenied", 403),
    "ec2": ("UnauthorizedOperation", 403),
    "elbv2": ("AccessDenied", 403),
    "iam": ("AccessDenied", 403),
    "route53": ("AccessDenied", 403),
    "s3": ("AccessDenied", 403),
    "sns": ("AuthorizationError", 403),
    "sts": ("AccessDenied", 403),
}
"""Service -> code, status; all others say AccessDeniedException, 400. Source: AWS docs, common errors by service."""

EXPIRED: dict[str, tuple[str, int]] = {
    "cloudwatch": ("ExpiredToken", 403),
    "ec2": ("RequestExpired", 400),
    "elbv2": ("ExpiredToken", 403),
    "iam": ("ExpiredToken", 403),
    "route53": ("ExpiredToken", 403),
    "s3": ("ExpiredToken", 400),
    "sns": ("ExpiredToken", 403),
    "sts": ("ExpiredToken", 403),
}
"""Service -> code, status; all others say ExpiredTokenException, 400. Source: AWS docs, common errors by service."""


def throttled(service: str) -> Trouble:
    """What the service answers when it is asked too often."""
    return THROTTLED.get(service, Trouble("ThrottlingException", 400, _RATE))


def unavailable(service: str) -> Trouble:
    """What the service answers when it cannot answer at the moment."""
    return Trouble("ServiceUnavailable", 503, f"{service} cannot answer at the moment. Please try again.")


def denied(service: str, operation: str, why: str = "no identity-based policy allows the action") -> Trouble:
    """What the service answers when the caller lacks the permission."""
    code, status = DENIED.get(service, ("AccessDeniedException", 400))
    return Trouble(code, status, f"User is not authorized to perform: {service}:{operation} because {why}")


def expired(service: str) -> Trouble:
    """What the service answers when the credentials have run out."""
    code, status = EXPIRED.get(service, ("ExpiredTokenException", 400))
    return Trouble(code, status, _EXPIRED)
