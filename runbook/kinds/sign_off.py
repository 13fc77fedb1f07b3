"""Systems Manager: a person's signature under a statement, kept in the account for all to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runbook.kinds.ssm import SIGNED, Parameter, parameters_of
from runbook.model import Keep, ReadOnlyAws, State


@dataclass(frozen=True, kw_only=True)
class SignedStatement(Parameter):
    """A parameter that nothing declares but the act of signing: apply leaves it alone, destroy removes it."""

    keep: Keep = "stack"

    def cloudformation(self) -> None:
        """None: a template cannot sign."""

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Every signature of the stack."""
        return parameters_of(aws, stack, lambda name: name.startswith(f"/{stack}/{SIGNED}/"))
