"""The shape of a rule: one row that says where AWS differs from moto, what AWS does, and where that is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

Refuse = Callable[[WireCall, World], str | None]
"""Looks at a call before moto does; the text of the refusal, or None to let it pass."""

Reply = Callable[[WireCall, World], Mapping[str, Any] | None]
"""Answers instead of moto with an output in boto3's shape, or None to let moto answer."""

Complete = Callable[[WireCall, World], None]
"""Puts right what moto left out after it has done the call."""


@dataclass(frozen=True)
class Rule:
    """One difference between moto and AWS that the rehearsal closes; exactly one of the three functions is given."""

    service: str
    """boto3's name."""
    operations: tuple[str, ...]
    """AWS's names; `*` stands for every operation of the service."""
    gap: str
    """What moto does otherwise, in plain words: the row of the documentation page."""
    source: str
    """Where AWS's behaviour is written down."""
    code: str = ""
    """The AWS error code of a refusal."""
    status: int = 400
    refuse: Refuse | None = None
    reply: Reply | None = None
    complete: Complete | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("refuse", "reply", "complete") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a rule has exactly one function, this one has {given}: {self.gap}")
        if (self.refuse is not None) != bool(self.code):
            raise ValueError(f"a refusal has an error code and nothing else has: {self.gap}")

    def applies(self, service: str, operation: str) -> bool:
        """True when the rule is about this operation."""
        return service == self.service and ("*" in self.operations or operation in self.operations)
