"""A line of keys and what they do; each can be clicked as well."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.style import Style
from textual.widgets import Static


class KeysLine(Static):
    """The keys that work now, in the order given."""

    DEFAULT_CSS = """
    KeysLine { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, keys: Iterable[tuple[str, str, str]] = ()) -> None:
        super().__init__(_line(keys), markup=False)

    def show_keys(self, keys: Iterable[tuple[str, str, str]]) -> None:
        """Show these instead.

        Parameters
        ----------
        keys: key, label, and the action of a click.
        """
        self.update(_line(keys))


def _line(keys: Iterable[tuple[str, str, str]]) -> Content:
    parts = []
    for key, label, action in keys:
        click = Style.from_meta({"@click": action})
        part = Content.assemble((key, "bold $footer-key-foreground"), " ", label)
        parts.append(part.stylize(click))
    return Content("  ").join(parts)
