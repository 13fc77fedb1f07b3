"""The line at the top that always says where one is: rehearsal or real account, which one, which stack, as whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from karet_tui.plain import one_line

if TYPE_CHECKING:
    from runbook.runs.place import Place

_REHEARSAL = ("REHEARSAL", "bold $text-success on $success-muted")
_UNDECIDED = ("NOTHING DECIDED YET", "bold $text-warning on $warning-muted")
_REAL = ("REAL ACCOUNT", "bold $text-error on $error-muted")


def badge(rehearsal: bool) -> Content:
    """The two words that nobody may overlook."""
    word, style = _REHEARSAL if rehearsal else _REAL
    return Content.styled(f" {word} ", style)


def short_principal(arn: str) -> str:
    """The part of a principal's ARN that differs between people: `user/ada`, `assumed-role/Admin/ada`."""
    return one_line(arn.split(":", 5)[-1])


class PlaceLine(Static):
    """One line, drawn again whenever its width changes.

    Parameters
    ----------
    rehearsal: whether it is one; None as long as nobody has decided.
    """

    DEFAULT_CSS = """
    PlaceLine { dock: top; height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; text-overflow: ellipsis; }
    PlaceLine.real { background: $error-muted; }
    """

    def __init__(self, rehearsal: bool | None) -> None:
        super().__init__(markup=False)
        self._rehearsal = rehearsal
        self._place: Place | None = None

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def show_choice(self, rehearsal: bool) -> None:
        """Somebody has decided where; the stack is not open yet."""
        self._rehearsal = rehearsal
        self._draw()

    def show_place(self, place: Place) -> None:
        """The stack is open."""
        self._place, self._rehearsal = place, place.rehearsal
        self._draw()

    def _draw(self) -> None:
        self.set_class(self._rehearsal is False, "real")
        if self._rehearsal is None:
            word, style = _UNDECIDED
            self.update(Content.styled(f" {word} ", style))
            return
        if self._place is None:
            self.update(Content.assemble(badge(self._rehearsal), ("  opening …", "$foreground")))
            return
        place = self._place
        wide = self.size.width >= 110
        facts = [
            ("account", place.identity.account),
            ("", place.deployment.region),
            ("stack", place.deployment.stack),
            ("as", short_principal(place.identity.arn)),
        ]
        line = badge(self._rehearsal)
        for label, value in facts:
            named = f"{label} " if label and (wide or label == "stack") else ""
            line = line.append(
                Content.assemble("  ", (named, "$secondary" if self._rehearsal else "$foreground"), one_line(value))
            )
        self.update(line)
