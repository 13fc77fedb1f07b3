"""The words of the runbook as frozen data: calls, states, changes, plans, checks, sections. No I/O happens here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from runbook.calls import HIDDEN, Call, File, Json, Permission, Secret, canonical, digest, read_shown, shown
from runbook.checks import Check, CheckResult, Evidence, Finding, Outcome
from runbook.obstacle import Obstacle
from runbook.refs import UNKNOWN, Known, Unknown, escape, has_unknown, ref, references, same
from runbook.usage import CostLine, Usage

if TYPE_CHECKING:
    from runbook.settings import Deployment

__all__ = [
    "HIDDEN",
    "UNKNOWN",
    "Action",
    "Call",
    "CfnPart",
    "Change",
    "Check",
    "CheckResult",
    "Correction",
    "CostLine",
    "Difference",
    "Evidence",
    "File",
    "Finding",
    "Json",
    "Keep",
    "Known",
    "Outcome",
    "Permission",
    "ReadOnlyAws",
    "Resource",
    "Secret",
    "Section",
    "State",
    "Status",
    "Unknown",
    "Usage",
    "Wait",
    "canonical",
    "digest",
    "escape",
    "has_unknown",
    "read_shown",
    "ref",
    "references",
    "same",
    "shown",
]

Status = Literal["absent", "pending", "ready", "failed", "deleting"]
Action = Literal["create", "update", "replace", "delete", "adopt", "none"]
Keep = Literal["no", "data", "shared", "stack", "along"]
"""What is not removed when: `data` not without --delete-data, `shared` never, `stack` by a destroy and nothing else;
what goes `along` only tells about other things, and is removed with any of them."""

# -- what was found --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """What `look` found of one thing.

    Parameters
    ----------
    status: `absent` also stands for AWS's tombstones (a deleted NAT gateway, an INACTIVE service).
    settings: the settings that the kind compares, normalised by the kind.
    outputs: what others may refer to; `id` and `arn` are AWS's own identifiers.
    name: how AWS tells this thing from others of its kind; empty when absent.
    tags: the tags on it; None for things that cannot be tagged (they are ours when they point at something ours).
    foreign: entries of somebody else inside it, kept and shown, never a difference.
    reason: why it failed or what it waits for, in AWS's words.
    """

    status: Status
    settings: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    tags: Mapping[str, str] | None = None
    foreign: tuple[str, ...] = ()
    reason: str = ""

    ABSENT: ClassVar[State]

    @property
    def exists(self) -> bool:
        """Whether there is something in the account, in whatever condition."""
        return self.status != "absent"

    @property
    def id(self) -> str:
        """The karet:id it carries; empty when it carries none."""
        return (self.tags or {}).get("karet:id", "")

    @property
    def stack(self) -> str:
        """The karet:stack it carries; empty when it carries none."""
        return (self.tags or {}).get("karet:stack", "")

    @property
    def section(self) -> str:
        """The karet:section it carries; empty when it carries none."""
        return (self.tags or {}).get("karet:section", "")

    def fingerprint(self) -> str:
        """Hash of what a plan depends on: status, compared settings and outputs; nothing volatile."""
        return digest([self.status, shown(self.settings), shown(self.outputs), self.name])


State.ABSENT = State("absent")


class ReadOnlyAws(Protocol):
    """AWS for those who may only look: reads of one pass are coalesced, all pages are read."""

    @property
    def account(self) -> str: ...

    @property
    def region(self) -> str: ...

    @property
    def partition(self) -> str: ...

    def read(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        """The whole answer of one read operation; a parameter that is `UNKNOWN` means: there is nothing to find."""
        ...

    def find(self, service: str, operation: str, absent: Sequence[str], /, **params: Any) -> dict[str, Any] | None:
        """As `read`, but None when AWS answers with one of the codes in `absent`."""
        ...


@dataclass(frozen=True)
class Wait:
    """How to tell that a thing is ready: one read, repeated within bounds.

    Parameters
    ----------
    call: the read; its parameters may refer to the thing's own outputs.
    until: JMESPath over the answer that becomes true when the thing is ready.
    fails: JMESPath that gives the reason when it never will be; empty when there is no such state.
    what: what is being waited for, in words for a person.
    every_s, at_most_s, typical_s: seconds between reads, the bound, and what is usual.
    """

    call: Call
    until: str
    what: str
    fails: str = ""
    every_s: float = 5.0
    at_most_s: float = 600.0
    typical_s: float = 30.0


# -- what shall be done ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One setting that is declared other than it was found."""

    setting: str
    found: Any
    declared: Any


