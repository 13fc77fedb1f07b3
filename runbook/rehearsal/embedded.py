"""A rehearsal inside the current process, for tests: a thread, a free port, and a clean end."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import Any

from runbook.rehearsal.call_log import Entry
from runbook.rehearsal.control import Control
from runbook.rehearsal.endpoint import ACCOUNT_ID
from runbook.rehearsal.overlay import HOLD_BACK_S
from runbook.rehearsal.rehearsal import Rehearsal
from runbook.rehearsal.serving import POLL_S, listen, url_of
from runbook.rehearsal.states import Pacer


class Embedded:
    """`with Embedded() as aws:` answers at `aws.url` until the block ends.

    moto's things belong to the process, so only one may be open at a time; a session-wide one with `reset` between
    tests is the fast way.
    """

    def __init__(
        self,
        *,
        pace: float = 0.0,
        faults: Sequence[str] = (),
        domain: str = "",
        clock: Callable[[], float] = monotonic,
        hold_back_s: float = HOLD_BACK_S,
    ) -> None:
        self._rehearsal = Rehearsal(pace=pace, faults=faults, domain=domain, clock=clock, hold_back_s=hold_back_s)
        self.account_id = ACCOUNT_ID
        self.token = secrets.token_urlsafe(16)
        control = Control(
            self._rehearsal, token=self.token, facts={"embedded": True}, stop=self._rehearsal.stop, touch=lambda: None
        )
        self._server = listen(control)
        self.url = url_of(self._server)
        self._thread = Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": POLL_S}, name="rehearsal", daemon=True
        )

    def __enter__(self) -> Embedded:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rehearsal.stop()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reset(self) -> None:
        """An empty account again, without faults."""
        self._rehearsal.reset()

    def add_faults(self, texts: Iterable[str]) -> None:
        """Plan faults in their written form."""
        self._rehearsal.add_faults(texts)

    def clear_faults(self) -> None:
        """Forget every planned fault."""
        self._rehearsal.clear_faults()

    def remaining_faults(self) -> list[str]:
        """The faults that have not struck as often as planned."""
        return self._rehearsal.remaining_faults()

    def refuse_writes(self, on: bool = True) -> None:
        """Refuse every operation that changes something, or stop doing so."""
        self._rehearsal.refuse_writes(on)

    @property
    def pacer(self) -> Pacer:
        """What holds things in their pending state; a test may give it another clock."""
        return self._rehearsal.pacer

    def set_pace(self, pace: float) -> None:
        """1 for typical durations, 0 for at once."""
        self._rehearsal.set_pace(pace)

    def seed_zone(self, domain: str) -> None:
        """Make sure that a public hosted zone exists for the domain."""
        self._rehearsal.seed_zone(domain)

    def forget_zone(self) -> None:
        """Let the next reset leave no zone behind."""
        self._rehearsal.forget_zone()

    def foreign_buckets(self, names: Iterable[str]) -> None:
        """Bucket names that another account holds from here on."""
        self._rehearsal.world.foreign_buckets.update(names)

    def tasks(self) -> dict[str, Any]:
        """The fake tasks, how many of each service ran at each moment, and the health checks answered over HTTP."""
        return self._rehearsal.tasks.report()

    def health_answers(self) -> dict[str, int]:
        """Status code -> health checks that were answered with it over HTTP."""
        return self._rehearsal.tasks.health_answers()

    def uploads(self) -> list[dict[str, Any]]:
        """The uploads that pollers brought to fake workers: task, key, and seconds since the upload."""
        found: list[dict[str, Any]] = self._rehearsal.tasks.report()["uploads"]
        return found

    def let_tasks_fail(self, service: str, on: bool = True) -> None:
        """Let new tasks of an ECS service exit right after their start, or stop doing so."""
        self._rehearsal.tasks.let_fail(service, on)

    def inventory(self) -> dict[str, list[Any]]:
        """Everything that exists, without what differs from run to run."""
        return self._rehearsal.inventory()

    def calls(self) -> list[Entry]:
        """The calls that came over the wire, oldest first."""
        return self._rehearsal.calls()

    def clear_calls(self) -> None:
        """Forget the calls seen so far."""
        self._rehearsal.clear_calls()
