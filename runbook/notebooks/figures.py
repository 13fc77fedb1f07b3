"""What of a notebook must not be stale: the outputs of its cells tagged `figure`, compared with a fresh run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from nbformat import NotebookNode

FIGURE: Final = "figure"
PICTURE: Final = "image/svg+xml"
_NUMBER = re.compile(r"(?<![#\w])-?\d+(?:\.\d+)?")
_MOST_APART: Final = 0.05
"""Coordinates may differ by so much, in points: processors round the last digit of a float in their own ways."""


def figures(made: NotebookNode) -> dict[str, list[dict[str, Any]]]:
    """Cell id -> the outputs of a cell tagged `figure`, by media type."""
    return {
        cell.id: [dict(output.data) for output in cell.outputs]
        for cell in made.cells
        if FIGURE in cell.metadata.get("tags", ())
    }


def stale(committed: NotebookNode, fresh: NotebookNode) -> list[str]:
    """What differs, a line for each cell; empty when all figures are as a run makes them."""
    kept, made = figures(committed), figures(fresh)
    lines = [f"{name}: is in one of the two only" for name in sorted(kept.keys() ^ made.keys())]
    for name in kept.keys() & made.keys():
        if len(kept[name]) != len(made[name]):
            lines.append(f"{name}: {len(kept[name])} outputs were kept, a run makes {len(made[name])}")
            continue
        for old, new in zip(kept[name], made[name], strict=True):
            lines += [
                f"{name}: {kind} is stale" for kind in sorted(old.keys() | new.keys()) if not _same(kind, old, new)
            ]
    return sorted(lines)


def data_of(made: NotebookNode, name: str) -> dict[str, Any]:
    """The figures of a cell as plain data."""
    from runbook.notebooks.shown import FIGURE as KIND

    found: dict[str, Any] = next(output[KIND] for output in figures(made)[name] if KIND in output)
    return found


def _same(kind: str, old: dict[str, Any], new: dict[str, Any]) -> bool:
    if kind not in old or kind not in new:
        return False
    if kind != PICTURE:
        return bool(old[kind] == new[kind])
    return same_picture(old[kind], new[kind])


def same_picture(one: str, other: str) -> bool:
    """Whether two pictures have the same parts at the same places."""
    if one == other:
        return True
    if _NUMBER.sub("0", one) != _NUMBER.sub("0", other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(abs(float(left) - float(right)) <= _MOST_APART for left, right in pairs)
