"""Measures what a session in the terminal app feels like: keys during a busy run, long logs, long runs, memory.

The whole app runs, with everything that it would write to a terminal made and thrown away; the stack is the one in
memory of the app's tests. Figures depend on the machine; nothing fails here. Each key is given three times: as a
person waits, that without the time in which the app was ready and other programs had the processor, and what the app's
own thread computed.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from textual import events
from textual.drivers.headless_driver import HeadlessDriver

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "karet_tui")]

from fake_runs import BUCKET, NOW, FakeRuns  # noqa: E402  the path to it is known only now

from karet_tui.app import KaretApp  # noqa: E402
from runbook.engine import events as told  # noqa: E402
from runbook.engine.journal import Journal  # noqa: E402
from runbook.pricing.snapshot import snapshot  # noqa: E402
from runbook.runs import preflight  # noqa: E402
from runbook.runs.options import Options  # noqa: E402

SIZE = (120, 40)
EVENTS_PER_S = 200
RUN_S = 12
LOG_LINES = 20_000
LONG_RUN = 10_000
RESOURCES = 60


class Terminal(HeadlessDriver):
    """Takes what the app writes, and says when something came."""

    on_write: Callable[[], None] = staticmethod(lambda: None)
    written = 0

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        type(self).written += len(data)
        type(self).on_write()

    def _get_terminal_size(self) -> tuple[int, int]:
        return SIZE


class BusyRuns(FakeRuns):
    """A stack whose apply tells so many events a second, for so many events."""

    def __init__(self, number: int, per_second: float) -> None:
        many = tuple(
            replace(BUCKET, id=f"s3.thing-{index}", step=f"s3.thing-{index}", expected_s=5.0)
            for index in range(RESOURCES)
        )
        super().__init__(changes={1: (), 2: many, 3: ()})
        self.number, self.per_second, self.told = number, per_second, 0
        self.took_s = 0.0

    def rates(self) -> Any:
        return snapshot()

    def apply(self, planned: Any, *, command: str, on_event: Any, stop: Any) -> Any:
        changes = planned.plan.acting
        began = time.perf_counter()
        for index in range(self.number):
            change = changes[index % len(changes)]
            on_event(_event(index, change.id))
            self.told += 1
            due = began + (index + 1) / self.per_second
            if (rest := due - time.perf_counter()) > 0:
                time.sleep(rest)
        self.took_s = time.perf_counter() - began
        return super().apply(planned, command=command, on_event=on_event, stop=stop)


def _event(index: int, id_: str) -> Any:
    at = datetime.now(UTC)
    match index % 4:
        case 0:
            return told.CallStarted(at, id_, f"s3.PutBucketThing{index}")
        case 1:
            return told.WaitProgress(at, id_, "the bucket to exist", 1.0, 60.0, 5.0)
        case 2:
            return told.CallFinished(at, id_, "s3", "PutBucketThing", 0.12, f"req-{index}")
        case _:
            return told.Message(at, "info", f"{id_}: step {index} of many, with some words that a person may read")


class Took(NamedTuple):
    """Milliseconds from a key to its effect on the screen."""

    waited: float
    alone: float
    computed: float


def queued_s() -> float:
    """Seconds that this thread has waited for a processor so far; where the system does not tell, none."""
    try:
        return int(Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


class Session:
    """An app that runs, and a hand that presses keys."""

    def __init__(self, app: KaretApp) -> None:
        self.app = app
        self._seen: tuple[Callable[[], bool], asyncio.Event] | None = None
        Terminal.on_write = staticmethod(self._wrote)  # type: ignore[method-assign]

    def _wrote(self) -> None:
        if self._seen and self._seen[0]():
            self._seen[1].set()

    async def key(self, key: str, changed: Callable[[], Any]) -> Took:
        """From a key to the first thing written after its effect."""
        before = changed()
        shown = asyncio.Event()
        self._seen = (lambda: changed() != before, shown)
        queued, computed, began = queued_s(), time.thread_time(), time.perf_counter()
        self.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await asyncio.wait_for(shown.wait(), 30)
        self._seen = None
        waited, computed, queued = time.perf_counter() - began, time.thread_time() - computed, queued_s() - queued
        return Took(waited * 1000, (waited - queued) * 1000, computed * 1000)

    async def press(self, key: str) -> None:
        """A key whose time nobody asks for."""
        self.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await self.rest()

    async def rest(self) -> None:
        """Until no thread works (but for a run) and every message is handled."""
        for _ in range(4):
            handled = asyncio.Event()
            self.app.call_later(handled.set)
            await handled.wait()
            await asyncio.sleep(0.05)

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def session(runs: Any, folder: Path) -> Any:
    app = KaretApp(
        Options(rehearsal=True, state_dir=folder), open_runs=lambda *_: runs, read_sections=lambda: runs.sections
    )
    app.driver_class = Terminal
    running = asyncio.create_task(app.run_async(size=SIZE, mouse=False))
    here = Session(app)
    await here.until(lambda: app.is_running and app.walk.runs is not None and app.walk.progress is None)
    await here.rest()
    try:
        yield here
    finally:
        app.exit(0)
        await running


def say(line: str) -> None:
    """Print while the app has taken the standard output for itself."""
    print(line, file=sys.__stdout__, flush=True)


def figures(name: str, times: list[Took]) -> None:
    waited, alone, computed = (sorted(column) for column in zip(*times, strict=True))
    at = round(0.95 * (len(times) - 1))
    say(
        f"{name:<58} p95 {waited[at]:.0f} ms  (median {statistics.median(waited):.0f}, worst {waited[-1]:.0f}, "
        f"{len(times)} keys; without other programs: p95 {alone[at]:.0f}, median {statistics.median(alone):.0f}; "
        f"computing: p95 {computed[at]:.0f}, median {statistics.median(computed):.0f})"
    )


def resident_mb() -> float:
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


async def begin_apply(here: Session) -> None:
    """Go to section 2, plan, and say yes."""
    await here.press("n")
    await here.press("p")
    await here.until(lambda: here.app.walk.progress is None and here.app.walk.here.planned is not None)
    await here.press("a")
    await here.until(lambda: len(here.app.screen_stack) > 1)
    await here.press("enter")
    await here.until(lambda: here.app.walk.at_work is not None)


async def busy_run(folder: Path) -> None:
    runs = BusyRuns(EVENTS_PER_S * RUN_S, EVENTS_PER_S)
    async with session(runs, folder) as here:
        await begin_apply(here)
        table = here.app.query_one("#resources-table")
        table.focus()
        times: list[Took] = []
        keys = ["down"] * 20 + ["up"] * 20
        while here.app.walk.at_work is not None and runs.told < runs.number - EVENTS_PER_S // 2:
            for key in keys:
                if runs.told >= runs.number - EVENTS_PER_S // 2:
                    break
                times.append(await here.key(key, lambda: table.cursor_coordinate))
                await asyncio.sleep(0.03)
        await here.until(lambda: here.app.walk.at_work is None)
        await here.rest()
        figures(f"key to screen in an apply of {EVENTS_PER_S} events a second", times)
        lines = sum("thing-" in line for line in here.app.view.log_pane._session)
        pace = runs.told / runs.took_s
        say(f"{'  events told / in the log':<58} {runs.told:,} / {lines - 5 * RESOURCES:,} at {pace:.0f} a second")


async def long_log(folder: Path) -> None:
    async with session(BusyRuns(1, 1), folder) as here:
        pane = here.app.view.log_pane
        pane.add_lines(
            f"12:00:00Z s3.thing-{number}: s3.PutBucketThing answered in 0.12 s, request {number:032x}"
            for number in range(LOG_LINES)
        )
        began = time.perf_counter()
        await here.press("l")
        log = here.app.query_one("#log")
        log.focus()
        await here.rest()
        say(f"{f'a log of {LOG_LINES:,} lines is there after':<58} {time.perf_counter() - began:.2f} s")
        keys = ["pageup"] * 60 + ["up"] * 60 + ["pagedown"] * 30 + ["home"]
        times = [await here.key(key, lambda: log.scroll_offset.y) for key in keys]
        figures(f"key to screen in a log of {LOG_LINES:,} lines", times)


async def long_run(folder: Path) -> None:
    runs = BusyRuns(LONG_RUN, 4000)
    async with session(runs, folder) as here:
        await begin_apply(here)
        await here.until(lambda: runs.told > 500)
        before = resident_mb()
        await here.until(lambda: here.app.walk.at_work is None)
        await here.rest()
        after = resident_mb()
        say(f"{f'memory over a run of {LONG_RUN:,} events':<58} {after - before:+.1f} MB  (to {after:.0f} MB)")


async def long_journal(folder: Path) -> None:
    path = folder / "journal.db"
    written = threading.Thread(target=_write_journal, args=(path,))
    written.start()
    while written.is_alive():
        await asyncio.sleep(0.1)
    runs = BusyRuns(1, 1)
    runs.journal = path
    async with session(runs, folder) as here:
        before = resident_mb()
        began = time.perf_counter()
        await here.press("j")
        listed = None
        while listed is None or not listed.count:
            await asyncio.sleep(0.01)
            found = here.app.screen.query("#entries-list")
            listed = found.first() if found else None
        say(f"{f'journal of {LONG_RUN:,} calls is there after':<58} {time.perf_counter() - began:.2f} s")
        listed.focus()
        await here.rest()
        keys = ["pagedown"] * 60 + ["down"] * 60 + ["end", "home"]
        times = [await here.key(key, lambda: listed.cursor) for key in keys]
        figures("  key to screen in its entries", times)
        say(f"{'  memory that it takes':<58} {resident_mb() - before:+.1f} MB")


def _write_journal(path: Path) -> None:
    class Clock:
        def now(self) -> datetime:
            return NOW

    with Journal.open(path, clock=Clock()) as journal:  # type: ignore[arg-type]
        journal._connection.execute("PRAGMA synchronous = OFF")
        run = journal.begin_run(
            user="ada",
            host="here",
            principal="arn",
            tool_version="0",
            command="karet apply",
            account="1",
            region="eu-west-1",
            stack="karet",
            plan_hash="0",
        )
        for number in range(LONG_RUN):
            params = {"Bucket": "karet-data", "Number": number}
            intent = journal.intent(
                run, f"s3.thing-{number % 60}", service="s3", operation="Put", params=params, digest="d"
            )
            journal.result(intent, outcome="ok", duration_s=0.1)
        journal.end_run(run, outcome="done", counts={"done": 60})


MEASURES: tuple[Callable[[Path], Awaitable[None]], ...] = (busy_run, long_log, long_run, long_journal)


def main() -> None:
    # The stack in memory has no AWS that could be asked for permissions.
    preflight.before_apply = lambda *_: []  # type: ignore[assignment]
    # As the command line does, which keeps the search for garbage rare.
    gc.set_threshold(200_000, 20, 100)
    chosen = [one for one in MEASURES if len(sys.argv) < 2 or one.__name__ in sys.argv[1:]]
    for measure in chosen:
        with tempfile.TemporaryDirectory(prefix="karet-bench-") as folder:
            asyncio.run(measure(Path(folder)))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
