"""A chain of killed runs: each run is killed at one call, the next one goes on, until one gets through."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runbook.rehearsal import join

FORKER = Path(__file__).with_name("kill_forker.py")
LONGEST_CHAIN = 400
"""Twice the calls of the whole stack: a call that is never the same would be killed for ever."""


@dataclass
class Chain:
    """What came of one chain."""

    kills: int
    calls: set[str]
    """Every call that was begun, by operation and digest."""
    hit: set[str]
    """The calls at which a run was killed."""
    inventory: dict[str, Any]


@dataclass
class Killer:
    """Runs chains against one rehearsal process; close it at the end."""

    state: Path
    overrides: tuple[str, ...] = ()
    _forker: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        with (self.state / "forker.log").open("w") as log:
            self._forker = subprocess.Popen(
                [sys.executable, str(FORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environ,
            )

    def close(self) -> None:
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.close()
        self._forker.wait(timeout=30)
        self._forker.stdout.close()
        join.stop(self.state)

    def _ask(self, **request: Any) -> dict[str, Any]:
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.write(json.dumps({"state": str(self.state), "overrides": self.overrides, **request}) + "\n")
        self._forker.stdin.flush()
        answer = self._forker.stdout.readline()
        assert answer, (self.state / "forker.log").read_text()[-4000:]
        return dict(json.loads(answer))

    def chain(self, when: str, sections: list[str], *, limit: int, destroy: bool = False, seed: int = 0) -> Chain:
        """Run until one run gets through.

        Parameters
        ----------
        when: `before` or `after` every call once, `random`, or `never`.
        limit: calls in flight; 1 makes the order the same in every run, so that every call is hit.
        """
        files = {name: self.state / f"{name}-{when}-{destroy}-{seed}.txt" for name in ("seen", "calls")}
        for path in files.values():
            path.write_text("")
        for kills in range(LONGEST_CHAIN):
            answer = self._ask(
                when=when,
                seen=str(files["seen"]),
                calls=str(files["calls"]),
                sections=sections,
                limit=limit,
                destroy=destroy,
                seed=seed + kills,
            )
            if not answer["killed"]:
                assert answer["exit"] == 0, (self.state / "forker.log").read_text()[-4000:]
                return Chain(
                    kills,
                    set(files["calls"].read_text().splitlines()),
                    set(files["seen"].read_text().splitlines()),
                    join.inventory(self.state),
                )
        raise AssertionError(f"no run got through after {LONGEST_CHAIN} kills")

    def start(self) -> None:
        """An embedded AWS with nothing in it."""
        join.start_or_join(self.state, domain="example.com")
        join.reset(self.state)
        join.start_or_join(self.state, domain="example.com")
