"""The read-only guard: an operation that is not in this table of reads never leaves the machine.

The guard sits on the clients that look. Credential calls (AssumeRole, SSO) are made by botocore's own clients while it
resolves credentials, so they pass without a row here.
"""

from __future__ import annotations

from typing import Any

from runbook.errors import GuardError

_READ_PREFIXES = ("Get", "List", "Describe", "Head", "BatchGet", "BatchCheck", "Lookup")

_READS_WITHOUT_A_READ_PREFIX = {
    ("logs", "FilterLogEvents"),
    ("logs", "StartQuery"),
    ("iam", "SimulatePrincipalPolicy"),
    ("iam", "SimulateCustomPolicy"),
    ("servicediscovery", "DiscoverInstances"),
    ("events", "TestEventPattern"),
    ("route53", "TestDNSAnswer"),
}


def is_read(service: str, operation: str) -> bool:
    """Whether an operation only looks; both names as boto3's service models spell them."""
    return operation.startswith(_READ_PREFIXES) or (service, operation) in _READS_WITHOUT_A_READ_PREFIX


def refuse_changes(service: str) -> Any:
    """A botocore `before-call` handler that refuses everything but reads of this service.

    Raises
    ------
    GuardError: from the handler, before anything is sent.
    """

    def handler(model: Any, **_: Any) -> None:
        if not is_read(service, model.name):
            raise GuardError(
                f"{service}.{model.name} was refused: this part of the runbook may only look.",
                hint="Nothing was sent to AWS. This is a defect of the runbook; please report it with this text.",
            )

    return handler
