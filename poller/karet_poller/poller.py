"""The poller as a whole: a receiver, some runners and a keeper of leases, until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Final

from karet_poller.desk import Desk
from karet_poller.layout import Layout
from karet_poller.log import say
from karet_poller.messages import BrokenMessageError, Message, uploads
from karet_poller.runs import Runs
from karet_poller.settings import Settings
from karet_poller.sqs_queue import FAILURES, SqsQueue
from karet_poller.worker import Worker

_LONGEST_PAUSE_S: Final = 30.0
_BEATS: Final = 3
"""Renewals within one lease, so that one that fails is made good by the next."""


class Poller:
    """Runs until `stop` is called; `run` returns when everything is finished or handed back."""

    def __init__(
        self, settings: Settings, queue: SqsQueue, clock: Callable[[], float], tell: Callable[..., None] = say
    ) -> None:
        self._settings, self._queue, self._clock, self._say = settings, queue, clock, tell
        self._layout = Layout(settings.layout)
        self._desk = Desk(
            quiet_s=settings.quiet_s, longest_wait_s=settings.longest_wait_s, most=settings.held, clock=clock
        )
        self._stopping, self._over = Event(), Event()
        self._runs = Runs(settings, queue, Worker(settings), self._stopping, clock, self._desk.released, tell)

    def stop(self) -> None:
        """Take nothing more, begin nothing more."""
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped."""
        self._say("started", region=self._settings.region, path=self._settings.path, jobs=self._settings.jobs)
        runners = [Thread(target=self._run_batches, name=f"runner-{at}") for at in range(self._settings.jobs)]
        keeper = Thread(target=self._keep_leases, name="keeper")
        for thread in (*runners, keeper):
            # A call of the worker that does not end must not keep the process from ending.
            thread.daemon = True
            thread.start()
        self._receive_until_stopped()
        self._hand_back("waiting", self._desk.close())
        end = self._clock() + self._settings.stop_s
        for runner in runners:
            runner.join(max(end - self._clock(), 0.0))
        self._over.set()
        keeper.join(self._settings.lease_s)
        self._hand_back("unfinished", self._desk.held())
        self._say("stopped")

    # -- the three loops ---------------------------------------------------------------------------------------------

    def _receive_until_stopped(self) -> None:
        pause = 1.0
        while not self._stopping.is_set():
            self._beat()
            room = self._desk.room()
            if not room:
                self._desk.wait_for_room(1.0)
                continue
            try:
                received = self._queue.receive(room)
            except FAILURES as error:
                self._say("not received", why=type(error).__name__)
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                continue
            pause = 1.0
            for message, body in received:
                self._sort(message, body)

    def _run_batches(self) -> None:
        while (batch := self._desk.next_due()) is not None:
            try:
                self._runs.carry_out(batch)
            except Exception as error:  # noqa: BLE001 - one run must not take the runner away from all others; its messages come back
                self._say("run broke off", pipeline=batch.pipeline, why=type(error).__name__)
            finally:
                self._desk.finished(batch)

    def _keep_leases(self) -> None:
        while not self._over.wait(self._settings.lease_s / _BEATS):
            held = self._desk.held()
            try:
                lost = self._queue.hide(held, self._settings.lease_s)
            except FAILURES as error:
                self._say("leases not renewed", messages=len(held), why=type(error).__name__)
                continue
            if lost:
                # Those that were deleted or handed back a moment ago are among them, which does no harm.
                self._say("some leases not renewed", messages=lost)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _sort(self, message: Message, body: str) -> None:
        """A message onto the desk; S3's test message is dropped, a broken one goes back and ends as dead letter."""
        try:
            records, keys = uploads(body)
        except BrokenMessageError as error:
            self._say("broken message", message=message.id, receives=message.receives, why=str(error))
            self._hand_back("broken", (message,))
            return
        if not records:
            self._drop(message)
            return
        prefixes = {self._layout.prefix_of(key) for key in keys}
        # S3 writes one record a message; one with several pipelines is handled as if it named none.
        pipeline = prefixes.pop() if len(prefixes) == 1 else ""
        self._desk.put(pipeline, replace(message, records=records, keys=keys))

    def _drop(self, message: Message) -> None:
        try:
            self._queue.delete([message])
        except FAILURES as error:
            self._say("not deleted", message=message.id, why=type(error).__name__)
            return
        self._say("dropped", message=message.id, why="nothing was uploaded")

    def _hand_back(self, what: str, messages: tuple[Message, ...]) -> None:
        if not messages:
            return
        try:
            self._queue.hide(messages, 0)
        except FAILURES as error:
            # They come back by themselves when their lease ends.
            self._say("not handed back", messages=len(messages), what=what, why=type(error).__name__)
            return
        self._say("handed back", messages=len(messages), what=what)

    def _beat(self) -> None:
        """Leave a sign of life for the health command."""
        Path(self._settings.health_file).touch()
