"""Where a value came from: which part of which answer of AWS gave the ids that later calls use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runbook.calls import Call, shown
from runbook.errors import PlanError
from runbook.model import Known, ReadOnlyAws, Wait

_CHOSEN = re.compile(r"(?=.*\d)(?=.*[A-Za-z]).{8,}", re.DOTALL)
"""What may be an id that AWS chose; shorter words and plain numbers stand in too many places of an answer."""

_ID = re.compile(r"[0-9a-f]{8}")
"""What an id of AWS holds; an item is better told by something that is the same in every account."""

_ZONE = re.compile(r"[A-Z0-9]{8,}")

_DEEPEST = 8


@dataclass(frozen=True)
class Answered:
    """One answer of AWS: to a read, or to the call with this digest."""

    about: Mapping[str, Any]
    body: Any


class Looking:
    """AWS for one look, which remembers the answers."""

    def __init__(self, aws: ReadOnlyAws) -> None:
        self._aws = aws
        self.account, self.region, self.partition = aws.account, aws.region, aws.partition
        self.answers: list[Answered] = []

    def read(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        """As `ReadOnlyAws.read`."""
        body = self._aws.read(service, operation, **params)
        self.answers.append(Answered({"service": service, "operation": operation, "params": shown(params)}, body))
        return body

    def find(self, service: str, operation: str, absent: Sequence[str], /, **params: Any) -> dict[str, Any] | None:
        """As `ReadOnlyAws.find`."""
        body = self._aws.find(service, operation, absent, **params)
        if body is not None:
            about = {"service": service, "operation": operation, "params": shown(params)}
            self.answers.append(Answered(about, body))
        return body


class Provenance:
    """Remembers the latest answers about each resource of a run, until they have been told to the journal."""

    def __init__(self) -> None:
        self._looks: dict[str, Looking] = {}
        self._calls: dict[str, list[Answered]] = {}

    def looking(self, id_: str, aws: ReadOnlyAws) -> ReadOnlyAws:
        """AWS for a look at a resource; what an earlier look read is forgotten."""
        self._looks[id_] = Looking(aws)
        return self._looks[id_]

    def answered(self, id_: str, digest: str, body: Any) -> None:
        """Remember what AWS answered to a call."""
        self._calls.setdefault(id_, []).append(Answered({"digest": digest}, body))

    def of_values(self, id_: str, value: Any) -> dict[str, Any]:
        """Value -> where it was read, for each text in a call's parameters that a look before it has brought."""
        look = self._looks.get(id_)
        if look is None or not look.answers:
            return {}
        found = {}
        for text in {text for text in _texts(shown(value)) if _CHOSEN.fullmatch(text)}:
            where = _first(look.answers, text) or _zone(look.answers, text)
            if where:
                found[text] = where
        return found

    def told(self, id_: str, outputs: Mapping[str, str], wait: Wait | None, known: Known) -> dict[str, Any]:
        """What the journal keeps of a resource that is ready: its outputs, where they came from, what was waited for.

        An output that stands in no answer as it is was put together by the runbook, and has no source.
        """
        look = self._looks.pop(id_, None)
        answers = [*self._calls.pop(id_, ()), *(look.answers if look else ())]
        sources = {name: _first(answers, value) for name, value in outputs.items()}
        detail: dict[str, Any] = {
            "outputs": dict(outputs),
            "sources": {name: where for name, where in sources.items() if where},
        }
        if wait is not None:
            detail["wait"] = {
                "what": wait.what,
                "call": _as_made(wait.call, known).as_json(),
                "until": wait.until,
                "every_s": wait.every_s,
                "at_most_s": wait.at_most_s,
            }
        return detail


def _as_made(call: Call, known: Known) -> Call:
    """The read of a wait; it may refer to what is known only while the thing is being made, and keeps that."""
    try:
        return call.filled(known)
    except PlanError:
        return call


def _first(answers: Sequence[Answered], value: str) -> dict[str, Any] | None:
    """The first answer that holds exactly this value, and the JMESPath of the place."""
    for one in answers:
        path = _path(one.body, value, 0)
        if path is not None:
            return {**one.about, "path": path}
    return None


def _zone(answers: Sequence[Answered], value: str) -> dict[str, Any] | None:
    """Where a hosted zone was read, whose id Route 53 answers as `/hostedzone/ID` and takes in both forms."""
    return _first(answers, f"/hostedzone/{value}") if _ZONE.fullmatch(value) else None


def _path(body: Any, value: str, depth: int) -> str | None:
    if depth > _DEEPEST:
        return None
    if isinstance(body, Mapping):
        for name, item in body.items():
            if name == "ResponseMetadata":
                continue
            step = name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else f'"{name}"'
            if isinstance(item, str):
                if item == value:
                    return step
                continue
            below = _path(item, value, depth + 1)
            if below is not None:
                return f"{step}{below}" if below.startswith("[") else f"{step}.{below}"
    elif isinstance(body, list):
        return _path_in_list(body, value, depth)
    return None


def _path_in_list(body: Sequence[Any], value: str, depth: int) -> str | None:
    for number, item in enumerate(body):
        if isinstance(item, str):
            if item == value:
                return f"[{number}]"
            continue
        below = _path(item, value, depth + 1)
        if below is None:
            continue
        chosen = "[0]" if len(body) == 1 else _telling(body, item, below)
        if chosen is None:
            return f"[{number}]{below}" if below.startswith("[") else f"[{number}].{below}"
        # A filter gives a list, of which the first and only one is meant.
        joined = f"{chosen}{below}" if below.startswith("[") else f"{chosen}.{below}"
        return joined if chosen == "[0]" else f"{joined} | [0]"
    return None


def _telling(body: Sequence[Any], item: Any, below: str) -> str | None:
    """A filter that only this item passes, by a field that is no id of AWS."""
    if not isinstance(item, Mapping) or " | " in below:
        return None
    texts = [(name, text) for name, text in item.items() if isinstance(text, str) and name != below]
    for name, text in sorted(texts, key=lambda one: (bool(_ID.search(one[1])), "ame" not in one[0])):
        if "'" in text or "\\" in text or not name.isidentifier():
            continue
        if sum(isinstance(one, Mapping) and one.get(name) == text for one in body) == 1:
            return f"[?{name}=='{text}']"
    return None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
