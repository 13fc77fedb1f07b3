"""A notebook's parameters, read from its names: every unknown or wrong one is an error that names it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, Final, TypeVar

from runbook.errors import SettingsError
from runbook.settings.limits import nearest

Question = TypeVar("Question")

INJECTED: Final = "# Parameters"
"""The first line of the cell in which papermill, and we, put the values that somebody gave."""


def asked(question: type[Question], names: Mapping[str, Any]) -> Question:
    """The question that a notebook's names ask.

    Parameters
    ----------
    question: a dataclass; its fields are the parameters.
    names: the notebook's `globals()`; `In` in them tells which names were given from outside.

    Raises
    ------
    SettingsError: a given name is no parameter, or a value has another type; every one is a line of `problems`.
    """
    known = {one.name: one.default for one in fields(question) if one.default is not MISSING}  # type: ignore[arg-type]
    given = [name for cell in names.get("In", ()) if cell.startswith(INJECTED) for name in assigned(cell)]
    problems = [f"{name} is no parameter{nearest(name, known)}" for name in given if name not in known]
    values = {}
    for name, default in known.items():
        values[name], problem = fitting(names.get(name, default), default)
        problems += [f"{name}: {problem}"] if problem else []
    if problems:
        raise wrong(problems, known)
    return question(**values)


def wrong(problems: Iterable[str], known: Iterable[str]) -> SettingsError:
    """The error about parameters."""
    lines = list(problems)
    return SettingsError(
        f"{len(lines)} {'parameter is' if len(lines) == 1 else 'parameters are'} wrong",
        problems=lines,
        hint=f"Parameters: {', '.join(known)}.",
    )


def assigned(cell: str) -> dict[str, Any]:
    """The names that a cell of plain assignments gives values to; a value that is no constant comes as None."""
    made: dict[str, Any] = {}
    for line in ast.parse(cell).body:
        if not isinstance(line, ast.Assign):
            continue
        for target in line.targets:
            if isinstance(target, ast.Name):
                try:
                    made[target.id] = ast.literal_eval(line.value)
                except ValueError:
                    made[target.id] = None
    return made


def fitting(value: Any, default: Any) -> tuple[Any, str]:
    """The value as the type of the default, or what is wrong with it."""
    kind = type(default)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), ""
    if type(value) is kind:
        return value, ""
    words = {int: "a whole number", float: "a number", str: "a text", bool: "True or False"}
    return default, f"{value!r} is not {words[kind]}"
