"""Clients for the tests of the rehearsal: one try, one address, dummy credentials."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from runbook.rehearsal.endpoint import DUMMY_ACCESS_KEY, DUMMY_SECRET_KEY

ClientFor = Callable[..., Any]


@cache
def _session() -> Any:
    """One session for all clients: each new one would read botocore's endpoint tables again."""
    return boto3.session.Session()


def make_client(url: str, service: str, region: str = "us-east-1", **settings: Any) -> Any:
    """A client that tries once and goes to this address only; the same one for the same wishes."""
    wishes = repr((url, service, region, sorted(settings.items())))
    if wishes not in _made:
        _made[wishes] = _make(url, service, region, settings)
    return _made[wishes]


_made: dict[str, Any] = {}


def _make(url: str, service: str, region: str, settings: dict[str, Any]) -> Any:
    options = {
        "proxies": {},
        "s3": {"addressing_style": "path"},
        "inject_host_prefix": False,
        "retries": {"total_max_attempts": 1},
    }
    return _session().client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=DUMMY_ACCESS_KEY,
        aws_secret_access_key=DUMMY_SECRET_KEY,
        config=Config(**{**options, **settings}),
    )


def code_of(call: Callable[[], Any]) -> str:
    """The error code that the call raises."""
    with pytest.raises(ClientError) as raised:
        call()
    return str(raised.value.response["Error"]["Code"])
