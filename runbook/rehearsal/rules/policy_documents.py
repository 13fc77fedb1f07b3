"""What AWS demands of a policy document before it keeps it: one reading for trust policies and bucket policies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from moto.iam.models import IAMBackend

VERSIONS = ("2012-10-17", "2008-10-17")
"""The versions of the policy language; without one, AWS takes the older. Source: AWS docs: IAM JSON policy elements."""

_ARN_IN_IAM = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):(?P<kind>role|user)/(?P<path>.+)")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?")


def statements_of(document: Any) -> list[dict[str, Any]] | None:
    """The statements as a list, whichever way the document writes them; None when there are none."""
    if not isinstance(document, dict):
        return None
    found = document.get("Statement")
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list) or not statements:
        return None
    return statements if all(isinstance(statement, dict) for statement in statements) else None


def texts_of(value: Any) -> list[str]:
    """One text or a list of texts, as a list."""
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value] if isinstance(value, list) else []


def parsed(text: object) -> Any:
    """The document as data; None when it is not JSON."""
    try:
        return json.loads(str(text))
    except ValueError:
        return None


def caller_exists(iam: IAMBackend, account_id: str) -> Callable[[str], bool]:
    """A test whether a principal's ARN names something that exists, as far as this account can know."""

    def exists(arn: str) -> bool:
        match = _ARN_IN_IAM.fullmatch(arn)
        if match is None or match["account"] != account_id:
            return True
        if match["kind"] == "role":
            return any(role.arn == arn for role in iam.get_roles())
        # moto's caller is a user that nobody created.
        return arn.endswith(":user/moto") or any(user.arn == arn for user in iam.users.values())

    return exists


def invalid_principal(statements: Iterable[dict[str, Any]], exists: Callable[[str], bool]) -> str | None:
    """The first principal that AWS would not find, as AWS names it; None when all are fine."""
    for statement in statements:
        principal = statement.get("Principal")
        if not isinstance(principal, dict):
            continue
        for arn in texts_of(principal.get("AWS")):
            if not exists(arn):
                return f'"AWS":"{arn}"'
        for service in texts_of(principal.get("Service")):
            if not _SERVICE.fullmatch(service):
                return f'"SERVICE":"{service}"'
    return None


def shape_problem(document: Any, *, required: tuple[str, ...], prohibited: tuple[str, ...] = ()) -> str | None:
    """What is wrong with the form of a document in AWS's manner of saying it; None when nothing is."""
    if document is None:
        return "This policy contains invalid Json"
    statements = statements_of(document)
    if statements is None:
        return "Missing required field Statement"
    if document.get("Version", VERSIONS[0]) not in VERSIONS:
        return f"The policy must contain a valid version string, and {document['Version']!r} is none"
    for statement in statements:
        for name in required:
            if not statement.get(name) and not statement.get(f"Not{name}"):
                return f"Missing required field {name}"
        if statement.get("Effect") not in {"Allow", "Deny"}:
            return f"Invalid effect: {statement.get('Effect')}"
        for name in prohibited:
            if name in statement:
                return f"Has prohibited field {name}"
    return None
