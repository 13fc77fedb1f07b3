"""What was found, made ready to be priced: a service's price is in the task definition that it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from runbook.kinds.task_bill import TaskBill
from runbook.model import State


def joined(kind: str, state: State, definitions: Iterable[State]) -> State:
    """The state of a service with the size of its tasks as the setting `bill`; every other state as it is.

    Parameters
    ----------
    definitions: task definitions that were found; without the one that runs the size stays unknown.
    """
    if kind != "Service":
        return state
    arn = state.settings.get("task_definition")
    running = next((one for one in definitions if one.outputs.get("arn") == arn), None)
    bill = task_bill(running) if running else None
    return replace(state, settings={**state.settings, **({"bill": bill} if bill else {})})


def task_bill(definition: State) -> TaskBill | None:
    """What a task of a definition is billed by; None when the definition does not say its size."""
    cpu, memory = str(definition.settings.get("cpu", "")), str(definition.settings.get("memory", ""))
    if not (cpu.isdecimal() and memory.isdecimal()):
        return None
    return TaskBill(
        int(cpu),
        int(memory),
        int(definition.settings.get("ephemeral_gib", 20)),
        arm=definition.settings.get("platform", {}).get("cpuArchitecture") == "ARM64",
    )
