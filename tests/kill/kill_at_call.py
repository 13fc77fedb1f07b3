"""Ends a run before or after its calls of one operation, as if the process had died there."""

from __future__ import annotations

from typing import Any

from runbook.engine.performers import Performers


class KilledError(BaseException):
    """Stands for the end of the process."""


class KillAt:
    """Ends the run at the first call of an operation; after means that AWS has done it and nobody has recorded it."""

    def __init__(self, usual: Performers, operation: str, when: str) -> None:
        self._usual, self._operation, self._when = usual, operation, when

    def of(self, call: Any) -> Any:
        usual, when = self._usual.of(call), self._when
        if call.operation != self._operation:
            return usual

        class Killer:
            problems, permissions = usual.problems, usual.permissions

            def perform(self, call: Any, bench: Any) -> Any:
                if when == "after":
                    usual.perform(call, bench)
                raise KilledError

        return Killer()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._usual, name)
