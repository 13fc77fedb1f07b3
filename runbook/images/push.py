"""Pushes an image and tells how many bytes have gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from runbook.calls import HIDDEN
from runbook.errors import CancelledError, ImageError
from runbook.images.engine import Engine, Messages
from runbook.images.registry import Login

_TELL_EVERY = 20
"""A push tells about itself at most so many times: once for each twentieth of its bytes."""


@dataclass
class Progress:
    """How much of a push is done, from the messages of the engine.

    Parameters
    ----------
    tell: gets the bytes that have gone and the bytes that are known to go.
    """

    tell: Callable[[int, int], None]
    sent: dict[str, int] = field(default_factory=dict)
    total: dict[str, int] = field(default_factory=dict)
    told: int = 0

    def take(self, message: Mapping[str, Any]) -> None:
        """Count one message."""
        detail, layer = message.get("progressDetail") or {}, str(message.get("id", ""))
        if not layer or not isinstance(detail.get("current"), int):
            return
        # What goes over the wire can be more than the engine expected, since it adds headers.
        self.sent[layer] = int(detail["current"])
        self.total[layer] = max(int(detail.get("total") or 0), self.sent[layer])
        done, of = sum(self.sent.values()), sum(self.total.values())
        part = done * _TELL_EVERY // of if of else 0
        if part > self.told:
            self.told = part
            self.tell(done, of)


def push(
    engine: Engine,
    repository: str,
    tag: str,
    login: Login,
    *,
    tell: Callable[[int, int], None],
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Push a tag that the engine has.

    Raises
    ------
    ImageError: the registry or the engine refused; errors arrive inside an answer that looks like success.
    CancelledError: the operator stopped it.
    """
    progress = Progress(tell)
    _follow(engine.push(repository, tag, login.for_engine), progress, f"{repository}:{tag}", login, stopped)


def _follow(messages: Messages, progress: Progress, what: str, login: Login, stopped: Callable[[], bool]) -> None:
    refused = ""
    try:
        with closing(messages):
            for message in messages:
                if "error" in message:
                    refused = str(message["error"])
                    break
                progress.take(message)
                if stopped():
                    raise CancelledError(f"the push of {what} was stopped")
    except ImageError as error:
        refused = error.message
    if refused:
        # Raised out here, so that no error with the password in it stays behind as its context.
        raise ImageError(
            f"{what} could not be pushed: {refused.replace(login.password, HIDDEN)}",
            hint="Nothing is deployed yet. Remove the cause and run the same command again; layers are not sent twice.",
        )
