"""The way into a rehearsal: start the one process of a state directory, or join the one that is there."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

import runbook
from runbook.errors import RehearsalError
from runbook.rehearsal.endpoint import (
    ACCOUNT_ID,
    CONTROL_PATH,
    TOKEN_HEADER,
    EndpointFile,
    dummy_environment,
    endpoint_path,
    read_endpoint,
    require_loopback,
    source_version,
)
from runbook.rehearsal.faults import parse_faults

LOOK_EVERY_S = 0.05
ANSWER_S = 10.0
"""Seconds that a control request may take."""

HEALTH_S = 2.0
"""Seconds in which a server that has nothing else to do says that it is there."""

INVENTORY_S = 120.0
"""Seconds for the inventory: a dozen reads for each bucket and each repository, some milliseconds a read."""

PROXY_NAMES = frozenset({"http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy"})


@dataclass(frozen=True)
class Endpoint:
    """A rehearsal that answers."""

    url: str
    account_id: str
    pid: int
    started_here: bool
    """False when another command had started it."""
    token: str = field(repr=False, default="")
    pace: float = 0.0
    """How fast it goes; whoever waits for what it makes has to wait at the same pace."""


_children: dict[int, subprocess.Popen[bytes]] = {}
"""Servers that this process started, by pid: waited for when they end, so that none stays behind as a zombie."""


class _Unreachable(Exception):  # noqa: N818 - never leaves this file
    """Nobody answers, or somebody else does."""


class _Busy(_Unreachable):
    """Somebody is there, and does not answer in time."""


def _ask(
    endpoint: EndpointFile, method: str, door: str, body: Mapping[str, Any] | None = None, timeout_s: float = ANSWER_S
) -> Any:
    """One control request, past every proxy.

    Raises
    ------
    _Unreachable: nobody answers there. RehearsalError: the rehearsal said no.
    """
    url = f"{require_loopback(endpoint.url)}{CONTROL_PATH}/{door}"
    data = json.dumps(body or {}).encode() if method == "POST" else None
    request = urllib.request.Request(url, data=data, method=method, headers={TOKEN_HEADER: endpoint.token})  # noqa: S310 - loopback HTTP, checked above
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout_s) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            try:
                said = json.loads(error.read())
            except ValueError as no_json:
                raise _Unreachable(f"HTTP {error.code} without JSON") from no_json
        if error.code == 403:
            raise _Unreachable(str(said)) from error
        raise RehearsalError(str(said.get("error", said)), hint=str(said.get("hint", ""))) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        # HTTPException: the server ended in the middle of its answer.
        late = isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError)
        raise (_Busy if late else _Unreachable)(str(error)) from error


def _alive(endpoint: EndpointFile) -> bool:
    return _health(endpoint, time.monotonic()) is not None


def _health(endpoint: EndpointFile, until: float) -> Mapping[str, Any] | None:
    """What the server says of itself; None when it is not there, or does not answer at all.

    A server that is busy is asked until that time: to replace it would throw away all that was made in it.
    """
    while True:
        try:
            health: Mapping[str, Any] = _ask(endpoint, "GET", "health", timeout_s=HEALTH_S)
        except _Busy:
            if time.monotonic() < until:
                continue
            return None
        except _Unreachable:
            return None
        return health if health.get("pid") == endpoint.pid else None


def _environment() -> dict[str, str]:
    """The server's environment: nobody's credentials, no proxy, and this very source tree."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("AWS_") and name.lower() not in PROXY_NAMES and not name.startswith("MOTO_")
    }
    root = str(Path(runbook.__file__).resolve().parents[1])
    paths = [root, *(path for path in kept.get("PYTHONPATH", "").split(os.pathsep) if path and path != root)]
    return kept | dummy_environment() | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}


