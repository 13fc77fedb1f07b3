"""Where the notebooks lie, and what each of them may be asked: its name, its file, its parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from runbook.errors import SettingsError
from runbook.notebooks.asked import assigned, fitting, wrong
from runbook.settings.limits import nearest

PARAMETERS: Final = "parameters"
"""The tag of the cell that has every parameter with its default, by papermill's convention."""

_PLACES: Final = (Path(__file__).parent / "files", Path(__file__).parents[2] / "notebooks")
"""Inside an installed package, and beside the library in a checkout."""


@dataclass(frozen=True)
class Notebook:
    """One notebook as it lies on the shelf."""

    name: str
    path: Path

    @property
    def title(self) -> str:
        """Its first heading."""
        return next(
            line.removeprefix("# ")
            for cell in self._content()["cells"]
            for line in "".join(cell["source"]).splitlines()
            if line.startswith("# ") and cell["cell_type"] == "markdown"
        )

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Parameter -> default."""
        cells = self._content()["cells"]
        cell = next(one for one in cells if PARAMETERS in one["metadata"].get("tags", ()))
        return assigned("".join(cell["source"]))

    def values(self, texts: Sequence[str]) -> dict[str, Any]:
        """The values of KEY=VALUE texts, each as the type of its default.

        Raises
        ------
        SettingsError: a text is no KEY=VALUE, a key no parameter, a value of another type; each a line of `problems`.
        """
        known = self.parameters
        problems = []
        made: dict[str, Any] = {}
        for text in texts:
            key, equals, value = (part.strip() for part in text.partition("="))
            if not equals:
                problems.append(f'"{text}" is not KEY=VALUE')
            elif key not in known:
                problems.append(f"{key} is no parameter of {self.name}{nearest(key, known)}")
            else:
                made[key], problem = fitting(_read(value, known[key]), known[key])
                problems += [f"{key}: {problem}"] if problem else []
        if problems:
            raise wrong(problems, known)
        return made

    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return content


def notebooks() -> tuple[Notebook, ...]:
    """All notebooks, by name."""
    place = next((one for one in _PLACES if one.is_dir()), _PLACES[-1])
    return tuple(Notebook(path.stem, path) for path in sorted(place.glob("*.ipynb")))


def find(name: str) -> Notebook:
    """The notebook of a name.

    Raises
    ------
    SettingsError: there is none.
    """
    found = {one.name: one for one in notebooks()}
    if name not in found:
        raise SettingsError(
            f'there is no notebook "{name}"{nearest(name, found)}', hint=f"Notebooks: {', '.join(found) or 'none'}."
        )
    return found[name]


def _read(text: str, default: Any) -> Any:
    """A text as the type of a default; what cannot be read stays a text, which then does not fit."""
    if isinstance(default, str):
        return text
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        return int(text) if isinstance(default, int) else float(text)
    except ValueError:
        return text
