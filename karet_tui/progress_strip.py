"""The strip at the bottom that says what is going on; it is there only while something is."""

from __future__ import annotations

from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from karet_tui.plain import cut
from karet_tui.progress import Progress

_HIGH, _LOW = 8, 4
"""Lines at most, on a high terminal and on a low one."""


class ProgressStrip(Static):
    """The progress of the run or look that goes on."""

    DEFAULT_CSS = """
    ProgressStrip { height: auto; padding: 0 1; display: none; text-wrap: nowrap; }
    ProgressStrip.busy { display: block; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._progress: Progress | None = None
        self._high = 0

    def show_progress(self, progress: Progress | None) -> None:
        """Show this, or nothing."""
        self._progress = progress
        self.set_class(progress is not None, "busy")
        self._draw()

    def on_resize(self, event: Resize) -> None:
        del event
        self._draw()

    def _draw(self) -> None:
        if self._progress is None:
            self.update("")
            self._high = 0
            return
        width = (self.size.width or self.app.size.width) - 2
        height = _HIGH if self.screen.has_class("-tall") else _LOW
        head, *rest = self._progress.lines(width, height)
        lines = [Content.styled(cut(head, width), "bold $text-primary"), *(Content(_kept(one, width)) for one in rest)]
        # As many lines as before need no other place, and to place everything anew is most of the work of a picture.
        self.update(Content("\n").join(lines), layout=len(lines) != self._high)
        self._high = len(lines)


def _kept(line: str, width: int) -> str:
    """The line cut to the width, with the spaces at its beginning."""
    return f"  {cut(line, width - 2)}"
