"""The question before settings are written: which lines change, which resources that touches, what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from karet_tui.ask_screen import AskScreen
from karet_tui.marks import ACTIONS, signed
from karet_tui.plain import counted, one_line

if TYPE_CHECKING:
    from karet_tui.settings_change import Proposal

_HOW = {"new": "create", "changed": "update", "gone": "delete"}
"""What will be done about a touched resource, in the words and signs of a plan."""


class SaveScreen(AskScreen[bool]):
    """The answer is True when the file shall be written.

    Parameters
    ----------
    cost: what it changes in the bill, in words; empty when nobody has asked.
    live: whether the stack may exist already, so that fixed settings cannot change any more.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "yes", show=False)]

    DEFAULT_CSS = """
    SaveScreen #facts { padding: 0 1; }
    SaveScreen #middle { border-top: solid $border; border-bottom: solid $border; min-height: 3; }
    SaveScreen #ask { padding: 0 1; }
    """

    def __init__(self, proposal: Proposal, cost: str = "", *, live: bool = True) -> None:
        super().__init__()
        self._proposal = proposal
        self._cost = cost
        self._live = live

    @property
    def _refused(self) -> bool:
        return bool(self._proposal.overruled) or (self._live and bool(self._proposal.fixed))

    def box_title(self) -> str:
        return f"Write {counted(len(self._proposal.lines), 'setting')} into {self._proposal.file.path.name}"

    def content(self) -> Iterable[Widget]:
        yield Static(Content("\n").join(self._facts()), id="facts", markup=False)
        with VerticalScroll(id="middle"):
            yield Static(Content("\n").join(self._list()), id="list", markup=False)
        yield Static(self._ask(), id="ask", markup=False)

    def keys(self) -> Sequence[tuple[str, str, str]]:
        no = ("Esc", "back, nothing is written", "screen.no")
        return (no,) if self._refused else (("Enter", "write, then plan", "screen.yes"), no)

    def on_mount(self) -> None:
        self.query_one("#middle").focus()

    def _facts(self) -> Iterator[Content]:
        for key, before, after in self._proposal.lines:
            yield Content.assemble(
                (one_line(key), "bold"), "  ", (one_line(before), "$secondary"), " → ", (one_line(after), "bold")
            )
        if self._cost:
            yield Content.assemble(("A month  ", "$secondary"), one_line(self._cost))
        if self._proposal.file.text is None:
            yield Content("The file is new: every setting is in it as a comment.")

    def _list(self) -> Iterator[Content]:
        for key in self._proposal.overruled:
            yield Content.styled(f"! {one_line(key)} is set on the command line of this session", "$text-warning")
            yield Content("    The value in the file does not count then. Leave it out there, and start again.")
        for fixed in self._proposal.fixed:
            yield Content.styled(f"! {one_line(fixed.key)} cannot change once the stack exists", "$text-warning")
            yield Content(f"    {one_line(fixed.reason)}. {one_line(fixed.way)}")
        touched = self._proposal.touched
        yield Content.styled(_counted(self._proposal), "bold")
        width = max((len(one.id) for one in touched), default=0)
        for one in touched:
            sign = signed(ACTIONS, _HOW[one.how])
            what = f": {', '.join(one.settings)}" if one.settings else ""
            yield Content.assemble(
                sign.pad_right(max(1, 10 - len(sign.plain))),
                f"{one_line(one.id):<{width}}",
                (f"  section {one.section}, {one_line(one.kind)}{one_line(what)}", "$secondary"),
            )

    def _ask(self) -> Content:
        if self._refused:
            return Content("Nothing is written before this is cleared up.")
        return Content("AWS is not touched by this: the plan that follows shows what would be done, and asks again.")

    def action_yes(self) -> None:
        """Agree."""
        if not self._refused:
            self.dismiss(True)


def _counted(proposal: Proposal) -> str:
    if not proposal.touched:
        return "This touches no resource."
    sections = sorted({one.section for one in proposal.touched})
    where = f"section{'s' if len(sections) > 1 else ''} {', '.join(map(str, sections))}"
    return f"This touches {counted(len(proposal.touched), 'resource')} in {where}"
