"""What the operator likes about the screen, kept for the next start: the theme, and whether the mouse is used."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from karet_tui.theme import THEMES

_FILE = "app.json"


@dataclass(frozen=True)
class Taste:
    """The choices; a name that is not known any more counts as not chosen."""

    theme: str = "dark"
    mouse: bool = True

    @classmethod
    def read(cls, state: Path) -> Taste:
        """The choices kept in the state directory, or the usual ones: a damaged file is not worth an error."""
        try:
            kept = json.loads(Path(state, _FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls()
        if not isinstance(kept, dict):
            return cls()
        theme, mouse = kept.get("theme"), kept.get("mouse")
        return cls(str(theme) if theme in THEMES else cls.theme, mouse if isinstance(mouse, bool) else cls.mouse)

    def keep(self, state: Path) -> bool:
        """Write the choices down; gives whether that was possible."""
        try:
            Path(state).mkdir(mode=0o700, parents=True, exist_ok=True)
            Path(state, _FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")
        except OSError:
            return False
        return True

    @property
    def next_theme(self) -> str:
        """The theme after this one."""
        names = list(THEMES)
        return names[(names.index(self.theme) + 1) % len(names)]
