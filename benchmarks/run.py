"""Measures what the README promises about speed: medians of whole processes, and the reads of a plan by operation.

Figures depend on the machine; nothing fails here.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from runbook.engine.executor import Report
from runbook.engine.graph import Graph, layers
from runbook.engine.removal import step_needs
from runbook.rehearsal import join
from runbook.runs.options import Options
from runbook.runs.runs import Planned, Runs

RUNS = 7
PACE = 0.02


class Took(NamedTuple):
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def timed(*command: str) -> Took:
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    took = Took(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    return took


def median(name: str, *command: str) -> None:
    """The first run fills Python's caches and the runbook's own, and does not count."""
    runs = [timed(*command) for _ in range(RUNS + 1)][1:]
    walls, cpu = [one.wall_s for one in runs], statistics.median(one.cpu_s for one in runs)
    print(
        f"{name:<58} {statistics.median(walls):.2f} s  ({min(walls):.2f} to {max(walls):.2f}, {RUNS} runs; "
        f"processor {cpu:.2f} s, memory {max(one.peak_mb for one in runs):.0f} MB)"
    )


def plan_without_changes(state: Path) -> None:
    karet = (sys.executable, "-m", "runbook")
    median("plan without changes, whole process", *karet, "plan", "--rehearsal", "--state-dir", str(state))
    planned = Runs.open(Options(rehearsal=True, state_dir=state, environ={})).plan()
    print(f"  {len(planned.found)} resources, {sum(planned.reads.values())} reads, none twice:")
    for name, count in sorted(planned.reads.items(), key=lambda one: (-one[1], one[0])):
        print(f"    {name:<54} {count}")


def critical_path(planned: Planned, graph: Graph, report: Report) -> float:
    """The longest path through the steps over the seconds that each really took, waits included."""
    needs = step_needs(planned.plan.changes, graph)
    took = {step.change.step: step.seconds for step in report.steps}
    until: dict[str, float] = {}
    for step in layers(needs):
        until[step] = took[step] + max((until[one] for one in needs[step]), default=0.0)
    return max(until.values(), default=0.0)


def apply_over_critical_path() -> None:
    with tempfile.TemporaryDirectory(prefix="karet-bench-") as folder:
        state = Path(folder)
        try:
            runs = Runs.open(Options(rehearsal=True, state_dir=state, pace=PACE, environ={}))
            planned = runs.plan()
            began = runs.place.clock.monotonic()
            result = runs.apply(planned, command="bench")
            wall = runs.place.clock.monotonic() - began
        finally:
            join.stop(state)
    path = critical_path(planned, runs.graph, result.report)
    alone = sum(step.seconds for step in result.report.steps)
    print(f"{'apply at pace ' + str(PACE) + ', outcome ' + result.report.outcome:<58} {wall:.1f} s of AWS time")
    print(f"{'  over its critical path':<58} {wall / path:.2f}")
    print(f"{'  against the same steps one after the other':<58} {alone / wall:.1f} times faster")


def scenarios() -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("scenarios.py"))], check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    name = f"{found['scenarios']:,} scenarios of {found['measures']} measures, {found['networks']} networks"
    print(f"{name:<58} {found['seconds']:.2f} s  ({found['lines']} lines each)")
    print(f"{'  memory of that process at its peak':<58} {found['mb']:.0f} MB")
    print(f"{'  against the same lines one scenario at a time':<58} {found['times_faster']:,.0f} times faster")


def exports() -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("exports.py"))], check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    for form, one in found["forms"].items():
        name = f"export of {found['calls']:,} calls as {form}"
        print(f"{name:<58} {one['seconds']:.2f} s  ({one['mb']:.1f} MB)")
    opens = "chromium is not installed" if found["opens_s"] is None else f"{found['opens_s']:.2f} s"
    print(f"{'  the page in a browser, beyond an empty one':<58} {opens}")


def main() -> None:
    median("karet --help", sys.executable, "-m", "runbook", "--help")
    median("karet cost, from the snapshot", sys.executable, "-m", "runbook", "cost", "--region", "us-east-1")
    scenarios()
    exports()
    sys.stdout.flush()
    subprocess.run([sys.executable, str(Path(__file__).with_name("first_frame.py"))], check=True)
    with tempfile.TemporaryDirectory(prefix="karet-bench-") as folder:
        state = Path(folder)
        try:
            runs = Runs.open(Options(rehearsal=True, state_dir=state, environ={}))
            runs.apply(runs.plan(), command="bench")
            plan_without_changes(state)
        finally:
            join.stop(state)
    apply_over_critical_path()


if __name__ == "__main__":
    main()
