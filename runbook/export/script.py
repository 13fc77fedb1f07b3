"""A run as a script: its calls one after the other, section by section, with values of AWS as variables of the script.

An id that AWS chose is another one in every account. The journal tells in which answer each of them stood, so that a
script can take it from there, and every later call that holds it refers to it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from runbook.aws.eventual import refusals_that_pass
from runbook.calls import Call, File, Json, Secret, read_shown
from runbook.export.run_log import LoggedCall, LoggedStep, RunLog
from runbook.refs import ref, references

_CHOSEN: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z]).{8,}", re.DOTALL)
_CHUNK: Final = re.compile(r"[A-Za-z0-9]{6,}")


@dataclass(frozen=True)
class Bind:
    """A variable that is taken from an answer: reference of the form (id, output), JMESPath."""

    id: str
    output: str
    path: str


@dataclass(frozen=True)
class Send:
    """A changing call and the variables that its answer gives."""

    step: LoggedStep
    logged: LoggedCall
    call: Call
    binds: tuple[Bind, ...] = ()


@dataclass(frozen=True)
class Skip:
    """A call that had no effect, or that a person made: to be told, not to be sent."""

    step: LoggedStep
    logged: LoggedCall
    why: str


@dataclass(frozen=True)
class Read:
    """A read that is made for one variable."""

    step: LoggedStep
    call: Call
    bind: Bind


@dataclass(frozen=True)
class WaitFor:
    """A read that is repeated until a JMESPath over its answer is true."""

    step: LoggedStep
    call: Call
    until: str
    what: str
    every_s: float
    at_most_s: float


Item = Send | Skip | Read | WaitFor


def script(log: RunLog) -> tuple[Item, ...]:
    """The items of a run in their order; only variables that something uses are taken."""
    items = list(_Threader(log).items())
    used: set[tuple[str, str]] = set()
    kept: list[Item] = []
    for item in reversed(items):
        if isinstance(item, Skip):
            kept.append(item)
            continue
        if isinstance(item, Read):
            if (item.bind.id, item.bind.output) not in used:
                continue
            used.update(references(item.bind.path))
        if isinstance(item, Send):
            binds = tuple(bind for bind in item.binds if (bind.id, bind.output) in used)
            item = replace(item, binds=binds)
        if isinstance(item, WaitFor):
            used.update(references(item.until))
        used.update(references(item.call.params))
        kept.append(item)
    return tuple(reversed(kept))


def refusals_to_sit_out(log: RunLog, item: Send) -> tuple[str, float]:
    """Which refusals of a call a script waits out, as a regular expression, and for how many seconds; "" for none.

    Only what the runbook itself sits out, and only where it can be needed: in a removal, or where the run needed it.
    """
    if not log.destroys and not item.logged.retries:
        return "", 0.0
    return refusals_that_pass(item.call.service, item.call.operation)


def in_sections(log: RunLog) -> list[tuple[int, list[LoggedStep]]]:
    """The steps with calls, section by section as far as what each needs allows.

    A run makes many calls at once; a script makes one after the other. What needs something of a later section stands
    in the part of that section. A removal keeps the order of the run.
    """
    acted = {step.step: step for step in log.steps if step.calls or step.told}
    if log.destroys:
        ordered = sorted(acted.values(), key=lambda step: step.calls[0].seq if step.calls else step.ended_seq)
        return [(step.section, [step]) for step in ordered]
    parts = []
    waiting = {name: step for name, step in acted.items() if step.action != "delete"}
    for section in log.sections:
        part: list[LoggedStep] = []
        moved = True
        while moved:
            moved = False
            for name, step in list(waiting.items()):
                if step.section <= section.number and not waiting.keys() & (set(step.needs) - {name}):
                    part.append(waiting.pop(name))
                    moved = True
        parts.append((section.number, part))
    # Only a changed journal has needs in a circle; and what is replaced or not declared any more goes last.
    rest = [*waiting.values(), *(step for step in acted.values() if step.action == "delete")]
    return [*parts, *((step.section, [step]) for step in rest)]


def files(log: RunLog) -> tuple[File, ...]:
    """The local files that the calls send, by name."""
    found = {one.name: one for call in log.calls for one in _leaves(read_shown(call.params)) if isinstance(one, File)}
    return tuple(found[name] for name in sorted(found))


def needs_secret(items: tuple[Item, ...]) -> bool:
    """Whether some call sends a value that has to be made on the spot."""
    return any(isinstance(one, Secret) for item in items if isinstance(item, Send) for one in _leaves(item.call.params))


class _Threader:
    """Walks the run once and knows at each point which values have been told by then."""

    def __init__(self, log: RunLog) -> None:
        self._log = log
        self._known: dict[str, str] = {}
        """Value -> the reference that stands for it."""
        self._by_chunk: dict[str, set[str]] = {}
        self._shortest: dict[str, int] = {}
        """The length of the shortest value with a chunk."""
        self._read_in_account = {str(log.start.get(name, "")) for name in ("account", "region", "stack")}

    def items(self) -> Iterator[Item]:
        """All items, with every variable that could be taken."""
        for step in (step for _, part in in_sections(self._log) for step in part):
            probe = any(call.service == "probe" for call in step.calls)
            for call in step.calls:
                if probe:
                    # A parameter that holds evidence would be untrue without the probe that was made for it.
                    yield Skip(step, call, f"{call.name} belongs to a probe, which only the runbook can make")
                elif call.took_effect:
                    yield from self._sent(step, call)
                else:
                    yield Skip(step, call, f"{call.name} was {call.outcome} {call.code} {call.error}".rstrip())
            if step.told is not None and step.action != "delete" and not probe:
                yield from self._ready(step)

    def _sent(self, step: LoggedStep, logged: LoggedCall) -> Iterator[Item]:
        for value, source in logged.read.items():
            if value not in self._known:
                output = _name_of(value, logged.params)
                call = self._call(source["service"], source["operation"], source["params"])
                bind = Bind(step.id, output, self._threaded(str(source["path"])))
                yield Read(step, call, bind)
                self._learn(value, step.id, output)
        call = self._call(logged.service, logged.operation, logged.params)
        binds: dict[str, Bind] = {}
        for output, path, value in _given_by(step, logged):
            binds.setdefault(output, Bind(step.id, output, path))
            self._learn(value, step.id, output)
        yield Send(step, logged, call, tuple(binds.values()))

    def _ready(self, step: LoggedStep) -> Iterator[Item]:
        told = step.told or {}
        wait = told.get("wait")
        if wait:
            about = wait["call"]
            call = self._call(about["service"], about["operation"], about["params"])
            until = self._threaded(str(wait["until"]))
            yield WaitFor(step, call, until, str(wait["what"]), float(wait["every_s"]), float(wait["at_most_s"]))
        outputs = told.get("outputs", {})
        for output, source in told.get("sources", {}).items():
            value = outputs.get(output, "")
            if "service" not in source or value in self._known or not self._is_chosen(value):
                continue
            path = str(source["path"])
            yield Read(step, self._call(source["service"], source["operation"], source["params"]),
                       Bind(step.id, output, self._threaded(path)))  # fmt: skip
            self._learn(value, step.id, output)

    # -- values and references -----------------------------------------------------------------------------------------

    def _is_chosen(self, value: Any) -> bool:
        return isinstance(value, str) and _CHOSEN.fullmatch(value) is not None and value not in self._read_in_account

    def _learn(self, value: Any, id_: str, output: str) -> None:
        if not self._is_chosen(value) or value in self._known:
            return
        self._known[value] = ref(id_, output)
        for chunk in _CHUNK.findall(value):
            self._by_chunk.setdefault(chunk, set()).add(value)
            self._shortest[chunk] = min(len(value), self._shortest.get(chunk, len(value)))

    def _call(self, service: str, operation: str, params: Mapping[str, Any]) -> Call:
        return Call(service, operation, self._in(read_shown(params)))

    def _in(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._threaded(value)
        if isinstance(value, Json):
            return Json(self._in(value.document))
        if isinstance(value, Mapping):
            return {self._threaded(key): self._in(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._in(item) for item in value]
        return value

    def _threaded(self, text: str) -> str:
        """The text with every known value in it as a reference, the longest first."""
        if text in self._known:
            return self._known[text]
        # A word such as "subnet" is in the ids of all subnets, and most texts with it are too short for any of them.
        chunks = [chunk for chunk in _CHUNK.findall(text) if len(text) >= self._shortest.get(chunk, math.inf)]
        candidates = {value for chunk in chunks for value in self._by_chunk[chunk]}
        inside = sorted((value for value in candidates if value in text), key=len, reverse=True)
        if not inside:
            return text
        pattern = "|".join(re.escape(value) for value in inside)
        return re.sub(pattern, lambda found: self._known[found[0]], text)


def _given_by(step: LoggedStep, logged: LoggedCall) -> Iterator[tuple[str, str, Any]]:
    """Each (output, JMESPath, value) that the answer to a call gave."""
    told = step.told or {}
    for output, source in told.get("sources", {}).items():
        if source.get("digest") == logged.digest:
            yield output, str(source["path"]), told.get("outputs", {}).get(output)
    for name, path in logged.keep.items():
        yield name, path, logged.outputs.get(name)


def _name_of(value: str, params: Any, name: str = "value") -> str:
    """A name for a value, after the parameter that it stands in."""
    found = _holder(value, params, name) or name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", found).lower()


def _holder(value: str, params: Any, name: str) -> str | None:
    if params == value:
        return name
    if isinstance(params, Mapping):
        return next((one for key, item in params.items() if (one := _holder(value, item, str(key)))), None)
    if isinstance(params, list):
        return next((one for item in params if (one := _holder(value, item, name))), None)
    return None


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Json):
        yield from _leaves(value.document)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
