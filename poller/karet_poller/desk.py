"""Holds messages by pipeline until each is due, and hands out one run of a pipeline at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition

from karet_poller.messages import Message

_LOOK_S = 0.25
"""The longest that a waiting runner sleeps before it looks at the clock again."""


@dataclass(frozen=True)
class Batch:
    """What one run of a pipeline answers for."""

    pipeline: str
    messages: tuple[Message, ...]


@dataclass
class _Waiting:
    messages: list[Message] = field(default_factory=list)
    first: float = 0.0
    last: float = 0.0


class Desk:
    """Where the receiver puts messages and the runners fetch batches; used from many threads.

    Parameters
    ----------
    quiet_s, longest_wait_s: as in the settings.
    most: how many messages are held at the same time, those of running batches included.
    clock: seconds that only go forward.
    """

    def __init__(self, *, quiet_s: float, longest_wait_s: float, most: int, clock: Callable[[], float]) -> None:
        self._quiet_s, self._longest_wait_s, self._most = quiet_s, longest_wait_s, most
        self._clock = clock
        self._changed = Condition()
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        self._running: dict[str, tuple[Message, ...]] = {}
        self._closed = False

    def put(self, pipeline: str, message: Message) -> None:
        """Hold one more message; a second copy of one that is waiting takes its place, with the newer receipt."""
        with self._changed:
            now = self._clock()
            waiting = self._waiting.setdefault(pipeline, _Waiting(first=now))
            waiting.messages = [one for one in waiting.messages if one.id != message.id]
            waiting.messages.append(message)
            waiting.last = now
            self._changed.notify_all()

    def room(self) -> int:
        """How many more messages may be held."""
        with self._changed:
            return max(self._most - len(self._all()), 0)

    def wait_for_room(self, at_most_s: float) -> None:
        """Come back when something has changed, or after a while."""
        with self._changed:
            if len(self._all()) >= self._most and not self._closed:
                self._changed.wait(at_most_s)

    def next_due(self) -> Batch | None:
        """The next batch whose time has come, as soon as there is one; None when the desk is closed."""
        with self._changed:
            while not self._closed:
                for pipeline, waiting in self._waiting.items():
                    if pipeline not in self._running and self._due(waiting):
                        return self._start(pipeline)
                self._changed.wait(_LOOK_S)
            return None

    def released(self, batch: Batch, messages: Sequence[Message]) -> None:
        """Some messages of a running batch are deleted or back in the queue, and no longer held."""
        with self._changed:
            gone = {one.id for one in messages}
            self._running[batch.pipeline] = tuple(one for one in self._running[batch.pipeline] if one.id not in gone)
            self._changed.notify_all()

    def finished(self, batch: Batch) -> None:
        """The run is over and its messages are no longer held."""
        with self._changed:
            del self._running[batch.pipeline]
            self._changed.notify_all()

    def held(self) -> tuple[Message, ...]:
        """Every message that is waiting or running now."""
        with self._changed:
            return tuple(self._all())

    def close(self) -> tuple[Message, ...]:
        """Hand out nothing more; what was waiting."""
        with self._changed:
            self._closed = True
            waiting = tuple(one for group in self._waiting.values() for one in group.messages)
            self._waiting.clear()
            self._changed.notify_all()
            return waiting

    def _start(self, pipeline: str) -> Batch:
        batch = Batch(pipeline, tuple(self._waiting.pop(pipeline).messages))
        self._running[pipeline] = batch.messages
        return batch

    def _due(self, waiting: _Waiting) -> bool:
        now = self._clock()
        # With a full desk nothing more can arrive, so there is nothing to be quiet for.
        return (
            now - waiting.last >= self._quiet_s
            or now - waiting.first >= self._longest_wait_s
            or len(self._all()) >= self._most
        )

    def _all(self) -> list[Message]:
        groups: list[Sequence[Message]] = [one.messages for one in self._waiting.values()]
        return [message for group in (*groups, *self._running.values()) for message in group]