@dataclass(frozen=True)
class Change:
    """What the plan does about one thing, why, and with which calls.

    Parameters
    ----------
    id: the resource's id (for a stray: the karet:id it carries, or its name).
    step: unique in the plan; the id itself, or `id@name` for the old thing of a replacement and for strays.
    kind: the class of the resource.
    section: number of the section that declares it.
    calls: in order; empty exactly when the action is `none`.
    differences: for update, replace and adopt.
    stop: why the plan cannot be applied as it is (foreign, fixed), with the way out; empty when it can.
    found: what was there when the plan was made.
    obstacles: what of others is in the way of a removal, or goes along with it.
    needs: ids of resources that must be ready first.
    expected_s: seconds this usually takes, waits included.
    monthly_usd: price per month as declared; None while it is unknown.
    """

    id: str
    action: Action
    reason: str
    calls: tuple[Call, ...] = ()
    differences: tuple[Difference, ...] = ()
    stop: str = ""
    found: State = State.ABSENT
    obstacles: tuple[Obstacle, ...] = ()
    kind: str = ""
    section: int = 0
    step: str = ""
    needs: tuple[str, ...] = ()
    expected_s: float = 0.0
    monthly_usd: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        """The change as the contract gives it, and what is needed to read it back."""
        return {
            "id": self.id,
            "step": self.step or self.id,
            "kind": self.kind,
            "section": self.section,
            "action": self.action,
            "reason": self.reason,
            "calls": [call.as_json() for call in self.calls],
            "differences": [
                {"setting": d.setting, "found": shown(d.found), "declared": shown(d.declared)} for d in self.differences
            ],
            "stop": self.stop,
            "status": self.found.status,
            "name": self.found.name,
            "foreign": list(self.found.foreign),
            "obstacles": [one.as_json() for one in self.obstacles],
            "found": self.found.fingerprint(),
            "needs": list(self.needs),
            "expected_s": self.expected_s,
            "monthly_usd": None if self.monthly_usd is None else str(self.monthly_usd),
        }


# -- what it is in CloudFormation -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CfnPart:
    """The same thing in CloudFormation: type and properties, with references kept as references.

    Parameters
    ----------
    also: further things that CloudFormation cuts off from this one, by what their names end with.
    into: reference to another resource of the same type whose properties these are, where CloudFormation cuts less.
    """

    type: str
    properties: Mapping[str, Any]
    deletion_policy: Literal["Delete", "Retain"] = "Delete"
    also: Mapping[str, CfnPart] = field(default_factory=dict)
    into: str = ""


# -- the protocol ----------------------------------------------------------------------------------------------------


@runtime_checkable
class Resource(Protocol):
    """One thing that must exist (or, with `wanted=False`, must not); one kind in one file holds all of this."""

    @property
    def id(self) -> str: ...

    @property
    def section(self) -> int: ...

    @property
    def wanted(self) -> bool: ...

    @property
    def after(self) -> tuple[str, ...]: ...

    @property
    def keep(self) -> Keep: ...

    @property
    def consistent_s(self) -> float:
        """Seconds for which AWS may deny that a thing exists which was just made."""
        ...

    def look(self, aws: ReadOnlyAws, known: Known) -> State: ...

    def plan(self, state: State, known: Known) -> Change: ...

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """The calls that remove a found thing; from the state alone, so that strays can be removed too."""
        ...

    def ready(self) -> Wait | None: ...

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]: ...

    def cloudformation(self) -> CfnPart | None: ...

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]: ...


# -- sections ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Correction:
    """Where the runbook does something other than the source document, and why."""

    number: str
    """Section and running number, such as `2.3`."""
    document: str
    """What the document says."""
    runbook: str
    """What the runbook does."""
    reason: str
    source: str


def _no_resources(_: Deployment) -> Sequence[Resource]:
    return ()


def _no_checks(_: Deployment) -> Sequence[Check]:
    return ()


def _no_values(_: Deployment) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Section:
    """One chapter of the document: text for the reader, resources, checks.

    Parameters
    ----------
    number, name, title: `2`, `s3`, `S3 bucket`; number and name choose the section on the command line.
    resources, checks: made from the deployment, whose account is known by then.
    values: what fills the `{{name}}` places of the text.
    built: False while the runbook has the text of the section and nothing else.
    lines: first and last line of the source document that the section covers.
    """

    number: int
    name: str
    title: str
    text: str
    resources: Callable[[Deployment], Sequence[Resource]] = _no_resources
    checks: Callable[[Deployment], Sequence[Check]] = _no_checks
    values: Callable[[Deployment], Mapping[str, str]] = _no_values
    corrections: tuple[Correction, ...] = ()
    built: bool = True
    lines: tuple[int, int] = (0, 0)
