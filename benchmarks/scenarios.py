"""Measures scenarios in a process of its own: a million usages in five networks, against Decimal one at a time."""

from __future__ import annotations

import json
import resource
import time
from dataclasses import replace
from decimal import Decimal

import numpy as np

from runbook.cost.scenarios import Samples, sweep
from runbook.cost.usage import MEASURES, USAGE
from runbook.cost.whole_stack import Stack
from runbook.pricing.snapshot import snapshot
from runbook.settings import load

COUNT = 1_000_000
ONE_AT_A_TIME = 50


def main() -> None:
    loaded = load(None, (), environ={}, profile_region=lambda: None, region_flag="us-east-1", rehearsal=True)
    deployment, rates = loaded.deployment, snapshot()
    chance = np.random.default_rng(1)
    varied = [one for one in MEASURES if one.high > one.low]
    points = Samples(**{one.name: chance.uniform(float(one.low), float(one.high), COUNT) for one in varied})
    began = time.perf_counter()
    made = sweep(deployment, USAGE["typical"], rates, points)
    seconds = time.perf_counter() - began
    stacks = [Stack.of(deployment, case.network) for case in made.cases]
    began = time.perf_counter()
    for at in range(ONE_AT_A_TIME):
        figures = {name: Decimal(float(values[0])) for name, values in points.part(at, at + 1).items()}
        usage = replace(USAGE["typical"], **figures)
        for row, stack in enumerate(stacks):
            exact = float(stack.estimate(usage, rates).usd_per_month)
            assert abs(exact - made.usd[row, at]) < 1e-6 * exact
    alone = (time.perf_counter() - began) / ONE_AT_A_TIME * COUNT
    print(
        json.dumps(
            {
                "scenarios": COUNT,
                "networks": len(made.cases),
                "lines": sum(len(stack.lines(USAGE["typical"])) for stack in stacks),
                "measures": len(varied),
                "seconds": seconds,
                "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "times_faster": alone / seconds,
            }
        )
    )


if __name__ == "__main__":
    main()
