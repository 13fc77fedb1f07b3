"""When an app has nothing left to do: asked of its parts, instead of guessed from the processor time as Textual does.

Textual's own wait looks whether the process computes little for 20 ms. A busy machine gives it no processor time, and
it takes that for rest: keys are then pressed, and screens read, before the ones before have had their effect.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from textual._context import active_app
from textual.app import App
from textual.message_pump import MessagePump

_MOST_S = 30.0
_MOST_OF_THREADS_S = 300.0

_LOOKS = 6
"""In a row, a turn of the loop between them: a key takes three turns from the driver to the queue of the app."""


async def at_rest(app: App[Any]) -> None:
    """Wait until every part of the app waits for its next message, and its picture is drawn.

    Threads may still work, and timers run; what they tell comes later.

    Raises
    ------
    AssertionError: the app is still busy after half a minute.
    """
    until = monotonic() + _MOST_S
    calm, busy = 0, ""
    while calm < _LOOKS:
        await asyncio.sleep(0.001 if busy else 0)
        busy = _busy(app)
        calm = 0 if busy else calm + 1
        if busy and monotonic() > until:
            raise AssertionError(f"the app has no rest: {busy}")


async def threads_over(app: App[Any]) -> None:
    """Wait until no thread works for the app, and it is at rest.

    Raises
    ------
    AssertionError: a thread still works after some minutes.
    """
    until = monotonic() + _MOST_OF_THREADS_S
    while True:
        # Not Textual's own wait, which fails when a thread was cancelled because a newer one took its place.
        # Asked before and after: what a thread tells at its end is handled then, and has begun no other.
        over = all(worker.is_finished for worker in app.workers)
        await at_rest(app)
        if over and all(worker.is_finished for worker in app.workers):
            return
        if monotonic() > until:
            raise AssertionError(f"threads of the app do not end: {list(app.workers)}")
        await asyncio.sleep(0.002)


async def active_at_rest(*_: float) -> None:
    """The same for the app under test, in place of Textual's guess."""
    await at_rest(active_app.get())


def _busy(app: App[Any]) -> str:
    """The first part that has something to do; empty at rest."""
    if app._exit or app._exception is not None:
        return ""
    for part in (app, *app._registry):
        if not part._closed and not _waits(part):
            return repr(part)
    if app._resize_event is not None:
        return "a new size"
    if not app.screen_stack:
        return ""
    screen = app.screen
    to_draw = screen._dirty_widgets or screen._layout_required or screen._scroll_required or screen._repaint_required
    if to_draw or screen._callbacks:
        return f"the picture of {screen!r}"
    return "something that slides" if app.animator._animations or app.animator._scheduled else ""


def _waits(part: MessagePump) -> bool:
    """Whether it has handled all its messages: only then does it wait at its queue."""
    queue: Any = part._message_queue
    return queue.empty() and any(not waiting.done() for waiting in queue.ready_event._waiters)
