"""A line of keys and what they do; each can be clicked as well."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.events import Click
from textual.widgets import Static


class KeysLine(Static):
    """The keys that work now, in the order given."""

    DEFAULT_CSS = """
    KeysLine { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, keys: Iterable[tuple[str, str, str]] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", markup=False, id=id)
        self._places: list[tuple[int, int, str]] = []
        self.show_keys(keys)

    def show_keys(self, keys: Iterable[tuple[str, str, str]]) -> None:
        """Show these instead.

        Parameters
        ----------
        keys: key, label, and the action of a click.
        """
        self._places = []
        parts: list[Content] = []
        at = 0
        for key, label, action in keys:
            part = Content.assemble((key, "bold $accent"), " ", label)
            self._places.append((at, at + part.cell_length, action))
            at += part.cell_length + 2
            parts.append(part)
        self.update(Content("  ").join(parts))

    def show_words(self, words: str) -> None:
        """Show words without a key."""
        self._places = []
        self.update(Content.styled(words, "$secondary"))

    async def on_click(self, event: Click) -> None:
        """Do what the key under the mouse does."""
        at = event.get_content_offset_capture(self).x
        for first, end, action in self._places:
            if first <= at < end:
                event.stop()
                await self.run_action(action)
                return
