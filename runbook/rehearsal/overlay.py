"""The layer around moto: every request passes the refusals, faults and rules here before and after moto sees it."""

from __future__ import annotations

import io
import select
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from threading import Event, RLock
from time import monotonic
from typing import Any

from werkzeug.test import run_wsgi_app

from runbook.rehearsal import error_codes
from runbook.rehearsal.call_log import CallLog
from runbook.rehearsal.faults import Fault, FaultPlan
from runbook.rehearsal.moto_app import moto_serves
from runbook.rehearsal.reads import is_read
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall, read_call
from runbook.rehearsal.wire_errors import HTTP_WORDS, Answer, error_answer, success_answer
from runbook.rehearsal.world import World

MAX_BODY = 256 * 1024 * 1024
"""Bytes; more than any single request of the runbook, less than the memory of a small machine."""

HOLD_BACK_S = 90.0
"""How long a `timeout` fault holds an answer: longer than botocore's default read timeout of 60 s."""

DONE_FIRST = frozenset({"503-after", "cut", "timeout"})
"""Faults that strike after the call has been done."""

CLOSED_PATHS = ("/moto-api", "/latest/meta-data", "/latest/api", "/favicon.ico")
"""moto's own doors: resetting goes through the control path, which asks for the token; there is no instance here."""

WAITING = frozenset({("sqs", "ReceiveMessage")})
"""Operations that may wait inside moto, and must not keep all others waiting."""

INSIDE = "runbook.rehearsal.inside"
"""Environment key of the rehearsal's requests to itself; no client can set it, since headers become HTTP_*."""

StartResponse = Callable[..., Any]


class NoAnswer(ConnectionError):  # noqa: N818 - an event, not a failure
    """Makes the server close the connection without a word."""


class Overlay:
    """A WSGI application around moto's."""

    def __init__(
        self,
        moto_app: Any,
        *,
        world: World,
        faults: FaultPlan,
        calls: CallLog,
        rules_for: Callable[[str, str], tuple[Rule, ...]],
        settle: Callable[[str], None],
        hold_back_s: float = HOLD_BACK_S,
    ) -> None:
        self._moto_app = moto_app
        self._world = world
        self._faults = faults
        self._calls = calls
        self._rules_for = rules_for
        self._settle = settle
        self._hold_back_s = hold_back_s
        self._one_at_a_time = RLock()
        self.stopping = Event()
        self.refuse_writes = False

    def turn(self) -> AbstractContextManager[object]:
        """Keeps every call waiting, so that whoever holds it may change moto's things."""
        return self._one_at_a_time

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        body, too_long = _read_body(environ)
        call = read_call(_with_body(environ, body))
        if too_long:
            answer = error_answer(call, "EntityTooLarge", f"the rehearsal takes at most {MAX_BODY} bytes", 413)
        elif INSIDE in environ:
            answer = self._do(call, environ, body)
        else:
            answer = self._do_from_outside(call, environ, body)
        start_response(f"{answer.status} {HTTP_WORDS.get(answer.status, 'Answer')}", list(answer.headers))
        return [answer.body]

    def _do_from_outside(self, call: WireCall, environ: dict[str, Any], body: bytes) -> Answer:
        if call.service:
            self._world.regions.add(call.region)
        fault: Fault | None = None
        answer = self._refuse_at_the_door(call)
        if answer is None:
            fault = self._faults.take(call.service, call.operation) if call.known else None
            struck_first = fault is not None and fault.kind not in DONE_FIRST
            answer = _strike(call, fault) if fault and struck_first else self._do(call, environ, body)
        if fault is not None and fault.kind == "503-after":
            answer = _trouble_answer(call, error_codes.unavailable(call.service))
        silent = fault is not None and fault.kind in {"cut", "timeout"}
        self._calls.add(
            service=call.service,
            operation=call.operation,
            region=call.region,
            status=0 if silent else answer.status,
            code=answer.code,
            fault=str(fault) if fault else "",
        )
        if fault is not None and fault.kind == "timeout":
            self._hold_back(environ)
        if silent:
            raise NoAnswer(f"{fault}")
        return answer

    def _refuse_at_the_door(self, call: WireCall) -> Answer | None:
        """What is answered before anything is looked at: closed doors, missing signatures, refused writes."""
        if call.path.startswith(CLOSED_PATHS):
            return error_answer(call, "NotFound", f"{call.path} is closed in a rehearsal", 404)
        if not call.access_key:
            return error_answer(call, "AccessDenied", "Access Denied: the request carries no signature", 403)
        if self.refuse_writes and call.known and not is_read(call.service, call.operation):
            return _trouble_answer(
                call, error_codes.denied(call.service, call.operation, "this rehearsal refuses every write")
            )
        return None

    def _do(self, call: WireCall, environ: dict[str, Any], body: bytes) -> Answer:
        """The call as AWS would do it: refused or answered by a rule, or done by moto and completed by rules."""
        # moto's dictionaries are not made for many threads, and one interpreter runs one thread at a time anyway.
        with nullcontext() if (call.service, call.operation) in WAITING else self._one_at_a_time:
            return self._do_alone(call, environ, body)

    def _do_alone(self, call: WireCall, environ: dict[str, Any], body: bytes) -> Answer:
        with self._one_at_a_time:
            # Also before an operation that waits: tasks and targets are moved on by one thread at a time.
            self._settle(call.service)
        rules = self._rules_for(call.service, call.operation) if call.known else ()
        for rule in rules:
            if rule.refuse is not None:
                message = rule.refuse(call, self._world)
                if message is not None:
                    return error_answer(call, rule.code, message, rule.status)
        for rule in rules:
            if rule.reply is not None:
                output = rule.reply(call, self._world)
                if output is not None:
                    return success_answer(call, output)
        answer = self._ask_moto(call, environ, body)
        if answer.status < 400:
            for rule in rules:
                if rule.complete is not None:
                    rule.complete(call, self._world)
        return answer

    def _ask_moto(self, call: WireCall, environ: dict[str, Any], body: bytes) -> Answer:
        if call.service and not moto_serves(call.service):
            return _cannot(call, "moto does not have this service")
        try:
            pieces, status, headers = run_wsgi_app(self._moto_app, _with_body(environ, body), buffered=True)
            whole = b"".join(pieces)
        except Exception as error:  # noqa: BLE001 - moto is a foreign body: whatever breaks in it is one failed call, not the end of the server
            traceback.print_exc(file=sys.stderr)
            return _cannot(call, f"moto raised {type(error).__name__}: {error}")
        code = int(status.split(" ", 1)[0])
        content_type = headers.get("Content-Type", "")
        if code >= 400 and content_type.startswith("text/html") and call.known and whole.lstrip().startswith(b"<!"):
            return _cannot(call, f"moto has no such operation (HTTP {code})")
        return Answer(code, tuple(headers.to_wsgi_list()), whole)

    def _hold_back(self, environ: dict[str, Any]) -> None:
        """Wait until the caller has given up, the time is over, or the rehearsal ends."""
        connection = environ.get("werkzeug.socket")
        end = monotonic() + self._hold_back_s
        while not self.stopping.is_set() and (left := end - monotonic()) > 0:
            if connection is None:
                self.stopping.wait(left)
                return
            # Readable before an answer was sent means that the caller has hung up.
            readable, _, _ = select.select([connection], [], [], min(left, 0.25))
            if readable:
                return


