"""Kinds of things in the account in memory: one for each rule that kinds may follow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.calls import digest
from runbook.kinds.kind import Kind, Owner, choose
from runbook.model import UNKNOWN, Call, Json, Known, ReadOnlyAws, Secret, State, Wait, ref

STACK = "karet"


_MINE = Owner(STACK, 1)


def owner(section: int = 1, region: str = "", stack: str = STACK) -> Owner:
    return Owner(stack, section, region=region)


@dataclass(frozen=True, kw_only=True)
class Thing(Kind):
    """A thing with a fixed name, all of whose settings can be changed."""

    owner: Owner = _MINE
    name: str = ""
    color: str = ""
    parent: str = ""
    doc: Json | None = None
    secret: Secret | None = None
    shared: tuple[str, ...] = ()
    """Own entries of a list that others may add to."""

    taggable: ClassVar[bool] = True
    unique: ClassVar[bool] = True
    wait: ClassVar[float] = 0.0

    @property
    def aws_name(self) -> str:
        return self.name or self.id.replace(".", "-")

    def settings(self) -> Mapping[str, Any]:
        given = {"color": self.color, "parent": self.parent, "doc": self.doc, "shared": sorted(self.shared)}
        return {name: value for name, value in given.items() if value}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        return next((one for one in self._all(aws) if one.name == self.aws_name), State.ABSENT)

    @classmethod
    def _all(cls, aws: ReadOnlyAws) -> list[State]:
        listed = aws.read("memory", "ListThings", Type=cls.__name__)["Things"]
        return [cls._state(one) for one in listed if one["Status"] != "deleted"]

    @classmethod
    def _state(cls, one: Mapping[str, Any]) -> State:
        # A kind never reads a secret back: what is found is shown and recorded.
        settings = {name: value for name, value in one["Settings"].items() if name not in ("secret", "sealed")}
        if "doc" in settings:
            settings["doc"] = Json(json.loads(settings["doc"]))
        foreign = tuple(entry for entry in settings.get("shared", ()) if entry.startswith("theirs"))
        if "shared" in settings:
            settings["shared"] = [entry for entry in settings["shared"] if entry not in foreign]
        outputs = {"id": one["Id"], "name": one["Name"], "arn": f"arn:memory:{one['Id']}"}
        return State(one["Status"], settings, outputs, one["Name"], one["Tags"], foreign, one["Reason"])

    def create(self, state: State) -> list[Call]:
        sent = dict(self.settings())
        if self.secret:
            sent |= {"secret": self.secret, "sealed": Json({"password": self.secret})}
        params = {
            "Type": type(self).__name__,
            "Name": self.aws_name,
            "Unique": self.unique,
            "Settings": sent,
            "Tags": self.tags if self.taggable else None,
        }
        return [Call("memory", "CreateThing", params, keep={"id": "Id"}, token="Token", on=f"thing/{self.aws_name}")]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        new = {name: value for name, value in self.settings().items() if name in changed}
        if "shared" in new:
            new["shared"] = [*new["shared"], *state.foreign]
        return [self._call("UpdateThing", state, Settings=new)]

    def tagging(self, state: State) -> list[Call]:
        return [self._call("TagThing", state, Tags=self.tags)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        return [cls._call("DeleteThing", state)]

    @classmethod
    def _call(cls, operation: str, state: State, **params: Any) -> Call:
        done = ("ThingNotFound",) if operation == "DeleteThing" else ()
        return Call("memory", operation, {"Type": cls.__name__, "Name": state.name, **params}, done=done)

    def ready(self) -> Wait | None:
        if not self.wait:
            return None
        read = Call("memory", "GetThing", {"Id": ref(self.id, "id")})
        return Wait(read, "Status=='ready'", f"{self.id} to be ready", fails="Reason", at_most_s=self.wait)

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        return [one for one in cls._all(aws) if one.stack == stack]


@dataclass(frozen=True, kw_only=True)
class Slow(Thing):
    """A thing that is waited for with a read of its own."""

    wait: ClassVar[float] = 120.0


@dataclass(frozen=True, kw_only=True)
class Hashed(Thing):
    """A thing whose name carries a hash of what cannot change."""

    size: int = 1
    immutable: ClassVar[frozenset[str]] = frozenset({"size"})

    @property
    def aws_name(self) -> str:
        return f"{super().aws_name}-{digest(self.size)[:6]}"

    def settings(self) -> Mapping[str, Any]:
        return {**super().settings(), "size": self.size}


@dataclass(frozen=True, kw_only=True)
class Tagged(Thing):
    """A thing without a name of our choice: found by its tag; a size or another parent is another thing."""

    size: int = 1
    immutable: ClassVar[frozenset[str]] = frozenset({"size", "parent"})
    unique: ClassVar[bool] = False

    def settings(self) -> Mapping[str, Any]:
        return {**super().settings(), "size": self.size}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        mine = [one for one in self._all(aws) if (one.stack, one.id) == (self.owner.stack, self.id)]
        return choose(self, mine, known)


@dataclass(frozen=True, kw_only=True)
class Single(Thing):
    """A thing of which two cannot exist side by side."""

    size: int = 1
    immutable: ClassVar[frozenset[str]] = frozenset({"size"})
    one_at_a_time: ClassVar[bool] = True

    def settings(self) -> Mapping[str, Any]:
        return {**super().settings(), "size": self.size}


@dataclass(frozen=True, kw_only=True)
class Fixed(Thing):
    """A thing with a setting that may not change on a live stack."""

    fixed: ClassVar[Mapping[str, str]] = {"color": "everything in it would be lost; make a new stack"}


@dataclass(frozen=True, kw_only=True)
class Part(Thing):
    """A thing that cannot be tagged: it is ours when its parent is; found through its parent."""

    taggable: ClassVar[bool] = False

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        parent = known.value(self.parent)
        if parent is UNKNOWN:
            return State.ABSENT
        mine = [one for one in self._all(aws) if one.settings.get("parent") == parent]
        return next((one for one in mine if one.name == self.aws_name), State.ABSENT)

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        ours = {one.outputs["id"] for kind in KINDS.values() if kind is not cls for one in kind.strays(aws, stack)}
        return [one for one in cls._all(aws) if one.settings.get("parent") in ours]


@dataclass(frozen=True, kw_only=True)
class TwoStep(Thing):
    """A thing whose document is put on it with a second call."""

    def create(self, state: State) -> list[Call]:
        first = super().create(state)[0]
        bare = {name: value for name, value in self.settings().items() if name != "doc"}
        made = Call("memory", "CreateThing", {**first.params, "Settings": bare}, keep=first.keep, token=first.token)
        state = State("ready", name=self.aws_name)
        return [made, self._call("UpdateThing", state, Settings={"doc": self.doc})]


KINDS: dict[str, type[Thing]] = {
    kind.__name__: kind for kind in (Thing, Slow, Hashed, Tagged, Single, Fixed, Part, TwoStep)
}
