"""What all kinds share: identity, tags, and the one decision between what is declared and what was found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from runbook.errors import DuplicateError
from runbook.model import (
    Call,
    CfnPart,
    Change,
    CostLine,
    Difference,
    Keep,
    Known,
    ReadOnlyAws,
    State,
    Usage,
    Wait,
    has_unknown,
    same,
)
from runbook.obstacle import Obstacle, goes_along

STACK, SECTION, ID, REGION = "karet:stack", "karet:section", "karet:id", "karet:region"


@dataclass(frozen=True)
class Owner:
    """Whose a thing is: the stack and the section that declare it, and the operator's own tags.

    Parameters
    ----------
    region: set for things that are global in AWS (roles, bucket names): another region may not take them over.
    """

    stack: str
    section: int
    region: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Loop:
    """A loop of calls that is one Call of the service `bulk`, such as emptying a bucket.

    Parameters
    ----------
    run: does it: gets the parameters and the means to read, send, and note each page.
    params: names of the parameters it takes, all required.
    permissions: IAM actions it needs.
    """

    run: Callable[[Mapping[str, Any], Any], dict[str, Any]]
    params: tuple[str, ...]
    permissions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Kind(ABC):
    """One thing in AWS, declared.

    A concrete kind gives: `settings`, `look`, `create`, `update`, `undo`, and where AWS has them `tagging`, `ready`,
    `cost`, `cloudformation`, `strays`. The decision between declared and found is made here, once for all kinds.
    """

    id: str
    owner: Owner
    wanted: bool = True
    after: tuple[str, ...] = ()
    keep: Keep = "no"

    consistent_s: ClassVar[float] = 30.0
    """Seconds for which AWS may deny that a thing exists which was just made."""
    typical_s: ClassVar[float] = 1.0
    """Seconds that creating one usually takes, waits included."""
    update_s: ClassVar[float] = 1.0
    """Seconds that changing one usually takes, waits included."""
    removal_s: ClassVar[float] = 1.0
    """Seconds until one is usually gone."""
    immutable: ClassVar[frozenset[str]] = frozenset()
    """Settings that AWS cannot change: another value means another thing."""
    fixed: ClassVar[Mapping[str, str]] = {}
    """Settings that may not change on a live stack: setting -> the reason and the way."""
    one_at_a_time: ClassVar[bool] = False
    """Two of them cannot exist side by side, so a replacement deletes the old one first."""
    loops: ClassVar[Mapping[str, Loop]] = {}
    """Operations of the service `bulk` that this kind brings."""

    @property
    def section(self) -> int:
        """Number of the section that declares it."""
        return self.owner.section

    @property
    def tags(self) -> dict[str, str]:
        """The tags that say whose it is, and the operator's own."""
        mine = {STACK: self.owner.stack, SECTION: str(self.owner.section), ID: self.id}
        if self.owner.region:
            mine[REGION] = self.owner.region
        return {**self.owner.tags, **mine}

    def tag_list(self, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
        """The tags as the list of pairs that most AWS operations take."""
        return [{key: name, value: text} for name, text in sorted(self.tags.items())]

    # -- what a concrete kind gives ----------------------------------------------------------------------------------

    def settings(self) -> Mapping[str, Any]:
        """The declared settings, named and shaped as `look` gives the found ones; strings may hold references."""
        return {}

    @abstractmethod
    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """What exists now."""

    @abstractmethod
    def create(self, state: State) -> list[Call]:
        """The calls that make it; the state tells what of others is there already, where one call replaces all."""

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """The calls that bring the named settings of the found thing to what is declared."""
        raise TypeError(f"{type(self).__name__} does not say how to change {', '.join(sorted(changed))}")

    def tagging(self, state: State) -> list[Call]:
        """The calls that put our tags on the found thing."""
        raise TypeError(f"{type(self).__name__} does not say how to tag it")

    @classmethod
    @abstractmethod
    def undo(cls, state: State) -> list[Call]:
        """The calls that remove a found thing, from what was found alone."""

    @classmethod
    def goes_with(cls, aws: ReadOnlyAws, state: State) -> Iterable[str]:
        """What else in AWS is told by its identifiers to belong to a found thing, and goes when it goes."""
        return [state.outputs[name] for name in ("id", "arn") if state.outputs.get(name)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """What of others makes AWS refuse to remove a found thing, or goes along with it.

        Parameters
        ----------
        going: whether a text names something that is removed in the same plan.
        """
        return [goes_along(entry) for entry in state.foreign]

    def ready(self) -> Wait | None:
        """How to tell that it is ready; None when it is ready as soon as it exists."""
        return None

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """What it costs, as declared or as found."""
        return ()

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """What a found thing costs, from what was found alone, so that strays can be priced too."""
        return ()

    def cloudformation(self) -> CfnPart | None:
        """The same thing in CloudFormation; None where CloudFormation has no such type."""
        return None

    @classmethod
    def keeps(cls) -> Keep:
        """What becomes of a thing of this kind that nothing declares any more."""
        return cls.keep

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Everything of this kind that belongs to the stack."""
        return ()

    # -- the decision --------------------------------------------------------------------------------------------------

    def plan(self, state: State, known: Known) -> Change:
        """What to do about the found thing: pure, the same answer for the same input."""
        if not self.wanted:
            return self._unwanted(state)
        if not state.exists:
            return self._change("create", "does not exist", self.create(state), state)
        if elsewhere := self._elsewhere(state):
            return self._stopped(state, (), elsewhere)
        if state.status == "deleting":
            return self._change("create", "is being deleted; waits until it is gone", self.create(state), state)
        if self._foreign(state):
            return self._adopt(state, known)
        if state.status == "failed":
            calls = [*self.undo(state), *self.create(state)] if self.one_at_a_time else self.create(state)
            return self._change("replace", f"failed: {state.reason or 'AWS gives no reason'}", calls, state)
        return self._compare(state, self._differences(state, known))

    def _unwanted(self, state: State) -> Change:
        if not state.exists:
            return self._change("none", "is not wanted and does not exist", [], state)
        if self._foreign(state):
            return self._change("none", "is not wanted, but what exists is not ours", [], state)
        if elsewhere := self._elsewhere(state):
            return self._change("none", f"is not wanted here, but {elsewhere}", [], state)
        why = "is being deleted; waits until it is gone" if state.status == "deleting" else "is no longer wanted"
        return self._change("delete", why, self.undo(state), state)

    def _foreign(self, state: State) -> bool:
        return state.tags is not None and state.tags.get(STACK) != self.owner.stack

    def _elsewhere(self, state: State) -> str:
        """That a global thing belongs to this stack in another region; empty when it does not."""
        region = (state.tags or {}).get(REGION, "")
        if not self.owner.region or not region or region == self.owner.region or self._foreign(state):
            return ""
        return (
            f"{state.name} belongs to this stack in {region}; a stack lives in one region. "
            f"Use region {region}, or another stack name for {self.owner.region}."
        )

    def _adopt(self, state: State, known: Known) -> Change:
        owner = (state.tags or {}).get(STACK)
        whose = f"belongs to the stack {owner}" if owner else "does not carry our tags"
        differences = self._differences(state, known)
        change = self._compare(state, differences)
        refused = change.stop
        if state.status == "failed":
            refused = f"{state.name} exists, {whose}, and has failed; remove it, or choose another name"
        elif change.action == "replace":
            refused = f"{state.name} exists, {whose}, and would have to be replaced; choose another name"
        return Change(
            id=self.id,
            action="adopt",
            reason=f"{state.name} exists and {whose}",
            calls=() if refused else (*self.tagging(state), *change.calls),
            differences=(*differences, self._tags_difference(state, self._wrong_tags(state))),
            stop=refused,
            found=state,
            expected_s=1.0,
        )

    def _wrong_tags(self, state: State) -> dict[str, str]:
        if state.tags is None:
            return {}
        return {name: text for name, text in self.tags.items() if state.tags.get(name) != text}

    def _tags_difference(self, state: State, wrong: Mapping[str, str]) -> Difference:
        return Difference("tags", {name: (state.tags or {}).get(name) for name in wrong}, dict(wrong))

    def _differences(self, state: State, known: Known) -> tuple[Difference, ...]:
        declared = known.value(dict(self.settings()))
        return tuple(
            Difference(name, state.settings.get(name), value)
            for name, value in declared.items()
            if not same(value, state.settings.get(name))
        )

    def _compare(self, state: State, differences: tuple[Difference, ...]) -> Change:
        names = frozenset(difference.setting for difference in differences)
        for name in sorted(names & self.fixed.keys()):
            return self._stopped(state, differences, f"{name} cannot change on a live stack: {self.fixed[name]}")
        if names & self.immutable:
            reason = f"{_named(names & self.immutable)} cannot be changed in place"
            calls = [*self.undo(state), *self.create(state)] if self.one_at_a_time else self.create(state)
            return self._change("replace", reason, calls, state, differences)
        calls = self.update(names, state) if names else []
        wrong_tags = self._wrong_tags(state)
        if wrong_tags and not self._foreign(state):
            calls = [*self.tagging(state), *calls]
            differences = (*differences, self._tags_difference(state, wrong_tags))
        if not calls:
            return self._change(
                "none", "is as declared" if state.status == "ready" else f"is {state.status}", [], state
            )
        names = frozenset(difference.setting for difference in differences)
        return self._change(
            "update", f"{_named(names)} {'differ' if len(names) > 1 else 'differs'}", calls, state, differences
        )

    def _stopped(self, state: State, differences: tuple[Difference, ...], why: str) -> Change:
        return Change(id=self.id, action="update", reason=why, stop=why, differences=differences, found=state)

    def _change(
        self,
        action: Any,
        reason: str,
        calls: Sequence[Call],
        state: State,
        differences: tuple[Difference, ...] = (),
    ) -> Change:
        return Change(
            id=self.id,
            action=action,
            reason=reason,
            calls=tuple(calls),
            differences=differences,
            found=state,
            expected_s=self._expected(action),
        )

    def _expected(self, action: str) -> float:
        if action not in ("create", "replace"):
            return 0.0 if action == "none" else self.update_s
        wait = self.ready()
        return wait.typical_s if wait else self.typical_s


def _named(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def choose(resource: Kind, found: Sequence[State], known: Known) -> State:
    """The one thing that a resource means, of those that carry its karet:id.

    A failed one beside a good one, and an old one beside the one that replaces it, are strays; two good ones are an
    error, because the runbook cannot know which is in use.

    Raises
    ------
    DuplicateError: two or more of them could be meant.
    """
    alive = sorted((state for state in found if state.status in ("ready", "pending")), key=lambda state: state.name)
    if not alive:
        # A failed one is replaced at once; one that is being deleted would be waited for.
        rest = sorted(found, key=lambda state: (state.status != "failed", state.name))
        return rest[0] if rest else State.ABSENT
    if len(alive) == 1:
        return alive[0]
    declared = known.value({name: value for name, value in resource.settings().items() if name in resource.immutable})
    if has_unknown(declared):
        # Whatever the value turns out to be, none of these has it: all are replaced, and the others go as strays.
        return alive[0]
    exact = [state for state in alive if all(same(value, state.settings.get(name)) for name, value in declared.items())]
    if len(exact) != 1 or not declared:
        raise DuplicateError(resource.id, [state.name for state in alive])
    return exact[0]