def _spawn(
    state_dir: Path, *, pace: float, faults: Sequence[str], domain: str, idle_s: float | None
) -> subprocess.Popen[bytes]:
    directory = endpoint_path(state_dir).parent
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "runbook.rehearsal.server", "--state-dir", str(state_dir), "--pace", str(pace)]
    for fault in faults:
        command.extend(("--fault", fault))
    if domain:
        command.extend(("--domain", domain))
    if idle_s is not None:
        command.extend(("--idle-s", str(idle_s)))
    with (directory / "start.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(),
            cwd=directory,
            start_new_session=True,
        )
    _children[process.pid] = process
    return process


def _last_words(state_dir: Path) -> str:
    words = []
    for name in ("start.log", "server.log"):
        with contextlib.suppress(OSError):
            words.extend((endpoint_path(state_dir).parent / name).read_text("utf-8", "replace").splitlines()[-8:])
    return "\n".join(words[-8:])


def _wait_for_start(
    process: subprocess.Popen[bytes], state_dir: Path, deadline: float, timeout_s: float
) -> EndpointFile:
    while time.monotonic() < deadline:
        found = read_endpoint(state_dir)
        if found is not None and found.pid == process.pid and _alive(found):
            return found
        if process.poll() is not None:
            raise RehearsalError(
                f"the embedded AWS ended with exit code {process.returncode} at its start:\n{_last_words(state_dir)}",
                hint=f"The whole log is in {endpoint_path(state_dir).parent}.",
            )
        time.sleep(LOOK_EVERY_S)
    process.terminate()
    raise RehearsalError(
        f"the embedded AWS did not answer within {timeout_s:g} s:\n{_last_words(state_dir)}",
        hint="Try again; on a very busy machine allow it more time.",
    )


def start_or_join(
    state_dir: Path,
    *,
    pace: float | None = None,
    faults: Sequence[str] = (),
    timeout_s: float = 30.0,
    domain: str = "",
    idle_s: float | None = None,
) -> Endpoint:
    """The rehearsal of this state directory, started when there is none.

    Parameters
    ----------
    pace: 1 for AWS's typical durations, 0 for at once; None leaves a running rehearsal as it is and starts one with 0.
    faults: planned on top of those that a running rehearsal still has.
    timeout_s: how long the start may take.
    domain: a public hosted zone is made sure of for it.
    idle_s: after how many idle seconds a newly started one ends; None for thirty minutes.

    Raises
    ------
    RehearsalError: a fault does not follow the grammar, or no rehearsal could be started in time.
    """
    parse_faults(faults)
    deadline = time.monotonic() + timeout_s
    directory = endpoint_path(state_dir).parent
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(directory / "start.lock", timeout=timeout_s):
            found = read_endpoint(state_dir)
            health = _health(found, deadline - timeout_s / 2) if found and found.version == source_version() else None
            if found is not None and health is not None:
                _steer(found, pace, faults, domain)
                kept = float(health.get("pace", 0.0)) if pace is None else pace
                return Endpoint(found.url, ACCOUNT_ID, found.pid, started_here=False, token=found.token, pace=kept)
            if found is not None:
                _end(state_dir, found, deadline)
            process = _spawn(state_dir, pace=pace or 0.0, faults=faults, domain=domain, idle_s=idle_s)
            started = _wait_for_start(process, state_dir, deadline, timeout_s)
    except Timeout as error:
        raise RehearsalError(
            f"another command has been starting a rehearsal in {state_dir} for {timeout_s:g} s",
            hint="Wait for it, or use another --state-dir.",
        ) from error
    return Endpoint(started.url, ACCOUNT_ID, started.pid, started_here=True, token=started.token, pace=pace or 0.0)


def _steer(found: EndpointFile, pace: float | None, faults: Sequence[str], domain: str) -> None:
    if pace is not None:
        _ask(found, "POST", "pace", {"pace": pace})
    if faults:
        _ask(found, "POST", "faults", {"faults": list(faults)})
    if domain:
        _ask(found, "POST", "domain", {"domain": domain})


