"""The screen of settings: a form made from the settings model, checked while one types, written with comments kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Input, Static

from karet_tui.choice_screen import ChoiceScreen
from karet_tui.commands import Command
from karet_tui.plain import TYPED, counted, cut, one_line
from karet_tui.saving_screen import SavingScreen
from karet_tui.settings_form import Form
from runbook.settings import SettingInfo

if TYPE_CHECKING:
    from textual.widget import Widget

    from runbook.runs.options import Options
    from runbook.runs.runs import Runs


@dataclass
class _FormRead(Message):
    """The settings file was read."""

    form: Form


class SettingsScreen(SavingScreen):
    """A list of all settings, and the chosen one in full below it."""

    KEYS: ClassVar[tuple[Command, ...]] = (
        Command("enter", "edit", "Edit", "Change the setting under the cursor; Enter takes the value, Esc leaves it."),
        Command("d", "default", "Default", "Give it the value that it has without a line in the file."),
        Command("x", "forget", "Undo", "Forget the change of this setting."),
        Command("s", "save", "Save", "Show what the changes touch, ask, write the file and plan."),
        Command("slash", "find", "Find", "Show only the settings that have a word in their name or help."),
        Command("c", "changed", "Changed", "Show only what is not its default, or all again.", shown="wide"),
    )

    DEFAULT_CSS = """
    SettingsScreen #search { height: 1; border: none; padding: 0 1; margin: 0 1; background: $panel; display: none; }
    SettingsScreen #search.asked { display: block; }
    SettingsScreen #settings-table { height: 1fr; }
    SettingsScreen #field { height: auto; border-top: solid $border; padding: 0 1; }
    SettingsScreen #about { height: auto; max-height: 7; }
    SettingsScreen #typed { height: 1; border: none; padding: 0 1; background: $panel; display: none; }
    SettingsScreen #typed.asked { display: block; }
    SettingsScreen #problem { height: auto; }
    """

    def __init__(self, runs: Runs, options: Options) -> None:
        super().__init__(runs, options)
        self.form: Form | None = None
        self._word = ""
        self._only_set = False

    def part_title(self) -> str:
        return "Settings"

    def content(self) -> Iterable[Widget]:
        yield Input(
            id="search",
            restrict=TYPED,
            placeholder="a word, such as network; Enter keeps the list, Esc shows all again",
        )
        yield DataTable(id="settings-table", cursor_type="row")
        with Vertical(id="field") as pane:
            pane.border_title = "Setting"
            with VerticalScroll(id="about", can_focus=False):
                yield Static("Reading the settings …", id="about-text", markup=False)
            yield Input(id="typed", restrict=TYPED)
            yield Static("", id="problem", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self._table.focus()
        self.in_thread("form", "read the settings", lambda: _FormRead(Form.read(self.options, self.runs.place)))

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#settings-table", DataTable)

    @property
    def _typed(self) -> Input:
        return self.query_one("#typed", Input)

    @property
    def chosen(self) -> SettingInfo | None:
        """The setting under the cursor."""
        table = self._table
        if self.form is None or not table.is_valid_row_index(table.cursor_row):
            return None
        return self.form.info(str(table.coordinate_to_cell_key((table.cursor_row, 0)).row_key.value))  # type: ignore[arg-type]

    def refused(self, command: Command) -> str:
        if self.form is None or self.chosen is None:
            return "" if command.key in ("escape", "question_mark", "slash") else "The settings are not read yet."
        if command.action == "save" and not self.form.changes:
            return "Nothing is changed, so there is nothing to save."
        if command.action == "forget" and self.chosen.key not in self.form.changes:
            return "This setting is not changed."
        if command.action in ("edit", "default") and self._is_fixed(self.chosen):
            return f"{self.chosen.key} is fixed: it cannot change on a stack that exists."
        return ""

    def _is_fixed(self, info: SettingInfo) -> bool:
        return info.fixed is not None and self.live

    # -- drawing -----------------------------------------------------------------------------------------------------

    @on(_FormRead)
    def _form_read(self, event: _FormRead) -> None:
        event.stop()
        self.form = event.form
        self._draw()

    def _draw(self) -> None:
        if self.form is None:
            return
        form, table, chosen = self.form, self._table, self.chosen
        problems = form.problems()
        room = max(20, (self.size.width or 80) - 48)
        with self.prevent(DataTable.RowHighlighted):
            table.clear(columns=True)
            for title, width in (("State", 9), ("Setting", 30), ("Value", room)):
                table.add_column(title, width=width)
            for info in self._listed(form):
                state = self._state(form, info, problems)
                loud = "bold" if state[:1] in ("!", "~") else ""
                value = form.shown(info.key, form.value(info.key))
                cells = (
                    Text(state, style=loud),
                    Text(cut(info.key, 30), style=loud),
                    Text(cut(value, room), style=loud),
                )
                table.add_row(*cells, key=info.key)
            if chosen is not None and chosen.key in table.rows:
                table.move_cursor(row=table.get_row_index(chosen.key), animate=False)
        self.query_one("#part").border_subtitle = Content(self._summary(form))
        self._show_field(problems)

    def _listed(self, form: Form) -> Iterator[SettingInfo]:
        for info in form.fields:
            found = self._word in info.key.lower() or self._word in info.help.lower()
            mine = not self._only_set or info.key in form.changes or form.value(info.key) != info.default
            if found and mine:
                yield info

    def _state(self, form: Form, info: SettingInfo, problems: dict[str, str]) -> str:
        if info.key in problems:
            return "! wrong"
        if info.key in form.changes:
            return "~ changed"
        return "= fixed" if self._is_fixed(info) else ""

    def _summary(self, form: Form) -> str:
        name = self.options.settings_file.name if self.options.settings_file else "no file yet"
        shown = "" if self._table.row_count == len(form.fields) else f", {self._table.row_count} shown"
        return one_line(f"{name}: {counted(len(form.changes), 'change')} not saved{shown}")

    def _show_field(self, problems: dict[str, str] | None = None) -> None:
        info = self.chosen
        text = Content("Nothing has this word in it.") if info is None else Content("\n").join(self._about(info))
        self.query_one("#about-text", Static).update(text)
        self._show_problem((problems or {}) if not self._editing else None)
        self.show_keys()

    def _about(self, info: SettingInfo) -> Iterator[Content]:
        form = self.form
        if form is None:
            return
        yield Content.assemble((one_line(info.key), "bold"), f"  {one_line(info.help)}")
        default = "none" if info.required else form.shown(info.key, info.default)
        yield Content.styled(
            one_line(f"May be: {info.allowed}. Default: {default} ({info.source}). Section {info.section}."),
            "$secondary",
        )
        if info.fixed:
            begins = "Fixed" if self.live else "Fixed once the stack exists"
            yield Content.styled(
                one_line(f"{begins}: {info.fixed.reason.rstrip('.')}. {info.fixed.way}"), "$text-warning"
            )
        if info.key in form.changes:
            saved = form.shown(info.key, Form(form.saved).value(info.key))
            yield Content.assemble(("So far: ", "$secondary"), one_line(saved))

    def _show_problem(self, problems: dict[str, str] | None) -> None:
        if problems is None:
            return
        info = self.chosen
        lines = (
            [Content.styled(f"! {one_line(info.key)}: {one_line(problems[info.key])}", "$text-error")]
            if (info and info.key in problems)
            else []
        )
        others = [key for key in problems if info is None or key != info.key]
        lines += [
            Content.styled(f"! {one_line(key)}: {one_line(problems[key])}", "$text-warning") for key in others[:2]
        ]
        if len(others) > 2:
            lines.append(Content(f"… and {len(others) - 2} more"))
        self.query_one("#problem", Static).update(Content("\n").join(lines))

    @on(DataTable.RowHighlighted)
    def _row_chosen(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        if self.form:
            self._show_field(self.form.problems())

    # -- editing -----------------------------------------------------------------------------------------------------

    @property
    def _editing(self) -> bool:
        return self._typed.has_class("asked")

    @on(DataTable.RowSelected)
    def _row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.action_edit()

    def action_edit(self) -> None:
        """Change the setting under the cursor."""
        info = self.chosen
        if self.says_why("edit") or info is None or self.form is None:
            return
        if info.choices:
            self._choose(info)
            return
        self._typed.add_class("asked")
        self._typed.value = self.form.typed_text(info.key)
        self._typed.placeholder = "not set" if info.optional else f"{info.allowed}"
        self._typed.focus()
        self.call_after_refresh(self._table.move_cursor, row=self._table.cursor_row, animate=False)

    def _choose(self, info: SettingInfo) -> None:
        words = {str(one): one for one in info.choices}

        def chosen(word: str | None) -> None:
            if word is not None:
                self._take(info.key, words[word])

        now = self.form.value(info.key) if self.form else None
        self.app.push_screen(ChoiceScreen(info.key, tuple(words), str(now)), chosen)

    @on(Input.Changed, "#typed")
    def _typing(self, event: Input.Changed) -> None:
        event.stop()
        info = self.chosen
        if self._editing and info is not None and self.form is not None:
            self._show_problem(self.form.problems(info.key, self.form.value_typed(info.key, event.value)))

    @on(Input.Submitted, "#typed")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        info = self.chosen
        if info is None or self.form is None:
            return
        value = self.form.value_typed(info.key, event.value)
        if info.key in self.form.problems(info.key, value):
            self.notify("This value cannot be used; the line below says why. Esc leaves it as it was.", markup=False)
            return
        self._leave_field()
        self._take(info.key, value)

    def _take(self, key: str, value: Any) -> None:
        if self.form:
            self.form.change(key, value)
            self._draw()

    def _leave_field(self) -> None:
        self._typed.remove_class("asked")
        self._table.focus()

    def action_default(self) -> None:
        """The value without a line in the file."""
        info = self.chosen
        if not self.says_why("default") and info is not None and not info.required:
            self._take(info.key, info.default)

    def action_forget(self) -> None:
        """As the file has it."""
        info = self.chosen
        if not self.says_why("forget") and info is not None and self.form is not None:
            self.form.changes.pop(info.key, None)
            self._draw()

    def action_save(self) -> None:
        """Ask whether to write the changes."""
        if self.says_why("save") or self.form is None:
            return
        if problems := self.form.problems():
            key, problem = next(iter(problems.items()))
            self.notify(f"{one_line(key)}: {one_line(problem)}", markup=False, severity="warning")
            return
        saved = Form(self.form.saved)
        self.ask_to_save(self.form.changes, before={key: saved.value(key) for key in self.form.changes})

    # -- finding -----------------------------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Type a word."""
        field = self.query_one("#search", Input)
        field.add_class("asked")
        field.focus()

    def action_changed(self) -> None:
        """Only what is not its default, or all."""
        self._only_set = not self._only_set
        self._draw()

    @on(Input.Changed, "#search")
    def _searching(self, event: Input.Changed) -> None:
        event.stop()
        self._word = event.value.strip().lower()
        self._draw()

    @on(Input.Submitted, "#search")
    def _found(self, event: Input.Submitted) -> None:
        event.stop()
        self._table.focus()

    def action_back(self) -> None:
        """Out of the field, out of the search, or back to the walk; changes that are not saved are asked about."""
        search = self.query_one("#search", Input)
        if self._editing:
            self._leave_field()
            self._draw()
        elif search.has_class("asked"):
            search.remove_class("asked")
            search.value = ""
            self._table.focus()
        elif self.form and self.form.changes:
            leave, stay = "leave, and forget the changes", "stay here"

            def answered(word: str | None) -> None:
                if word == leave:
                    self.dismiss(None)

            title = f"{counted(len(self.form.changes), 'change')} not saved"
            self.app.push_screen(ChoiceScreen(title, (stay, leave)), answered)
        else:
            super().action_back()
