"""The rehearsed account of the session, emptied before each test, and clients that know nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rehearsal_clients import ClientFor, make_client
from rehearsal_hand_clock import HandClock

from runbook.rehearsal.embedded import Embedded


@pytest.fixture
def aws(rehearsal: Embedded) -> Embedded:
    rehearsal.set_pace(0)
    rehearsal.forget_zone()
    rehearsal.reset()
    return rehearsal


@pytest.fixture(scope="session")
def _clients() -> dict[tuple[str, str], Any]:
    return {}


@pytest.fixture
def client(aws: Embedded, _clients: dict[tuple[str, str], Any]) -> ClientFor:
    def client_for(service: str, region: str = "us-east-1") -> Any:
        if (service, region) not in _clients:
            _clients[service, region] = make_client(aws.url, service, region)
        return _clients[service, region]

    return client_for


@pytest.fixture
def hand_clock(aws: Embedded, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    """A clock in the test's hand, with things taking their typical time on it."""
    clock = HandClock()
    monkeypatch.setattr(aws.pacer, "_clock", clock)
    aws.set_pace(1)
    yield clock
    aws.set_pace(0)
