"""What a Fargate task is billed by: CPU, memory and disk by the second, and its traffic to other zones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from runbook.kinds.billing import BOTH_SIDES, HOURS, times
from runbook.model import CostLine, Usage

_INCLUDED_GIB = 20
"""Disk that is part of the price of every task (AWS docs: AWS Fargate pricing, seen 2026-11)."""


@dataclass(frozen=True)
class TaskBill:
    """What one task is billed by; the service itself costs nothing.

    Parameters
    ----------
    cpu: CPU units; 1024 is one vCPU.
    arm: whether it runs on ARM, which has prices of its own.
    """

    cpu: int
    memory_mib: int
    ephemeral_gib: int = _INCLUDED_GIB
    arm: bool = False


def task_lines(id_: str, count: int, bill: TaskBill | None, usage: Usage, *, named: bool) -> Iterable[CostLine]:
    """The lines of a service with so many tasks.

    Parameters
    ----------
    bill: None when the size of the tasks is not known; quantities are then unknown too.
    named: other services find this one by a private name, so traffic between tasks is counted here, once.
    """
    prefix = "fargate.arm_" if bill and bill.arm else "fargate."
    hours = count * HOURS
    basis = f"{count} x {HOURS} h"
    if bill is None:
        for label, rate in (("CPU", "vcpu_hour"), ("memory", "gib_hour")):
            yield CostLine(id_, label, f"{prefix}{rate}", None, f"{basis} x a size that is not known")
    else:
        vcpu, gib = Decimal(bill.cpu) / 1024, Decimal(bill.memory_mib) / 1024
        yield CostLine(id_, "CPU", f"{prefix}vcpu_hour", hours * vcpu, f"{basis} x {vcpu} vCPU")
        yield CostLine(id_, "memory", f"{prefix}gib_hour", hours * gib, f"{basis} x {gib} GiB")
        if extra := bill.ephemeral_gib - _INCLUDED_GIB:
            line = f"{basis} x {extra} GiB beyond {_INCLUDED_GIB}"
            yield CostLine(id_, "disk", "fargate.storage_gib_hour", hours * extra, line)
    if named:
        zones = times(usage.cross_zone_gib, BOTH_SIDES)
        yield CostLine(id_, "data between zones", "transfer.cross_zone_gib", zones, "billed on both sides")
