"""Which setting gives a container a variable that it lacks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from runbook.settings import Deployment, Service
from runbook.settings.rules import ENDPOINT_VARIABLES

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_SECRET = re.compile(r"SECRET|TOKEN|PASSW|API_?KEY|PRIVATE_?KEY|CREDENTIAL")
_NO_KEYS = (
    "No setting gives it: a key in the environment would win over the task role. "
    "Deploy a build that takes its credentials from the task role."
)


def _way_of(name: str) -> str:
    """How a variable gets into a container: which setting carries it."""
    if name in _KEYS:
        return "none"
    if name in ("WORKER_URL", "KARET_WORKER_URL"):
        return "worker_url_variable"
    if "BUCKET" in name:
        return "bucket_variables"
    return "secrets" if _SECRET.search(name) else "environment"


def remedy(deployment: Deployment, service: Service, name: str, lacking: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """What gives a container a variable: a sentence, and the setting, whole, with all that it lacks of the kind."""
    contract, way = deployment.contract(service), _way_of(name)
    alike = [one for one in lacking if _way_of(one) == way]
    if way == "none":
        return _NO_KEYS, {}
    key = f"app.{service}.{way}"
    if way == "worker_url_variable":
        return "Let it carry the worker's internal URL.", {key: name}
    if way == "bucket_variables":
        return "Let it carry the bucket's name.", {key: [*contract.bucket_variables, *alike]}
    if way == "secrets":
        return "Let Secrets Manager fill it.", {key: {**contract.secrets, **{one: _path(one) for one in alike}}}
    endpoint = f"https://s3.{deployment.region}.amazonaws.com"
    values = {one: endpoint if one in ENDPOINT_VARIABLES else "..." for one in alike}
    fix = (
        "Give it the real S3 of the region." if name in ENDPOINT_VARIABLES else "Give it a value in place of the dots."
    )
    return fix, {key: {**contract.environment, **values}}


def _path(variable: str) -> str:
    """The path of a secret; Secrets Manager advises against an end like its own: a hyphen and six characters."""
    path = variable.lower().replace("_", "-")
    return f"{path}-value" if len(path.rpartition("-")[2]) == 6 else path
