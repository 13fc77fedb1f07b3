"""One run of a pipeline: call the worker, find the message that it cannot take, delete last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event
from typing import Final

from karet_poller.desk import Batch
from karet_poller.log import say
from karet_poller.messages import Message, probed
from karet_poller.settings import Settings
from karet_poller.sqs_queue import FAILURES, SqsQueue
from karet_poller.worker import Answer, Worker

LONGEST_RETRY_S: Final = 900.0
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 15.0


class Runs:
    """Carries batches out; each in the thread that asks.

    Parameters
    ----------
    stopping: set when no new call of the worker may begin.
    release: told which messages of a batch are dealt with, so that nobody renews their lease.
    tell: writes a line of the log.
    """

    def __init__(
        self,
        settings: Settings,
        queue: SqsQueue,
        worker: Worker,
        stopping: Event,
        clock: Callable[[], float],
        release: Callable[[Batch, Sequence[Message]], None],
        tell: Callable[..., None] = say,
    ) -> None:
        self._settings, self._queue, self._worker = settings, queue, worker
        self._stopping, self._clock, self._release, self._say = stopping, clock, release, tell

    def carry_out(self, batch: Batch) -> None:
        """Call the worker for a batch; what is done is deleted, what is not goes back into the queue.

        A batch that the worker refuses is halved until the message stands alone that it cannot take; that one goes
        back with a pause, and SQS moves it to the dead-letter queue when it has come too often. The body that names
        only the pipeline is the same for every half, so such a batch goes back as a whole.
        """
        parts: list[tuple[Message, ...]] = [batch.messages]
        while parts:
            part = parts.pop(0)
            answer = self._answer(batch.pipeline, part)
            if answer.outcome == "done":
                # Released first: a lease that is renewed after the deletion would be one that SQS complains about.
                self._release(batch, part)
                self._delete(batch.pipeline, part)
            elif answer.outcome in ("refused", "cut") and len(part) > 1 and self._settings.body == "records":
                middle = len(part) // 2
                parts[:0] = [part[:middle], part[middle:]]
            else:
                self._release(batch, part)
                self._back(batch.pipeline, part, answer)

    def _answer(self, pipeline: str, part: tuple[Message, ...]) -> Answer:
        """The worker's answer; a worker that nobody reaches, such as one that restarts, is waited for."""
        began, pause = self._clock(), _FIRST_PAUSE_S
        while not self._stopping.is_set():
            answer = self._worker.call(pipeline, part)
            if answer.outcome != "absent" or self._clock() - began > self._settings.unreachable_s:
                return answer
            self._say("worker not reached", pipeline=pipeline, why=answer.why)
            self._stopping.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)
        return Answer("absent", "the poller stops")

    def _delete(self, pipeline: str, part: tuple[Message, ...]) -> None:
        try:
            failed = self._queue.delete(part)
        except FAILURES as error:
            # The work is done and its messages come back: the worker hears of them twice, which it has to bear anyway.
            self._say("not deleted", pipeline=pipeline, messages=len(part), why=type(error).__name__)
            return
        self._say("done", pipeline=pipeline, messages=len(part), not_deleted=failed, **probed(part))

    def _back(self, pipeline: str, part: tuple[Message, ...], answer: Answer) -> None:
        for message in part:
            pause = min(self._settings.retry_s * 2 ** (message.receives - 1), LONGEST_RETRY_S)
            seconds = 0.0 if answer.outcome == "absent" else pause
            try:
                self._queue.hide([message], seconds)
            except FAILURES as error:
                self._say("not handed back", pipeline=pipeline, message=message.id, why=type(error).__name__)
                continue
            self._say(
                "handed back",
                pipeline=pipeline,
                message=message.id,
                receives=message.receives,
                why=answer.why,
                **probed([message]),
            )
