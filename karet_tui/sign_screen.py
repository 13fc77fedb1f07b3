"""Asks for a signature under one item of the checklist: the statement, the evidence, what is left to judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from karet_tui.ask_screen import AskScreen
from karet_tui.in_app import in_app
from karet_tui.marks import OUTCOMES, signed
from karet_tui.plain import lines_of, one_line

if TYPE_CHECKING:
    from runbook.runs.sign_off import ChecklistItem


class SignScreen(AskScreen[str]):
    """The answer is the note that goes with the signature, which may be empty; None is no signature.

    Parameters
    ----------
    by: the principal whose name goes under it.
    left: how many items are still to be signed, this one included; 0 when only this one is asked about.
    """

    DEFAULT_CSS = """
    SignScreen #sign-note { height: 1; border: none; padding: 0; margin: 1 1 0 1; background: $panel; }
    SignScreen #sign-by { padding: 0 1; margin: 1 0 0 0; height: auto; }
    """

    def __init__(self, item: ChecklistItem, by: str, *, left: int = 0) -> None:
        super().__init__()
        self._left = left
        self._item = item
        self._by = by

    def box_title(self) -> str:
        more = f", {self._left} to go" if self._left else ""
        return f"Sign item {self._item.number} of the checklist{more}"

    def content(self) -> Iterable[Widget]:
        with VerticalScroll(id="middle"):
            yield Static(Content("\n").join(self._text()), markup=False)
        yield Static(
            f"Signed as {one_line(self._by)}. It is kept in the account and in the journal.", id="sign-by", markup=False
        )
        yield Input(id="sign-note", placeholder="a note, if you like")

    def on_mount(self) -> None:
        self.query_one("#sign-note").focus()

    def keys(self) -> Sequence[tuple[str, str, str]]:
        return (("Enter", "sign", "screen.sign"), ("Esc", "do not sign", "screen.no"))

    def _text(self) -> Iterator[Content]:
        yield Content.styled(one_line(self._item.statement), "bold")
        for one in self._item.results:
            yield Content.assemble(
                signed(OUTCOMES, one.outcome), f"  {one_line(one.statement)}: {lines_of(in_app(one.detail))}"
            )
            calls = ", ".join(
                dict.fromkeys(evidence.call.partition(" ")[0].partition("(")[0] for evidence in one.evidence)
            )
            read = f"from {one_line(calls)}" if calls else "from what the settings say"
            yield Content.styled(f"  read at {one.at:%H:%M:%S} UTC {read}", "$secondary")
        if self._item.judgement:
            yield Content.assemble(("Only you can say ", "bold"), one_line(self._item.judgement))
        if self._item.outdated:
            yield Content.styled(
                "It was signed before, but what was signed is no longer what is true.", "$text-warning"
            )

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_sign()

    def action_sign(self) -> None:
        """Sign."""
        self.dismiss(self.query_one("#sign-note", Input).value)
