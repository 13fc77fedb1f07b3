"""What a request on the wire means: which service, which operation, with which parameters, in botocore's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from botocore.loaders import Loader
from botocore.model import OperationNotFoundError
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from runbook.rehearsal.cbor import decode_cbor

DEFAULT_REGION = "us-east-1"

SIGNING_NAMES = {
    "monitoring": "cloudwatch",
    "s3express": "s3",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}
"""Name in the credential scope -> boto3's name, where the two differ. Source: botocore 1.44 service models."""

_SCOPE = re.compile(
    r"Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)/aws4_request"
)
_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(?P<operation>[A-Za-z0-9]+)")


@dataclass(frozen=True)
class WireCall:
    """One request, understood; `service` or `operation` is empty where it could not be."""

    service: str = ""
    """boto3's name, such as `service-quotas`."""
    operation: str = ""
    """AWS's name, such as `CreateBucket`."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """The parameters as the caller gave them to boto3."""
    region: str = DEFAULT_REGION
    access_key: str = ""
    """Empty for a request without a signature."""
    protocol: str = ""
    """AWS protocol that the request came in, and the answer goes out, with."""
    method: str = "GET"
    path: str = "/"
    model: OperationModel | None = field(default=None, repr=False, compare=False)

    @property
    def known(self) -> bool:
        """True when it is clear which operation is meant."""
        return self.model is not None


@cache
def _service_names() -> frozenset[str]:
    return frozenset(Loader().list_available_services("service-2"))


def service_model(service: str) -> ServiceModel:
    """botocore's model of a service, loaded once."""
    return get_service_model(service)


def _boto3_name(signing_name: str, request: Request) -> str:
    name = signing_name.lower()
    if name == "elasticloadbalancing":
        return "elbv2" if request.values.get("Version") == "2015-12-01" else "elb"
    if name == "s3" and request.path.startswith("/v20180820/"):
        return "s3control"
    name = SIGNING_NAMES.get(name, name)
    return name if name in _service_names() else ""


def _scope(environ: Mapping[str, Any]) -> re.Match[str] | None:
    """The credential scope, from the header or from a presigned URL."""
    found = _SCOPE.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    if found is not None:
        return found
    credentials = parse_qs(str(environ.get("QUERY_STRING", ""))).get("X-Amz-Credential", [])
    return _SCOPE.search(f"Credential={credentials[0]}") if credentials else None


def _match(service: str, request: Request) -> tuple[OperationModel, dict[str, Any], str]:
    """Operation, URI parameters and protocol; moto's router knows every protocol but CBOR."""
    cbor = _CBOR_PATH.fullmatch(request.path)
    if cbor is not None and request.headers.get("Smithy-Protocol") == "rpc-v2-cbor":
        return service_model(service).operation_model(cbor["operation"]), {}, "smithy-rpc-v2-cbor"
    operation, uri_params = get_service_router(service).match(request)
    return operation, uri_params, determine_request_protocol(service_model(service), request.content_type)


def _params(operation: OperationModel, uri_params: dict[str, Any], protocol: str, request: Request) -> dict[str, Any]:
    if protocol == "smithy-rpc-v2-cbor":
        return decode_cbor(request.data)
    # `values` reads the form first; the raw body of the other protocols is still there afterwards.
    parsed = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": uri_params,
        }
    )
    return {name: value for name, value in parsed.items() if value is not None}


def read_call(environ: dict[str, Any]) -> WireCall:
    """Understand one request; its body must be readable and is consumed.

    Returns
    -------
    A call with empty `service` or `operation` when the request names none that botocore's models have; such a
    request is answered by moto alone. Parameters that do not parse are left out, since moto refuses such a body itself.
    """
    request = Request(environ)
    scope = _scope(environ)
    if scope is None:
        return WireCall(method=request.method, path=request.path)
    region, key = scope["region"], scope["key"]
    service = _boto3_name(scope["service"], request)
    nothing = WireCall(service=service, region=region, access_key=key, method=request.method, path=request.path)
    if not service:
        return nothing
    try:
        operation, uri_params, protocol = _match(service, request)
    except (HTTPException, OperationNotFoundError, NotImplementedError):
        return nothing
    try:
        params = _params(operation, uri_params, protocol, request)
    except (RequestParserError, ValueError, KeyError, TypeError, AttributeError):
        params = {}
    return WireCall(
        service=service,
        operation=operation.name,
        params=params,
        region=region,
        access_key=key,
        protocol=protocol,
        method=request.method,
        path=request.path,
        model=operation,
    )
