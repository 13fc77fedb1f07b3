"""Calls the worker and tells apart: done, refused, cut off in the middle, not there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from karet_poller.messages import Message
from karet_poller.settings import Settings

MOST_ANSWER: Final = 1 << 20
"""Bytes of an answer that are read."""
CONNECT_S: Final = 5.0

Outcome = Literal["done", "refused", "cut", "absent"]


@dataclass(frozen=True)
class Answer:
    """What came of a call.

    Parameters
    ----------
    outcome: `refused` is an answer that says no; `cut` came to no end, so the work may have been done; `absent` means
        that nobody took the call.
    why: for the log; never a body.
    """

    outcome: Outcome
    why: str = ""


class Worker:
    """The worker beside the poller."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._place = urlsplit(settings.worker_url)

    def call(self, pipeline: str, messages: Sequence[Message]) -> Answer:
        """Report these messages and wait until the worker is through with them."""
        body = json.dumps(self._body(pipeline, messages)).encode()
        connection = self._connection()
        try:
            connection.connect()
        except OSError as error:
            return Answer("absent", type(error).__name__)
        try:
            connection.sock.settimeout(self._settings.job_s)
            connection.request("POST", self._settings.path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read(MOST_ANSWER)
            return judged(answer.status, text)
        except (OSError, HTTPException) as error:
            return Answer("cut", type(error).__name__)
        finally:
            connection.close()

    def _body(self, pipeline: str, messages: Sequence[Message]) -> dict[str, Any]:
        if self._settings.body == "pipeline":
            return {"pipeline_prefix": pipeline}
        return {"Records": [record for message in messages for record in message.records]}

    def _connection(self) -> HTTPConnection:
        kind = HTTPSConnection if self._place.scheme == "https" else HTTPConnection
        return kind(str(self._place.hostname), self._place.port, timeout=CONNECT_S)


def judged(status: int, body: bytes) -> Answer:
    """Whether an answer means that the work is done: a good status can still carry errors in its body.

    Source
    ------
    Public source of karet-worker, 2026-06: `/jobs/run` answers 200 with `errors` or with `error.kind`; `no_files`
    says that there was nothing to do.
    """
    if not 200 <= status < 300:
        return Answer("refused", f"HTTP {status}")
    try:
        said = json.loads(body) if body.strip() else None
    except ValueError:
        return Answer("done")
    if not isinstance(said, dict):
        return Answer("done")
    error = said.get("error")
    kind = error.get("kind") if isinstance(error, dict) else error
    if kind == "no_files":
        return Answer("done")
    if error or said.get("errors"):
        return Answer("refused", f"HTTP {status} with errors in its body")
    return Answer("done")
