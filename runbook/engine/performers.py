"""Who carries out a call: one performer for all AWS services, one for loops, one for what only a person can do."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from runbook.aws.offline import iam_action, problems
from runbook.calls import HIDDEN, Call, File, Json, Permission, Secret, canonical
from runbook.errors import AwsError, PlanError, StaleError, WaitingError
from runbook.model import ReadOnlyAws

_PASSWORD_LETTERS = string.ascii_letters + string.digits


class Aws(Protocol):
    """AWS as the engine needs it: fresh passes of reading, single reads, single-attempt changes."""

    def look(self) -> ReadOnlyAws: ...

    def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]: ...

    def first_page(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]: ...

    def send(self, service: str, operation: str, params: Mapping[str, Any]) -> tuple[dict[str, Any], str]: ...


@dataclass(frozen=True)
class Answer:
    """What came back of a call, and AWS's id of the request."""

    body: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""


@dataclass(frozen=True)
class Workbench:
    """What a performer may use: AWS, the client token of this call, a note per page of a loop, the wish to stop."""

    aws: Aws
    token: str
    page: Callable[[Mapping[str, Any]], None]
    stopped: Callable[[], bool]

    def read(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One read with all its pages."""
        return self.aws.read(service, operation, params)

    def send(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One change inside a loop; the loop is one Call and each of its pages is recorded."""
        return self.aws.send(service, operation, params)[0]


class Performer(Protocol):
    """Carries out calls of one service; checks them offline first."""

    def problems(self, call: Call) -> list[str]: ...

    def permissions(self, call: Call) -> tuple[Permission, ...]: ...

    def perform(self, call: Call, bench: Workbench) -> Answer: ...


class AwsPerformer:
    """Sends a call to AWS by its name."""

    def problems(self, call: Call) -> list[str]:
        """What botocore's service model says against it."""
        return problems(call)

    def permissions(self, call: Call) -> tuple[Permission, ...]:
        """The permissions that the call states, or the action of the same name on what it acts on."""
        return call.permissions or (Permission(iam_action(call.service, call.operation), call.on),)

    def perform(self, call: Call, bench: Workbench) -> Answer:
        """Send it once.

        Raises
        ------
        AwsError: AWS said no, or nobody knows; secret values are taken out of the text.
        StaleError: a local file is not the one that the plan was made with.
        """
        hidden: list[str] = []
        params = _materialised(dict(call.params), hidden)
        if call.token:
            params[call.token] = bench.token
        try:
            body, request_id = bench.aws.send(call.service, call.operation, params)
        except AwsError as error:
            if not any(value in error.text for value in hidden):
                raise
            told = error.with_text(_without(error.text, hidden))
        else:
            return Answer(_without(body, hidden) if hidden else body, request_id)
        # Raised out here, because inside the handler the first error, with the value, would stay its context.
        raise told


def _materialised(value: Any, hidden: list[str]) -> Any:
    """Parameters as they are sent: documents as text, files as bytes, secrets made now and remembered as hidden."""
    if isinstance(value, Json):
        return canonical(_materialised(value.document, hidden))
    if isinstance(value, Secret):
        hidden.append("".join(secrets.choice(_PASSWORD_LETTERS) for _ in range(value.length)))
        return hidden[-1]
    if isinstance(value, File):
        return _content(value)
    if isinstance(value, Mapping):
        return {key: _materialised(item, hidden) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_materialised(item, hidden) for item in value]
    return value


def _without(value: Any, hidden: list[str]) -> Any:
    """Text or data with the secret values taken out."""
    if isinstance(value, str):
        for one in hidden:
            value = value.replace(one, HIDDEN)
        return value
    if isinstance(value, Mapping):
        return {key: _without(item, hidden) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without(item, hidden) for item in value]
    return value


def _content(file: File) -> bytes:
    try:
        content = Path(file.path).read_bytes()
    except OSError as error:
        raise PlanError(
            f"the file {file.path} cannot be read: {error.strerror}",
            hint="Put it back, or correct its path in karet.toml.",
        ) from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise StaleError([f"the file {file.path} is not the one that the plan was made with"])
    return content


class LoopRunner(Protocol):
    """A loop that a kind brings; see `runbook.kinds.kind.Loop`."""

    @property
    def run(self) -> Callable[[Mapping[str, Any], Any], dict[str, Any]]: ...

    @property
    def params(self) -> tuple[str, ...]: ...

    @property
    def permissions(self) -> tuple[str, ...]: ...


class BulkPerformer:
    """Runs loops such as emptying a bucket; each page is recorded, so that a stop in between loses nothing.

    Parameters
    ----------
    loops: by operation name.
    """

    def __init__(self, loops: Mapping[str, LoopRunner]) -> None:
        self._loops = loops

    def problems(self, call: Call) -> list[str]:
        """Whether the loop exists and gets exactly its parameters."""
        loop = self._loops.get(call.operation)
        if loop is None:
            return [f"{call.name}: no kind brings this loop"]
        if set(call.params) != set(loop.params):
            return [f"{call.name} takes {', '.join(loop.params)}, but got {', '.join(call.params) or 'nothing'}"]
        return []

    def permissions(self, call: Call) -> tuple[Permission, ...]:
        """The actions that the loop states, on what it acts on."""
        return call.permissions or tuple(Permission(one, call.on) for one in self._loops[call.operation].permissions)

    def perform(self, call: Call, bench: Workbench) -> Answer:
        """Run the loop to its end."""
        return Answer(self._loops[call.operation].run(call.params, bench))


class PersonPerformer:
    """Hands over to a person: the run ends as waiting, and the next apply looks whether it has been done."""

    def problems(self, call: Call) -> list[str]:
        """Whether the call says what is to be done."""
        return [] if set(call.params) >= {"what", "how"} else [f"{call.name} needs the parameters what and how"]

    def permissions(self, call: Call) -> tuple[Permission, ...]:
        """None: a person acts, not this principal."""
        del call
        return ()

    def perform(self, call: Call, bench: Workbench) -> Answer:
        """Say what is to be done.

        Raises
        ------
        WaitingError: always; that is its answer.
        """
        del bench
        raise WaitingError(str(call.params["what"]), hint=str(call.params["how"]))


class Performers:
    """Finds the performer of a call: the special services by name, AWS for all others."""

    def __init__(self, special: Mapping[str, Performer], default: Performer | None = None) -> None:
        self._special = special
        self._default = default or AwsPerformer()

    def of(self, call: Call) -> Performer:
        """The performer of a call."""
        return self._special.get(call.service, self._default)

    def is_aws(self, call: Call) -> bool:
        """Whether an AWS service carries the call out."""
        return call.service not in self._special

    def check(self, calls: Mapping[str, tuple[Call, ...]]) -> None:
        """Check calls offline, before anything changes.

        Parameters
        ----------
        calls: per step.

        Raises
        ------
        PlanError: naming every problem of every call.
        """
        found = [
            f"{step}: {text}" for step, some in calls.items() for call in some for text in self.of(call).problems(call)
        ]
        if found:
            raise PlanError(
                "these calls cannot be sent:\n" + "\n".join(f"  {line}" for line in found),
                hint="Nothing was changed. This is a defect of the runbook or a boto3 that is too old.",
            )
