"""moto as one WSGI application, set up so that it behaves like a quiet, local AWS account."""

from __future__ import annotations

import json
import os
from datetime import datetime
from functools import cache
from typing import Any

SETTINGS = {
    "MOTO_ACM_VALIDATION_WAIT": "1000000000",  # a certificate waits for its DNS record, not for a timer
    "MOTO_DISABLE_GLOBAL_CORS": "true",  # no web page may read answers
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # nothing here starts instances, and the list is long
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",  # path style only: the host is always an address
}
"""moto's own switches (moto 5.2.5, settings.py)."""

MANAGED_POLICIES = (
    "AdministratorAccess",
    "AmazonECSTaskExecutionRolePolicy",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchAgentServerPolicy",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
)
"""AWS managed policies that exist here. All 1,582 of moto's copy cost 0.15 s at each reset (measured 2026-11-23)."""

_HOSTS = 500
"""Host names to remember; services times regions that one rehearsal uses are far fewer."""

for _name, _value in SETTINGS.items():
    # moto reads most of its settings while it is imported, so they have to stand before that.
    os.environ.setdefault(_name, _value)

from moto.backends import list_of_moto_modules  # noqa: E402
from moto.core import responses as moto_responses  # noqa: E402
from moto.core.base_backend import BackendDict  # noqa: E402
from moto.core.model_instances import reset_model_data  # noqa: E402
from moto.core.utils import method_names_from_class  # noqa: E402
from moto.iam import models as iam_models  # noqa: E402
from moto.iam.access_control import IAMPolicyStatement, PermissionResult  # noqa: E402
from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402


@cache
def _managed_policy_data() -> dict[str, dict[str, Any]]:
    everything = json.loads(aws_managed_policies_data)
    return {
        name: {
            "default_version_id": data.get("DefaultVersionId"),
            "path": data.get("Path"),
            "document": json.dumps(data.get("Document")),
            "create_date": datetime.fromisoformat(data["CreateDate"]),
            "update_date": datetime.fromisoformat(data["UpdateDate"]),
        }
        for name, data in everything.items()
        if name in MANAGED_POLICIES
    }


def _few_managed_policies(backend: Any) -> list[Any]:
    # Not by from_data: that writes each document anew as JSON, for every partition of an account and after every reset.
    policy: Any = iam_models.AWSManagedPolicy  # mypy takes it for an abstract class
    return [
        policy(name, account_id=backend.account_id, region=backend.region_name, **data)
        for name, data in _managed_policy_data().items()
    ]


_is_action_permitted = IAMPolicyStatement.is_action_permitted


def _conditions_of(statement: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for operator, pairs in (statement.get("Condition") or {}).items():
        for key, value in pairs.items():
            found[f"{operator} {key}".lower()] = value
    return found


def _respecting_transport(statement: Any, *arguments: Any, **named: Any) -> Any:
    """A Deny that is meant for plain HTTP does not concern a rehearsed call, which stands for one over TLS."""
    value = _conditions_of(statement._statement).get("bool aws:securetransport")
    if value is not None and str(value[0] if isinstance(value, list) else value).lower() == "false":
        return PermissionResult.NEUTRAL
    return _is_action_permitted(statement, *arguments, **named)


def mend_moto() -> None:
    """Change the few places in moto that no rule can reach from outside; doing it twice changes nothing.

    Source
    ------
    moto 5.2.5, probed: a bucket policy's Condition is ignored, so a TLS-only policy refuses every object call.
    """
    setattr(iam_models.IAMBackend, "_init_aws_policies", _few_managed_policies)  # noqa: B010 - mypy forbids the assignment
    setattr(IAMPolicyStatement, "is_action_permitted", _respecting_transport)  # noqa: B010 - mypy forbids the assignment
    setattr(moto_responses, "method_names_from_class", _operations_of)  # noqa: B010 - mypy forbids the assignment


@cache
def _operations_of(responses: type) -> list[str]:
    """What moto's class for a service answers; moto walks through the whole class for each request."""
    return list(method_names_from_class(responses))


class Dispatcher(DomainDispatcherApplication):  # type: ignore[misc,unused-ignore] # moto has no types for it
    """moto's dispatcher that remembers which service a host name means.

    moto lists the folders of its services for each request, which takes a sixth of the time of an answer.
    """

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._service_of: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The name of moto's service; None when no service has such a host."""
        if host not in self._service_of:
            if len(self._service_of) >= _HOSTS:
                self._service_of.clear()
            self._service_of[host] = super().get_backend_for_host(host)
        return self._service_of[host]


def moto_application() -> Any:
    """A fresh dispatcher over all of moto's services; each service is loaded when it is first called."""
    mend_moto()
    return Dispatcher()


@cache
def moto_serves(service: str) -> bool:
    """True when moto has anything for this boto3 service at all."""
    return service.replace("-", "") in set(list_of_moto_modules()) or service == "lambda"


def services_in_use() -> set[str]:
    """moto's services that hold anything at all in any account."""
    instances: Any = getattr(BackendDict, "_instances")  # noqa: B009 - the attribute is generic, mypy cannot tell of what
    return {str(backends.service_name) for backends in instances}


def reset_moto() -> None:
    """Empty every account and region of moto."""
    BackendDict.reset()
    reset_model_data()
