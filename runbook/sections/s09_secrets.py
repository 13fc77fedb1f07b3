"""Section 9, secrets: values that tasks get without anybody seeing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from runbook.kinds.kind import Owner
from runbook.kinds.secretsmanager import StoredSecret
from runbook.model import Check, Finding, Known, ReadOnlyAws, Resource, Section
from runbook.sections.s09_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import SERVICES, Deployment

_SHORTEST = 32
"""Characters below which a value counts as guessable; our choice, AWS sets no limit."""


def resources(deployment: Deployment) -> Sequence[Resource]:
    """One secret for each path that the application contract names."""
    owner = Owner(deployment.stack, 9, tags=deployment.tags)
    return tuple(
        StoredSecret(
            id=deployment.secret_resource(path),
            owner=owner,
            name=path,
            region=deployment.region,
            account=deployment.account or "",
            description=f"{', '.join(variables)} of the stack {deployment.stack}",
        )
        for path, variables in _variables(deployment).items()
    )


def _variables(deployment: Deployment) -> Mapping[str, Sequence[str]]:
    """Each whole path with the variables that carry it, sorted; services may share a secret."""
    pairs = {(path, name) for service in SERVICES for name, path in deployment.secrets(service).items()}
    return {
        wanted: sorted(name for path, name in pairs if path == wanted) for wanted in sorted({one for one, _ in pairs})
    }


# -- checks ----------------------------------------------------------------------------------------------------------


def _long_enough(path: str, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    # A secret that is scheduled for deletion is refused with InvalidRequestException.
    absent = ("ResourceNotFoundException", "InvalidRequestException")
    answer = aws.find("secretsmanager", "GetSecretValue", absent, SecretId=path)
    if answer is None:
        return Finding("failed", f"{path} has no value", "Run `karet apply 9`; it makes one.")
    value = answer.get("SecretString") or answer.get("SecretBinary") or ""
    if len(value) < _SHORTEST:
        name = path.rpartition("/")[2]
        return Finding(
            "failed", f"the value of {path} has less than {_SHORTEST} characters", f"Run `karet rotate {name}`."
        )
    return Finding("passed", f"{path} has a value of at least {_SHORTEST} characters")


def checks(deployment: Deployment) -> Sequence[Check]:
    """Each secret has a value that cannot be guessed; it is measured and never shown."""
    return tuple(
        Check(
            f"{deployment.secret_resource(path)}-is-long",
            f"{path} has a value that is long enough",
            partial(_long_enough, path),
        )
        for path in _variables(deployment)
    )


SECTION = Section(
    number=9,
    name="secrets",
    title="Secrets and configuration",
    text=read_text("s09_secrets"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(154, 156),
)
