"""What goes wrong on purpose: faults as text, `s3.PutBucketVersioning:throttle:2`, and the plan that hands them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from threading import Lock
from typing import Final

from runbook.errors import RehearsalError
from runbook.rehearsal.task_causes import TASK_CAUSES

KINDS: Final[dict[str, str]] = {
    "throttle": "the call is not done and the service's own throttling code is answered",
    "503": "the call is not done and ServiceUnavailable is answered",
    "503-after": "the call is done, and ServiceUnavailable is answered all the same",
    "cut": "the call is done, and the connection closes without an answer",
    "timeout": "the call is done, and the answer is held back longer than the client waits",
    "denied": "the call is not done: permission missing",
    "expired": "the call is not done: the credentials have expired",
    "error": "the call is not done and error=CODE is answered",
}
"""Kind -> what happens; the words of the grammar and of its error message."""

ALWAYS: Final = 10**9

SERVICES: Final = (
    "acm",
    "cloudwatch",
    "ec2",
    "ecr",
    "ecs",
    "elbv2",
    "events",
    "iam",
    "logs",
    "pricing",
    "resourcegroupstaggingapi",
    "route53",
    "s3",
    "secretsmanager",
    "service-quotas",
    "servicediscovery",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
"""boto3's names of the services that the rehearsal serves; a fault for any other would never bite."""

TASKS: Final = "tasks"
"""Stands for the service in faults that strike the tasks of an ECS service, which stands for the operation."""

_PATTERN = re.compile(
    r"(?P<service>[a-z0-9*?\-]+)\.(?P<operation>[A-Za-z0-9*?]+|(?<=tasks\.)[A-Za-z0-9*?_-]+):(?P<rest>.+)"
)
_NUMBER = re.compile(r"[0-9]{1,6}")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9.]{1,99}")

GRAMMAR: Final = (
    "Write service.Operation:kind[:count][:after], such as s3.PutBucketVersioning:throttle:2 or *.Create*:503-after. "
    "Kinds: throttle, 503, 503-after, cut, timeout, denied, expired, error=CODE. "
    "count: how many calls (default 1, * for every one). after: how many matching calls pass first (default 0). "
    f"Tasks of an ECS service: {TASKS}.SERVICE:cause[:count][:after], such as {TASKS}.karet-svc:image-missing:3. "
    f"Causes: {', '.join(TASK_CAUSES)}."
)


@dataclass(frozen=True)
class Fault:
    """One thing that shall go wrong."""

    service: str
    """boto3's name of the service, or a pattern with `*` and `?`."""
    operation: str
    """AWS's name of the operation, or a pattern."""
    kind: str
    """A key of `KINDS`, or of `TASK_CAUSES` when the service is `tasks`."""
    code: str = ""
    """The AWS error code of kind `error`; empty for the others."""
    count: int = 1
    """How many matching calls go wrong."""
    after: int = 0
    """How many matching calls pass before the first one goes wrong."""

    def matches(self, service: str, operation: str) -> bool:
        """True when the call is one of those meant."""
        return fnmatchcase(service, self.service) and fnmatchcase(operation, self.operation)

    def __str__(self) -> str:
        kind = f"error={self.code}" if self.kind == "error" else self.kind
        count = "*" if self.count >= ALWAYS else str(self.count)
        return f"{self.service}.{self.operation}:{kind}:{count}:{self.after}"


def _bad(text: str, why: str) -> RehearsalError:
    return RehearsalError(f"the fault {text!r} cannot be used: {why}", hint=GRAMMAR)


def parse_fault(text: str) -> Fault:
    """Read one fault from its written form.

    Raises
    ------
    RehearsalError: the text does not follow the grammar; the hint says what is allowed.
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise _bad(text, "it does not begin with service.Operation:kind")
    service, operation = match["service"], match["operation"]
    kind, *numbers = match["rest"].split(":")
    code = ""
    if kind.startswith("error="):
        kind, code = "error", kind.removeprefix("error=")
        if not _CODE.fullmatch(code):
            raise _bad(text, f"{code!r} is not an AWS error code")
    elif kind == "error":
        raise _bad(text, "the kind error needs a code: error=CODE")
    if kind not in (TASK_CAUSES if service == TASKS else KINDS):
        raise _bad(text, f"there is no kind {kind!r}")
    if service != TASKS and not any(fnmatchcase(known, service) for known in SERVICES):
        raise _bad(text, f"no service is called {service!r}; known are {', '.join(SERVICES)}")
    if len(numbers) > 2:
        raise _bad(text, "after count and after nothing more may follow")
    count, after = 1, 0
    if numbers:
        if numbers[0] != "*" and not (_NUMBER.fullmatch(numbers[0]) and int(numbers[0]) > 0):
            raise _bad(text, f"the count {numbers[0]!r} is neither a number from 1 nor *")
        count = ALWAYS if numbers[0] == "*" else int(numbers[0])
    if len(numbers) == 2:
        if not _NUMBER.fullmatch(numbers[1]):
            raise _bad(text, f"{numbers[1]!r} calls before the first fault is not a number")
        after = int(numbers[1])
    return Fault(service=service, operation=operation, kind=kind, code=code, count=count, after=after)


def parse_faults(texts: Iterable[str]) -> tuple[Fault, ...]:
    """Read several faults."""
    return tuple(parse_fault(text) for text in texts)


class FaultPlan:
    """Hands out each fault as often as it says; many threads may ask at once."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._seen: list[int] = []
        self.add(faults)

    def add(self, faults: Iterable[Fault]) -> None:
        """Put more faults behind those already there."""
        with self._lock:
            for fault in faults:
                self._faults.append(fault)
                self._seen.append(0)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._faults.clear()
            self._seen.clear()

    def take(self, service: str, operation: str) -> Fault | None:
        """The fault for this call, which is thereby used up once; None when the call shall go through."""
        return self._take(lambda fault: fault.service != TASKS and fault.matches(service, operation))

    def take_task(self, service: str) -> Fault | None:
        """The fault for a task that an ECS service is to start, used up once; None when it shall come up."""
        return self._take(lambda fault: fault.service == TASKS and fnmatchcase(service, fault.operation))

    def _take(self, meant: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            for index, fault in enumerate(self._faults):
                if not meant(fault):
                    continue
                self._seen[index] += 1
                if fault.after < self._seen[index] <= fault.after + fault.count:
                    return fault
        return None

    def remaining(self) -> list[str]:
        """The faults that can still bite, in their written form."""
        with self._lock:
            return [
                str(fault)
                for fault, seen in zip(self._faults, self._seen, strict=True)
                if seen < fault.after + fault.count
            ]
