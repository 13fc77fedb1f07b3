"""A second opinion on a wait: somebody who knows the thing that is waited for may say that it never becomes ready."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from runbook.engine.tasks import Procedure, Work
from runbook.errors import RunbookError


class NotReadyError(RunbookError):
    """A thing was made, but did not become what was declared within its bound."""


class Adviser(Protocol):
    """Asked while a step waits and when its wait has failed; both may read AWS, and hold a worker meanwhile."""

    def why_never(self, resource_id: str, waited: float) -> str:
        """Why a thing that is still pending after so many seconds never becomes ready; empty to go on waiting."""
        ...

    def explained(self, resource_id: str, error: RunbookError) -> RunbookError:
        """The error of a failed wait, with its cause when that is known; the same error when it is not."""
        ...


def doubt(adviser: Adviser | None, resource_id: str, waited: float) -> Procedure:
    """Ask why a thing never becomes ready.

    Returns
    -------
    str: the reason; empty when there is none, or nobody to ask.
    """
    if adviser is None:
        return ""
    return str((yield Work(partial(adviser.why_never, resource_id, waited))))


def explained(adviser: Adviser | None, resource_id: str, wait: Procedure) -> Procedure:
    """A wait whose failure is explained.

    Raises
    ------
    RunbookError: the explained one in place of a NotReadyError.
    """
    try:
        return (yield from wait)
    except NotReadyError as error:
        told = error if adviser is None else (yield Work(partial(adviser.explained, resource_id, error)))
        if told is error:
            raise
        raise told from error
