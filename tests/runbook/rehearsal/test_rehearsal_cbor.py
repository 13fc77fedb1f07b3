"""What botocore writes as CBOR is read, and errors written as CBOR are read by botocore."""

from __future__ import annotations

import contextlib
import io
import math
from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from runbook.rehearsal.cbor import MAX_DEPTH, CborError, decode_cbor, encode_text_map
from runbook.rehearsal.wire import WireCall, read_call, service_model
from runbook.rehearsal.wire_errors import error_answer

AUTH = "AWS4-HMAC-SHA256 Credential=testing/20261123/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0"


SERIALIZER = create_serializer("smithy-rpc-v2-cbor", include_validation=False)
OPERATION = botocore.session.Session().get_service_model("cloudwatch").operation_model("PutMetricAlarm")


def written_by_botocore(params: dict[str, Any]) -> bytes:
    body = SERIALIZER.serialize_to_request(params, OPERATION)["body"]
    assert isinstance(body, bytes)
    return body


@given(
    st.fixed_dictionaries(
        {
            "AlarmName": st.text(max_size=300),
            "EvaluationPeriods": st.integers(min_value=-(2**31), max_value=2**31 - 1),
            "ActionsEnabled": st.booleans(),
            "AlarmActions": st.lists(st.text(max_size=30), max_size=30),
            "Dimensions": st.lists(st.fixed_dictionaries({"Name": st.text(), "Value": st.text()}), max_size=3),
            "Threshold": st.floats(allow_nan=False, width=32),
        }
    )
)
def test_parameters_written_by_botocore_are_read_back(params: dict[str, Any]) -> None:
    found = decode_cbor(written_by_botocore(params))
    assert math.isclose(found.pop("Threshold"), params.pop("Threshold"), rel_tol=1e-6)
    assert found == params


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_and_nothing_else(data: bytes) -> None:
    with contextlib.suppress(CborError, UnicodeDecodeError):
        assert isinstance(decode_cbor(data), dict)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(CborError, match="deeply"):
        decode_cbor(b"\x81" * (MAX_DEPTH + 2) + b"\x00")


@pytest.mark.parametrize("length", [0, 23, 24, 255, 256, 70_000])
def test_texts_of_every_length_survive(length: int) -> None:
    assert decode_cbor(encode_text_map({"message": "x" * length})) == {"message": "x" * length}


def test_indefinite_lengths_are_read() -> None:
    assert decode_cbor(b"\xbf\x61a\x9f\x01\x02\xff\x61b\x7f\x61x\x61y\xff\xff") == {"a": [1, 2], "b": "xy"}


def test_a_cbor_call_is_understood_and_its_refusal_is_readable() -> None:
    body = written_by_botocore({"AlarmName": "a", "EvaluationPeriods": 1})
    call = read_call(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_AUTHORIZATION": AUTH,
            "HTTP_SMITHY_PROTOCOL": "rpc-v2-cbor",
            "CONTENT_TYPE": "application/cbor",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
        }
    )
    assert (call.service, call.operation, call.params["AlarmName"]) == ("cloudwatch", "PutMetricAlarm", "a")
    answer = error_answer(call, "LimitExceeded", "too many", 400)
    shape = service_model("cloudwatch").operation_model("PutMetricAlarm").output_shape
    parsed = create_parser("smithy-rpc-v2-cbor").parse(
        {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body}, shape
    )
    assert parsed["Error"]["Code"] == "LimitExceeded"
    assert parsed["Error"]["Message"] == "too many"
    assert isinstance(call, WireCall)
