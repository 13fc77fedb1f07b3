"""The doors by which a rehearsal is steered over HTTP; every one asks for the token from the endpoint file."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from runbook.errors import RehearsalError
from runbook.rehearsal.endpoint import CONTROL_PATH, LOOPBACK_HOSTS, TOKEN_HEADER
from runbook.rehearsal.rehearsal import Rehearsal
from runbook.rehearsal.wire_errors import HTTP_WORDS

MAX_CONTROL_BODY = 1_000_000
_TOKEN_KEY = "HTTP_" + TOKEN_HEADER.upper().replace("-", "_")

Body = Mapping[str, Any]
Result = dict[str, Any]


class Control:
    """A WSGI application that answers under the control path and hands everything else to the overlay."""

    def __init__(
        self,
        rehearsal: Rehearsal,
        *,
        token: str,
        facts: Mapping[str, Any],
        stop: Callable[[], None],
        touch: Callable[[], None],
    ) -> None:
        self._rehearsal = rehearsal
        self._token = token
        self._facts = dict(facts)
        self._stop = stop
        self._touch = touch
        self._doors: dict[tuple[str, str], Callable[[Body], Result]] = {
            ("GET", "health"): lambda _: self._health(),
            ("GET", "calls"): lambda _: {"calls": rehearsal.calls()},
            ("GET", "inventory"): lambda _: {"inventory": rehearsal.inventory()},
            ("GET", "tasks"): lambda _: rehearsal.tasks.report(),
            ("POST", "tasks/fail"): lambda body: _done(
                rehearsal.tasks.let_fail, _need(body, "service", str), _need(body, "on", bool)
            ),
            ("POST", "stop"): lambda _: self._stopped(),
            ("POST", "reset"): lambda _: _done(rehearsal.reset),
            ("POST", "calls/clear"): lambda _: _done(rehearsal.clear_calls),
            ("POST", "faults"): lambda body: _done(rehearsal.add_faults, _texts(body, "faults")),
            ("POST", "faults/clear"): lambda _: _done(rehearsal.clear_faults),
            ("POST", "refuse-writes"): lambda body: _done(rehearsal.refuse_writes, _need(body, "on", bool)),
            ("POST", "pace"): lambda body: _done(rehearsal.set_pace, float(_need(body, "pace", (int, float)))),
            ("POST", "domain"): lambda body: _done(rehearsal.seed_zone, _need(body, "domain", str)),
            ("POST", "foreign-buckets"): lambda body: _done(
                rehearsal.world.foreign_buckets.update, _texts(body, "names")
            ),
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        self._touch()
        if not path.startswith(CONTROL_PATH + "/"):
            return self._rehearsal.app(environ, start_response)
        status, result = self._answer(environ, path.removeprefix(CONTROL_PATH + "/"))
        body = json.dumps(result, sort_keys=True).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{status} {HTTP_WORDS[status]}", headers)
        return [body]

    def _answer(self, environ: dict[str, Any], door: str) -> tuple[int, Result]:
        host = str(environ.get("HTTP_HOST", "")).rpartition(":")[0].strip("[]")
        if host not in LOOPBACK_HOSTS or not hmac.compare_digest(str(environ.get(_TOKEN_KEY, "")), self._token):
            return 403, {"error": "the token of the endpoint file is missing or wrong"}
        handler = self._doors.get((str(environ["REQUEST_METHOD"]), door))
        if handler is None:
            return 404, {"error": f"there is no door {environ['REQUEST_METHOD']} {door}"}
        length = str(environ.get("CONTENT_LENGTH") or "0")
        if not length.isdigit() or int(length) > MAX_CONTROL_BODY:
            return 413, {"error": f"at most {MAX_CONTROL_BODY} bytes"}
        try:
            body = json.loads(environ["wsgi.input"].read(int(length)) or b"{}")
        except ValueError as error:
            return 400, {"error": f"the request's body is not JSON: {error}"}
        try:
            return 200, handler(body if isinstance(body, dict) else {})
        except RehearsalError as error:
            return 400, {"error": error.message, "hint": error.hint}

    def _health(self) -> Result:
        return {
            **self._facts,
            "domain": self._rehearsal.domain,
            "pace": self._rehearsal.pace,
            "faults": self._rehearsal.remaining_faults(),
            "calls": len(self._rehearsal.calls()),
        }

    def _stopped(self) -> Result:
        self._stop()
        return {}


def _done(action: Callable[..., Any], *arguments: Any) -> Result:
    action(*arguments)
    return {}


def _need(body: Body, name: str, kind: type | tuple[type, ...]) -> Any:
    """The named value of the request.

    Raises
    ------
    RehearsalError: it is missing or of another kind.
    """
    value = body.get(name)
    if not isinstance(value, kind):
        raise RehearsalError(f"the request's body needs {name!r}, and found {value!r}")
    return value


def _texts(body: Body, name: str) -> list[str]:
    return [str(text) for text in _need(body, name, list)]
