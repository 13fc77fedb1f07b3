"""A stage and a worker for each test of the poller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from poller_stage import CREDENTIALS, Stage, StubWorker
from rehearsal_clients import make_client

from runbook.rehearsal.embedded import Embedded


@pytest.fixture
def stage(embedded: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return Stage(make_client(embedded.url, "sqs"), embedded.url, tmp_path)


@pytest.fixture
def open_worker() -> Iterator[Callable[..., StubWorker]]:
    opened: list[StubWorker] = []

    def open_one(**wishes: Any) -> StubWorker:
        opened.append(StubWorker(**wishes).start())
        return opened[-1]

    yield open_one
    for worker in opened:
        if worker.gate is not None:
            worker.gate.set()
        worker.stop()
