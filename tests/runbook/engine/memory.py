"""An account in memory behind the `Aws` protocol: things of several kinds, with the moods that AWS has."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runbook.aws.reads import Reads
from runbook.aws.session import Identity
from runbook.engine.clock import FakeClock
from runbook.engine.performers import AwsPerformer
from runbook.errors import AwsError
from runbook.model import Call

ACCOUNT, REGION = "123456789012", "eu-central-1"
CHANGES = ("CreateThing", "UpdateThing", "TagThing", "DeleteThing")
_GONE = "ThingNotFound"


class KilledError(BaseException):
    """The process died here."""


def refusal(code: str, operation: str = "CreateThing", *, status: int = 400, text: str = "no") -> AwsError:
    return AwsError(text, service="memory", operation=operation, code=code, status=status, request_id="req-no")


@dataclass
class Fault:
    """An error for the next `times` calls of an operation, before or after the call has its effect."""

    operation: str
    error: BaseException
    times: int = 1
    after: bool = False
    name: str = ""

    def hits(self, operation: str, params: Mapping[str, Any]) -> bool:
        return self.times > 0 and operation == self.operation and self.name in ("", params.get("Name", ""))


@dataclass
class Stored:
    """One thing as the account has it."""

    type: str
    id: str
    name: str
    settings: dict[str, Any]
    tags: dict[str, str] | None
    visible_at: float = 0.0
    tagged_at: float = 0.0
    ready_at: float = 0.0
    gone_at: float | None = None
    reason: str = ""


@dataclass
class Moods:
    """How the account behaves."""

    visible_after_s: float = 0.0
    tagged_after_s: float = 0.0
    """Until then a new thing is shown without its tags."""
    pending_s: float = 0.0
    deleting_s: float = 0.0
    fails: frozenset[str] = frozenset()
    """Names that end as failed."""
    tombstones: bool = False
    """Go on listing what is gone, as deleted, as AWS does with NAT gateways and services."""
    strict: bool = True
    """Refuse to delete what something still points at."""


@dataclass
class Account:
    """Things by id; thread-safe; counts what is asked of it."""

    clock: FakeClock
    moods: Moods = field(default_factory=Moods)
    faults: list[Fault] = field(default_factory=list)
    things: dict[str, Stored] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    kill_at: int = 0
    """Number of the changing call, from 1, at which the process dies; 0 for never."""
    kill_after: bool = False
    on_send: Callable[[str, dict[str, Any]], None] = lambda _operation, _params: None
    region: str = REGION
    reads: Counter[str] = field(default_factory=Counter)
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, str] = {}
        self._number = 0
        self._in_flight = 0
        self._dead = False

    # -- the protocol ------------------------------------------------------------------------------------------------

    def identity(self) -> Identity:
        return Identity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ana")

    def look(self) -> Reads:
        return Reads(self)  # type: ignore[arg-type]  it has all of a session that a pass of reading uses

    def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            self.reads[operation] += 1
            self._fault(operation, params, after=False)
            seen = [one for one in self._present() if one.visible_at <= self.clock.monotonic()]
            if operation == "ListThings":
                listed = list(self.things.values()) if self.moods.tombstones else seen
                return {"Things": [self._as_json(one) for one in listed if one.type == params["Type"]]}
            found = [one for one in seen if one.id == params["Id"]]
            if not found:
                raise refusal(_GONE, operation, status=404)
            return self._as_json(found[0])

    def first_page(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return self.read(service, operation, params)

    def send(self, service: str, operation: str, params: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        with self._lock:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            self.on_send(operation, dict(params))
            with self._lock:
                return self._send(operation, dict(params)), f"req-{len(self.calls)}"
        finally:
            with self._lock:
                self._in_flight -= 1

    def revive(self) -> None:
        """A new process: the account is the same, the next calls are not killed."""
        self._dead, self.kill_at = False, 0

    # -- what it does ------------------------------------------------------------------------------------------------

    def _send(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if self._dead:
            raise KilledError
        self.calls.append((operation, params))
        killed = len(self.calls) == self.kill_at
        if killed and not self.kill_after:
            self._dead = True
            raise KilledError
        self._fault(operation, params, after=False)
        answer = {
            "CreateThing": self._create,
            "UpdateThing": self._update,
            "TagThing": self._tag,
            "DeleteThing": self._delete,
        }[operation](params)
        self._fault(operation, params, after=True)
        if killed:
            self._dead = True
            raise KilledError
        return answer

    def _fault(self, operation: str, params: Mapping[str, Any], *, after: bool) -> None:
        for fault in self.faults:
            if fault.after == after and fault.hits(operation, params):
                fault.times -= 1
                raise fault.error

    def _present(self) -> list[Stored]:
        now = self.clock.monotonic()
        return [one for one in self.things.values() if one.gone_at is None or one.gone_at > now]

    def _create(self, params: dict[str, Any]) -> dict[str, Any]:
        token = params.get("Token", "")
        if token and token in self._tokens:
            return {"Id": self._tokens[token]}
        name, type_ = params["Name"], params["Type"]
        if params.get("Unique", True) and any((one.name, one.type) == (name, type_) for one in self._present()):
            raise refusal("AlreadyExists", text=f"{name} exists")
        self._number += 1
        id_ = f"th-{self._number:04d}"
        now = self.clock.monotonic()
        self.things[id_] = Stored(
            type_,
            id_,
            name if params.get("Unique", True) else id_,
            dict(params["Settings"]),
            params["Tags"],
            visible_at=now + self.moods.visible_after_s,
            tagged_at=now + self.moods.tagged_after_s,
            ready_at=now + self.moods.pending_s,
            reason="it went wrong" if name in self.moods.fails else "",
        )
        if token:
            self._tokens[token] = id_
        return {"Id": id_}

    def _update(self, params: dict[str, Any]) -> dict[str, Any]:
        self._named(params).settings.update(params["Settings"])
        return {}

    def _tag(self, params: dict[str, Any]) -> dict[str, Any]:
        one = self._named(params)
        one.tags = {**(one.tags or {}), **params["Tags"]}
        return {}

    def _delete(self, params: dict[str, Any]) -> dict[str, Any]:
        one = self._named(params)
        users = [other.name for other in self._present() if other is not one and one.id in json.dumps(other.settings)]
        if users and self.moods.strict:
            raise refusal("DependencyViolation", "DeleteThing", text=f"{one.name} is used by {users}")
        one.gone_at = self.clock.monotonic() + self.moods.deleting_s
        return {}

    def _named(self, params: Mapping[str, Any]) -> Stored:
        for one in self._present():
            if (one.name, one.type) == (params["Name"], params["Type"]):
                return one
        raise refusal(_GONE, status=404, text=f"there is no {params['Name']}")

    def _as_json(self, one: Stored) -> dict[str, Any]:
        status = "ready" if one.ready_at <= self.clock.monotonic() else "pending"
        if one.reason:
            status = "failed"
        if one.gone_at is not None:
            status = "deleting" if one.gone_at > self.clock.monotonic() else "deleted"
        settings = json.loads(json.dumps(one.settings))
        return {
            "Id": one.id,
            "Name": one.name,
            "Settings": settings,
            "Tags": {} if one.tags and one.tagged_at > self.clock.monotonic() else one.tags,
            "Status": status,
            "Reason": one.reason,
        }

    # -- for tests ---------------------------------------------------------------------------------------------------

    def put(self, type_: str, name: str, tags: dict[str, str] | None, **settings: Any) -> Stored:
        """A thing that somebody made by other means."""
        self._number += 1
        one = Stored(type_, f"th-{self._number:04d}", name, settings, tags)
        self.things[one.id] = one
        return one

    def named(self, name: str) -> Stored | None:
        return next((one for one in self._present() if one.name == name), None)

    def inventory(self) -> list[tuple[str, str, str]]:
        """Kind, karet:id and settings of all that exists, with ids of things replaced by what they stand for."""
        ids = {one.id: (one.tags or {}).get("karet:id", one.name) for one in self.things.values()}

        def plain(text: str) -> str:
            for id_, stands_for in ids.items():
                text = text.replace(id_, f"<{stands_for}>")
            return text

        return sorted(
            (one.type, ids[one.id], plain(json.dumps(one.settings, sort_keys=True))) for one in self._present()
        )

    @property
    def sent(self) -> list[str]:
        """The changing calls so far, as `Operation name`."""
        return [f"{operation} {params['Name']}" for operation, params in self.calls]


class MemoryPerformer(AwsPerformer):
    """Sends to the account in memory, which has no service model to check against."""

    def problems(self, call: Call) -> list[str]:
        return [] if call.operation in CHANGES else [f"{call.name}: no such operation"]
