"""What of others a removal meets: AWS refuses because of it, or it goes along for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Effect = Literal["blocks", "goes along", "unknown"]


@dataclass(frozen=True)
class Obstacle:
    """Something that is no part of the runbook's own and is there before a removal.

    Parameters
    ----------
    what: in words, with AWS's own identifiers.
    effect: `blocks`: AWS refuses the removal while it is there; `goes along`: it is removed together with the thing;
        `unknown`: nobody could look.
    """

    what: str
    effect: Effect

    def as_json(self) -> dict[str, Any]:
        """As the plan gives it."""
        return {"what": self.what, "effect": self.effect}


def blocks(what: str) -> Obstacle:
    """Something that makes AWS refuse the removal."""
    return Obstacle(what, "blocks")


def goes_along(what: str) -> Obstacle:
    """Something that is removed together with the thing."""
    return Obstacle(what, "goes along")