def _end(state_dir: Path, found: EndpointFile, deadline: float) -> bool:
    """End the server behind an endpoint file; one that does not answer ends by itself once its file is gone."""
    try:
        _ask(found, "POST", "stop", timeout_s=2.0)
    except _Unreachable:
        endpoint_path(state_dir).unlink(missing_ok=True)
        return False
    while time.monotonic() < deadline and (_alive(found) or not _reaped(found.pid)):
        time.sleep(LOOK_EVERY_S)
    endpoint_path(state_dir).unlink(missing_ok=True)
    return True


def _reaped(pid: int) -> bool:
    """True unless it is a child of this process that still runs."""
    child = _children.get(pid)
    if child is None:
        return True
    if child.poll() is None:
        return False
    del _children[pid]
    return True


def stop(state_dir: Path, *, timeout_s: float = 10.0) -> bool:
    """End the rehearsal of this state directory; False when none was running."""
    found = read_endpoint(state_dir)
    if found is None:
        return False
    try:
        with FileLock(endpoint_path(state_dir).parent / "start.lock", timeout=timeout_s):
            return _end(state_dir, found, time.monotonic() + timeout_s)
    except Timeout as error:
        raise RehearsalError(
            f"another command is starting or ending the rehearsal in {state_dir} for {timeout_s:g} s",
            hint="Wait for it, then stop again.",
        ) from error


def _running(state_dir: Path) -> EndpointFile:
    found = read_endpoint(state_dir)
    if found is None or not _alive(found):
        raise RehearsalError(
            f"no rehearsal is running in {state_dir}", hint="Start one with karet rehearse, or with --rehearsal."
        )
    return found


def _told(
    state_dir: Path, method: str, door: str, body: Mapping[str, Any] | None = None, timeout_s: float = ANSWER_S
) -> Any:
    found = _running(state_dir)
    try:
        return _ask(found, method, door, body, timeout_s)
    except _Unreachable as error:
        raise RehearsalError(f"the rehearsal in {state_dir} stopped answering: {error}") from error


def reset(state_dir: Path) -> None:
    """Empty the rehearsed account; faults and calls are forgotten too."""
    _told(state_dir, "POST", "reset")


def add_faults(state_dir: Path, faults: Sequence[str]) -> None:
    """Plan faults in the running rehearsal.

    Raises
    ------
    RehearsalError: no rehearsal is running, or a fault cannot be used.
    """
    parse_faults(faults)
    _told(state_dir, "POST", "faults", {"faults": list(faults)})


def clear_faults(state_dir: Path) -> None:
    """Forget every planned fault."""
    _told(state_dir, "POST", "faults/clear")


def refuse_writes(state_dir: Path, on: bool = True) -> None:
    """Let the rehearsed account refuse everything that changes it, or stop doing so."""
    _told(state_dir, "POST", "refuse-writes", {"on": on})


def set_pace(state_dir: Path, pace: float) -> None:
    """1 for AWS's typical durations, 0 for at once."""
    _told(state_dir, "POST", "pace", {"pace": pace})


def inventory(state_dir: Path) -> dict[str, list[Any]]:
    """Everything that exists in the rehearsed account, without what differs from run to run."""
    found: dict[str, list[Any]] = _told(state_dir, "GET", "inventory", timeout_s=INVENTORY_S)["inventory"]
    return found


def calls(state_dir: Path) -> list[dict[str, Any]]:
    """The calls that came over the wire, oldest first."""
    found: list[dict[str, Any]] = _told(state_dir, "GET", "calls")["calls"]
    return found


def health_answers(state_dir: Path) -> dict[str, int]:
    """Status code -> health checks that the fake tasks answered with it over HTTP."""
    found: dict[str, int] = _told(state_dir, "GET", "tasks")["health_answers"]
    return found


def uploads(state_dir: Path) -> list[dict[str, Any]]:
    """The uploads that pollers brought to fake workers: task, key, and seconds since the upload."""
    found: list[dict[str, Any]] = _told(state_dir, "GET", "tasks")["uploads"]
    return found


def clear_calls(state_dir: Path) -> None:
    """Forget the calls seen so far."""
    _told(state_dir, "POST", "calls/clear")
