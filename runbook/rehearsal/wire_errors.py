"""Answers in the wire format of the caller's protocol, so that botocore raises the error code that AWS would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from moto.core.serialize import SerializationContext, get_serializer_class

from runbook.rehearsal.cbor import encode_text_map
from runbook.rehearsal.wire import WireCall, service_model

HTTP_WORDS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, whole."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    code: str = ""
    """The AWS error code; empty when the call succeeded."""


def _xml(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _s3_error(code: str, message: str, request_id: str) -> bytes:
    return _xml(
        f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        f"<RequestId>{request_id}</RequestId><HostId>rehearsal</HostId></Error>"
    )


def _ec2_error(code: str, message: str, request_id: str) -> bytes:
    return _xml(
        f"<Response><Errors><Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    )


def _query_error(code: str, message: str, request_id: str, namespace: str) -> bytes:
    xmlns = f' xmlns="{escape(namespace)}"' if namespace else ""
    return _xml(
        f"<ErrorResponse{xmlns}><Error><Type>Sender</Type><Code>{escape(code)}</Code>"
        f"<Message>{escape(message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def error_answer(call: WireCall, code: str, message: str, status: int = 400) -> Answer:
    """An error as the call's own protocol writes it.

    Source
    ------
    smithy.io: AWS protocols (query, EC2 query, JSON 1.0 and 1.1, REST XML, REST JSON, RPC v2 CBOR); AWS docs: Amazon S3
    REST error responses. A HEAD request gets no body, so botocore reports the status as the code, as on AWS.
    """
    request_id = str(uuid4())
    metadata = service_model(call.service).metadata if call.service else {}
    headers = {"x-amzn-RequestId": request_id}
    protocol = call.protocol or str(metadata.get("protocol", "rest-xml"))
    if protocol == "ec2":
        headers["Content-Type"], body = "text/xml;charset=UTF-8", _ec2_error(code, message, request_id)
    elif protocol == "query" or (protocol == "rest-xml" and call.service not in {"s3", ""}):
        headers["Content-Type"] = "text/xml"
        body = _query_error(code, message, request_id, str(metadata.get("xmlNamespace", "")))
    elif protocol == "rest-xml":
        headers["Content-Type"], body = "application/xml", _s3_error(code, message, request_id)
    elif protocol == "smithy-rpc-v2-cbor":
        headers |= {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        body = encode_text_map({"__type": code, "message": message})
    else:
        version = metadata.get("jsonVersion", "1.1")
        headers["Content-Type"] = "application/json" if protocol == "rest-json" else f"application/x-amz-json-{version}"
        headers["x-amzn-ErrorType"] = code
        body = json.dumps({"__type": code, "message": message}).encode()
    if "awsQueryCompatible" in metadata and protocol != "query":
        headers["x-amzn-query-error"] = f"{code};Sender"
    if call.method == "HEAD":
        body = b""
    headers["Content-Length"] = str(len(body))
    return Answer(status, tuple(headers.items()), body, code)


def success_answer(call: WireCall, output: Mapping[str, Any]) -> Answer:
    """A successful answer with this output, written by moto's serializer for the call's protocol."""
    if call.model is None:
        raise ValueError("only a call whose operation is known can be answered")
    serializer = get_serializer_class(call.service, call.protocol)(
        operation_model=call.model, context=SerializationContext(str(uuid4()))
    )
    written = serializer.serialize(dict(output))
    body = written["body"]
    raw = body.encode() if isinstance(body, str) else body
    headers = {str(name): str(value) for name, value in written["headers"].items()}
    headers["Content-Length"] = str(len(raw))
    return Answer(int(written["status_code"]), tuple(headers.items()), raw)
