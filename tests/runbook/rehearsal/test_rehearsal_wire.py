"""Requests of real clients over HTTP are understood, and errors reach them with the right code."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rehearsal_clients import make_client
from rehearsal_wire_cases import CASES

from runbook.rehearsal.serving import listen, url_of
from runbook.rehearsal.wire import WireCall, read_call
from runbook.rehearsal.wire_errors import error_answer


class Listener:
    """Notes what it understood of each request and refuses all of them."""

    def __init__(self) -> None:
        self.calls: list[WireCall] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        call = read_call(environ)
        self.calls.append(call)
        answer = error_answer(call, "SomethingRefused", "no & <never>", 403)
        start_response(f"{answer.status} No", list(answer.headers))
        return [answer.body]


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, Listener]]:
    app = Listener()
    server = listen(app)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield url_of(server), app
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def clients(listener: tuple[str, Listener]) -> dict[str, Any]:
    return {service: make_client(listener[0], service) for service, *_ in CASES}


def holds(found: Any, wanted: Any) -> bool:
    """True when everything that was sent is found again; AWS-side defaults may be there besides."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(holds(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(holds(one, other) for one, other in zip(found, wanted, strict=True))
    return bool(found == wanted)


@pytest.mark.parametrize(("service", "method", "params", "operation"), CASES, ids=lambda value: str(value)[:30])
def test_a_call_is_understood_and_its_refusal_arrives(
    service: str,
    method: str,
    params: dict[str, Any],
    operation: str,
    listener: tuple[str, Listener],
    clients: dict[str, Any],
) -> None:
    _, app = listener
    app.calls.clear()
    with pytest.raises(ClientError) as raised:
        getattr(clients[service], method)(**params)
    call = app.calls[-1]
    assert (call.service, call.operation, call.region) == (service, operation, "us-east-1")
    assert holds(dict(call.params), params), call.params
    # A HEAD request carries no body, so botocore can only report the status, as it does on AWS.
    assert raised.value.response["Error"]["Code"] == ("403" if method.startswith("head_") else "SomethingRefused")
    if not method.startswith("head_"):
        assert raised.value.response["Error"]["Message"] == "no & <never>"


def test_there_are_enough_cases_of_every_service() -> None:
    assert len(CASES) >= 60
    assert len({service for service, *_ in CASES}) >= 18


def test_a_presigned_url_is_understood(listener: tuple[str, Listener]) -> None:
    url, app = listener
    signed = make_client(url, "s3", signature_version="s3v4").generate_presigned_url(
        "get_object", Params={"Bucket": "karet-data", "Key": "a b"}
    )
    assert signed.startswith(url)
    app.calls.clear()
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(signed, timeout=5)
    raised.value.close()
    assert (app.calls[-1].service, app.calls[-1].operation) == ("s3", "GetObject")
    assert app.calls[-1].params["Key"] == "a b"


def test_an_unsigned_request_names_no_service(listener: tuple[str, Listener]) -> None:
    url, app = listener
    app.calls.clear()
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}/karet-data", timeout=5)
    raised.value.close()
    assert app.calls[-1] == WireCall(method="GET", path="/karet-data")