def _cannot(call: WireCall, why: str) -> Answer:
    """An answer that says that the rehearsal, not AWS, falls short; 501 is a status that botocore does not retry."""
    name = f"{call.service}.{call.operation}" if call.known else f"{call.method} {call.path}"
    return error_answer(call, "NotImplemented", f"the rehearsal cannot answer {name}: {why}", 501)


def _trouble_answer(call: WireCall, trouble: error_codes.Trouble) -> Answer:
    return error_answer(call, trouble.code, trouble.message, trouble.status)


def _strike(call: WireCall, fault: Fault) -> Answer:
    """The answer of a fault that strikes before the call is done."""
    if fault.kind == "error":
        return error_answer(call, fault.code, f"the rehearsal answers {fault.code} because of the fault {fault}")
    troubles = {
        "throttle": error_codes.throttled(call.service),
        "503": error_codes.unavailable(call.service),
        "denied": error_codes.denied(call.service, call.operation),
        "expired": error_codes.expired(call.service),
    }
    return _trouble_answer(call, troubles[fault.kind])


def _read_body(environ: dict[str, Any]) -> tuple[bytes, bool]:
    """The whole body, and whether it was longer than allowed."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body = stream.read(MAX_BODY + 1)
    else:
        length = environ.get("CONTENT_LENGTH") or "0"
        wanted = int(length) if length.isdigit() else 0
        body = stream.read(min(wanted, MAX_BODY + 1)) if wanted else b""
    return (b"", True) if len(body) > MAX_BODY else (body, False)


def _with_body(environ: dict[str, Any], body: bytes) -> dict[str, Any]:
    """A copy of the environment whose body can be read once more."""
    fresh = {key: value for key, value in environ.items() if key != "HTTP_TRANSFER_ENCODING"}
    fresh["wsgi.input"] = io.BytesIO(body)
    fresh["CONTENT_LENGTH"] = str(len(body))
    return fresh
