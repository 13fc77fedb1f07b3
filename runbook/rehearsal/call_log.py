"""What was asked over the wire: a bounded list of calls, so that a test can count the writes and a report the reads."""

from __future__ import annotations

from collections import deque
from threading import Lock

MAX_CALLS = 20_000
"""A rehearsal of all thirteen sections makes some hundreds of calls; beyond this the oldest are dropped."""

Entry = dict[str, str | int]


class CallLog:
    """Remembers the last calls: number, service, operation, region, status, error code and fault."""

    def __init__(self, limit: int = MAX_CALLS) -> None:
        self._lock = Lock()
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._count = 0

    def add(self, *, service: str, operation: str, region: str, status: int, code: str, fault: str) -> None:
        """Note one call; status 0 means that the caller got no answer."""
        with self._lock:
            self._count += 1
            self._entries.append(
                {
                    "number": self._count,
                    "service": service,
                    "operation": operation,
                    "region": region,
                    "status": status,
                    "code": code,
                    "fault": fault,
                }
            )

    def entries(self) -> list[Entry]:
        """The calls that are still remembered, oldest first."""
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forget all calls and count from one again."""
        with self._lock:
            self._entries.clear()
            self._count = 0
