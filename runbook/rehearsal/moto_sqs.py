"""moto's queues, changed so that sending, receiving and deleting cost the same however many messages wait.

moto 5.2.5, probed: each send counts all messages of the queue three times, each receive lists all that can be seen, and
each deletion writes the whole list anew. What a caller sees stays as it was: the order, the visibility time-out, the
receive count with its dead letters, the long poll.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from moto.core.utils import unix_time_millis
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend

_add = Queue.add_message
_change_visibility = SQSBackend.change_message_visibility


@functools.cache
def install() -> None:
    """Change moto's classes, once in a process."""
    changed: dict[str, Any] = {
        "messages": property(_can_be_seen),
        "wait_for_messages": _wait,
        "approximate_number_of_messages": property(_number),
        "approximate_number_of_messages_not_visible": property(_hidden),
        "approximate_number_of_messages_delayed": property(lambda queue: len(_delayed(queue))),
        "add_message": _add_message,
        "delete_message": _delete,
    }
    for name, new in changed.items():
        setattr(Queue, name, new)
    setattr(SQSBackend, "change_message_visibility", _change)  # noqa: B010 - mypy forbids the assignment


def _can_be_seen(queue: Any) -> Iterator[Message]:
    """One by one, since a receive takes ten at most; what is in flight stands at the front and is passed by."""
    now = unix_time_millis()
    return (one for one in queue._messages if one.visible_at < now and one.delayed_until <= now)


def _wait(queue: Any, timeout: int) -> None:
    with queue._messages_lock:
        queue._messages_lock.wait_for(lambda: next(_can_be_seen(queue), None) is not None, timeout=timeout)


def _number(queue: Any) -> int:
    return len(queue._messages) - _hidden(queue) - len(_delayed(queue))


def _hidden(queue: Any) -> int:
    """What was received and not given back; only those that moto calls pending can be hidden."""
    now = unix_time_millis()
    return sum(one.visible_at >= now for one in list(queue._pending_messages))


def _delayed(queue: Any) -> list[Message]:
    """Those that were sent for later and whose time has not come; most queues never have any."""
    now, purged = unix_time_millis(), (queue.last_purged_at or 0) * 1000
    later = [one for one in vars(queue).get("_later", ()) if one.delayed_until > now and one.sent_timestamp >= purged]
    if later or "_later" in vars(queue):
        queue._later = later
    return later


def _add_message(queue: Any, message: Any) -> None:
    _add(queue, message)
    if message.delayed_until:
        queue._later = [*_delayed(queue), message]


def _found(queue: Any, handle: str) -> Message | None:
    """The message that has or had a receipt handle, looked for among those in flight first."""
    for one in list(queue._pending_messages):
        if one.receipt_handle == handle:
            found: Message = one
            return found
    return next((one for one in queue._messages if one.had_receipt_handle(handle)), None)


def _delete(queue: Any, handle: str) -> None:
    if handle in queue.deleted_messages:
        return
    message = _found(queue, handle)
    if message is None:
        raise ReceiptHandleIsInvalid()
    queue.pending_messages.discard(message)
    queue.deleted_messages.update(message.all_receipt_handles)
    # In place: a receive that runs beside this may take a dead letter out of the same list.
    if message in queue._messages:
        queue._messages.remove(message)


def _change(backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
    _change_visibility(backend, queue_name, receipt_handle, visibility_timeout)
    queue = backend.get_queue(queue_name)
    message = _found(queue, receipt_handle)
    if message is not None and not message.visible:
        queue.pending_messages.add(message)
