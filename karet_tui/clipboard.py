"""Copies text: to the terminal by OSC 52, to the local clipboard tool where there is one, or into a file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karet_tui.plain import counted

if TYPE_CHECKING:
    from textual.app import App

_TOOLS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("pbcopy", (), ""),
    ("wl-copy", (), "WAYLAND_DISPLAY"),
    ("xclip", ("-selection", "clipboard"), "DISPLAY"),
    ("xsel", ("--clipboard", "--input"), "DISPLAY"),
    ("clip.exe", (), ""),
)
"""Program, its arguments, and the variable without which it has no screen to copy to."""

_PATIENCE_S = 2.0


def copy(app: App[Any], text: str) -> None:
    """Copy a text, and say so; which ways it went is said because a terminal may ignore OSC 52."""
    if not text.strip():
        app.notify("There is nothing to copy here.", markup=False, timeout=3)
        return
    app.copy_to_clipboard(text)
    tool = to_local_tool(text)
    way = f"with {tool} and through the terminal" if tool else "through the terminal; w writes a file instead"
    app.notify(f"Copied {counted(len(text.splitlines()), 'line')} {way}.", markup=False, timeout=4)


def to_local_tool(text: str, environ: Mapping[str, str] | None = None) -> str:
    """Give the text to the clipboard program of this machine; gives its name, or nothing when there is none."""
    environ = os.environ if environ is None else environ
    for name, arguments, needs in _TOOLS:
        path = shutil.which(name, path=environ.get("PATH"))
        if path is None or (needs and not environ.get(needs)):
            continue
        try:
            subprocess.run(
                [path, *arguments], input=text.encode(), timeout=_PATIENCE_S, check=True, capture_output=True
            )
        except (OSError, subprocess.SubprocessError):
            continue
        return name
    return ""


def write_file(app: App[Any], text: str, name: str, folder: Path | None = None) -> Path | None:
    """Write a text into a new file of the working folder, and say where it is."""
    if not text.strip():
        app.notify("There is nothing to write here.", markup=False, timeout=3)
        return None
    try:
        path = _new_file(folder or Path.cwd(), name)
        path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    except OSError as error:
        app.notify(f"{name} cannot be written: {error.strerror}", severity="error", markup=False)
        return None
    app.notify(f"Written: {path}", markup=False, timeout=6)
    return path


def _new_file(folder: Path, name: str) -> Path:
    """A name that no file has yet; nothing is overwritten."""
    path = folder / name
    stem, dot, ending = name.partition(".")
    number = 2
    while path.exists():
        path = folder / f"{stem}-{number}{dot}{ending}"
        number += 1
    path.touch(mode=0o600, exist_ok=False)
    return path
