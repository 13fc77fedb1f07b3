"""The rehearsal as a process of its own: outlives the command that started it, ends when unused or when asked."""

from __future__ import annotations

import argparse
import gc
import os
import secrets
import signal
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from runbook.rehearsal.bounded_log import BoundedLog
from runbook.rehearsal.endpoint import (
    ACCOUNT_ID,
    IDLE_S,
    EndpointFile,
    read_endpoint,
    remove_endpoint,
    source_version,
    write_endpoint,
)
from runbook.rehearsal.loopback import stay_on_this_machine

LOOK_EVERY_S = 2.0
"""How often the server looks whether it is still wanted."""


class Wanted:
    """Knows whether the server should go on: somebody talked to it lately, and the endpoint file is still its own."""

    def __init__(
        self, *, idle_s: float, owns_endpoint: Callable[[], bool], clock: Callable[[], float] = monotonic
    ) -> None:
        self._idle_s = idle_s
        self._owns_endpoint = owns_endpoint
        self._clock = clock
        self._last = clock()

    def touch(self) -> None:
        """Note that somebody talked to the server."""
        self._last = self._clock()

    def still(self) -> bool:
        """False when the server has nobody left to serve."""
        return self._clock() - self._last < self._idle_s and self._owns_endpoint()


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m runbook.rehearsal.server", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--pace", type=float, default=0.0)
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--domain", default="")
    parser.add_argument("--idle-s", type=float, default=IDLE_S)
    return parser.parse_args(arguments)


def _watch(wanted: Wanted, in_use: Callable[[], bool], ended: Event, every_s: float) -> None:
    while not ended.wait(every_s):
        if in_use():
            # An app that is open may wait for its operator as long as that takes.
            wanted.touch()
        if not wanted.still():
            ended.set()


def serve(options: argparse.Namespace) -> None:
    """Answer until the rehearsal is idle, replaced or asked to stop."""
    # Imported here, so that a wrong argument is answered before a second is spent on loading moto.
    from runbook.rehearsal.control import Control
    from runbook.rehearsal.rehearsal import Rehearsal
    from runbook.rehearsal.serving import POLL_S, listen, url_of

    state_dir: Path = options.state_dir
    token = secrets.token_urlsafe(24)
    ended = Event()
    # moto and botocore's models stay as long as the process does: with Python's usual threshold the search for garbage
    # among them costs a quarter of an apply.
    gc.set_threshold(100_000, 20, 20)
    gc.freeze()
    rehearsal = Rehearsal(pace=options.pace, faults=options.fault, domain=options.domain)
    wanted = Wanted(idle_s=options.idle_s, owns_endpoint=lambda: _owns(state_dir, token))
    facts = {"pid": os.getpid(), "version": source_version(), "account_id": ACCOUNT_ID}
    server = listen(Control(rehearsal, token=token, facts=facts, stop=ended.set, touch=wanted.touch))
    Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_S}, name="answers", daemon=True).start()
    write_endpoint(
        state_dir,
        EndpointFile(
            url=url_of(server),
            pid=os.getpid(),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            token=token,
            version=source_version(),
        ),
    )
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    every_s = min(LOOK_EVERY_S, options.idle_s)
    Thread(target=_watch, args=(wanted, server.in_use, ended, every_s), name="watch", daemon=True).start()
    try:
        ended.wait()
    finally:
        rehearsal.stop()
        remove_endpoint(state_dir, token)
        server.shutdown()
        server.server_close()


def _owns(state_dir: Path, token: str) -> bool:
    found = read_endpoint(state_dir)
    return found is not None and found.token == token


def main(arguments: list[str] | None = None) -> None:
    """Entry of `python -m runbook.rehearsal.server`."""
    options = _arguments(arguments)
    directory = options.state_dir / "rehearsal"
    directory.mkdir(parents=True, exist_ok=True)
    log = BoundedLog(directory / "server.log")
    sys.stdout = sys.stderr = log
    warnings.simplefilter("ignore")
    stay_on_this_machine()
    serve(options)
    log.flush()
    # Nothing is left to tidy up, and taking all of moto apart again would keep the caller waiting for a second.
    os._exit(0)


if __name__ == "__main__":
    main()
