"""Which operations only look: what the rehearsal still answers when it refuses every write."""

from __future__ import annotations

READ_PREFIXES = ("Get", "List", "Describe", "Head", "Lookup", "Search", "Simulate", "Filter", "Discover", "Query")

READS_WITH_OTHER_NAMES = frozenset(
    {
        ("ecr", "BatchCheckLayerAvailability"),
        ("ecr", "BatchGetImage"),
        ("events", "TestEventPattern"),
        ("logs", "TestMetricFilter"),
        ("secretsmanager", "BatchGetSecretValue"),
        ("secretsmanager", "ValidateResourcePolicy"),
        ("sts", "AssumeRole"),
        ("sts", "AssumeRoleWithWebIdentity"),
        ("sts", "DecodeAuthorizationMessage"),
    }
)
"""Operations that change nothing although their name does not say so."""


def is_read(service: str, operation: str) -> bool:
    """True for an operation that changes nothing in the account.

    Source
    ------
    AWS naming of operations and botocore 1.44 service models, seen 2026-11-23.
    """
    return operation.startswith(READ_PREFIXES) or (service, operation) in READS_WITH_OTHER_NAMES
