"""Changes values in a TOML text and leaves every other character of it as it is: comments, order, blank lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runbook.errors import SettingsError
from runbook.settings.override import number
from runbook.settings.reference import toml_key, toml_value
from runbook.settings.toml_lines import Path, Scanner


@dataclass(frozen=True)
class _Span:
    """Where a value stands."""

    begin: int
    end: int


class _Spans(Scanner):
    """Notes where each value and each table begins and ends."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.values: dict[Path, _Span] = {}
        self.heads: dict[Path, int] = {}
        """Per table with a header of its own the place behind that header."""
        self.last: dict[Path, int] = {}
        """Per table with a header, and for the top (the empty path), the end of its last value."""
        self.at_table: Path = ()
        self.depth = 0

    def header(self, brackets: int) -> Path:
        self.at_table = super().header(brackets)
        self.heads[self.at_table] = self.at
        return self.at_table

    def value(self, path: Path) -> None:
        self.skip_blank()
        begin = self.at
        self.depth += 1
        super().value(path)
        self.depth -= 1
        end = begin + len(self.text[begin : self.at].rstrip())
        self.values[path] = _Span(begin, end)
        if self.depth == 0:
            self.last[self.at_table] = end


def changed_text(text: str, changes: Mapping[str, Any]) -> str:
    """The text with other values; a value that is not in it yet is added where it belongs.

    Parameters
    ----------
    text: valid TOML.
    changes: dotted keys with values; None means not set, which TOML writes as an empty text.

    Raises
    ------
    SettingsError: the text is written in a way in which a value cannot be exchanged alone.
    """
    wanted, made = _parsed(text), text
    for key, value in changes.items():
        path = tuple(key.split("."))
        if not _set(wanted, path, "" if value is None else value):
            raise _refusal(changes)
        if isinstance(value, Mapping) and not _is_inline(made, path):
            made = _table_changed(made, path, value)
        else:
            made = _put(made, path, value)
    if _plain(_parsed(made)) != _plain(wanted):
        raise _refusal(changes)
    return made


def _refusal(changes: Mapping[str, Any]) -> SettingsError:
    return SettingsError(
        f"{', '.join(changes)} cannot be written without changing more of the file",
        hint="Change it in the file itself; docs/settings.md describes every setting.",
    )


def _is_inline(text: str, path: Path) -> bool:
    """Whether a table stands as one value, or nowhere at all."""
    spans = _scanned(text)
    inside = any(known[: len(path)] == path and known != path for known in spans.values)
    return path in spans.values or not (inside or path in spans.heads)


def _table_changed(text: str, path: Path, value: Mapping[str, Any]) -> str:
    """A table that is written line by line, with other lines."""
    before = _at(_parsed(text), path)
    for name in before:
        if name not in value:
            text = _without(text, (*path, name))
    for name, one in value.items():
        if before.get(name) != one:
            text = _put(text, (*path, name), one)
    return text


def _put(text: str, path: Path, value: Any) -> str:
    spans = _scanned(text)
    if span := spans.values.get(path):
        return text[: span.begin] + toml_value(value) + text[span.end :]
    line_end = "\r\n" if "\r\n" in text else "\n"
    table = path[:-1]
    line = f"{toml_key(str(path[-1]))} = {toml_value(value)}"
    if table in spans.values:
        return _into_inline(text, spans.values[table], line)
    dotted = [span.end for known, span in spans.values.items() if table and known[:-1] == table]
    if table and table not in spans.heads and dotted:
        # The table is written as dotted keys at the top, and a header for it would be a second definition.
        prefix = ".".join(toml_key(str(part)) for part in table)
        return _after_line(text, max(dotted), f"{prefix}.{line}", line_end)
    if table and table not in spans.heads:
        header = ".".join(toml_key(str(part)) for part in table)
        gap = "" if not text or text.endswith("\n") else line_end
        return f"{text}{gap}{line_end}[{header}]{line_end}{line}{line_end}"
    if (shown := _default_line(text, spans, table, str(path[-1]))) is not None:
        return _after_line(text, shown, line, line_end)
    if table in spans.last:
        return _after_line(text, spans.last[table], line, line_end)
    if table:
        return _after_line(text, spans.heads[table], line, line_end)
    return _at_top(text, spans, line, line_end)


def _default_line(text: str, spans: _Spans, table: Path, name: str) -> int | None:
    """The place of the comment that shows the default of a setting, such as `# zones = 2`, in the part of its table."""
    begin = spans.heads.get(table, 0)
    later = [one for one in spans.heads.values() if one > begin]
    end = text.rfind("[", begin, min(later)) if later else len(text)
    found = re.compile(rf"^[ \t]*#[ \t]*{re.escape(toml_key(name))}[ \t]*=[^\n]*$", re.MULTILINE).search(
        text, begin, end
    )
    return found.start() if found else None


def _at_top(text: str, spans: _Spans, line: str, line_end: str) -> str:
    """The text with the first line of the top, which stands before every header."""
    if not spans.heads:
        gap = "" if not text or text.endswith("\n") else line_end
        return f"{text}{gap}{line}{line_end}"
    header = text.rfind("[", 0, min(spans.heads.values()))
    begin = text.rfind("\n", 0, header) + 1
    return f"{text[:begin]}{line}{line_end}{line_end}{text[begin:]}"


def _after_line(text: str, place: int, line: str, line_end: str) -> str:
    """The text with another line behind the one in which the place is."""
    end = text.find("\n", place)
    if end < 0:
        return f"{text}{line_end}{line}{line_end}"
    return f"{text[: end + 1]}{line}{line_end}{text[end + 1 :]}"


def _into_inline(text: str, table: _Span, pair: str) -> str:
    inner = text[table.begin + 1 : table.end - 1].strip()
    return f"{text[: table.begin]}{{ {f'{inner}, ' if inner else ''}{pair} }}{text[table.end :]}"


def _without(text: str, path: Path) -> str:
    """The text without the line of a value."""
    span = _scanned(text).values[path]
    begin = text.rfind("\n", 0, span.begin) + 1
    end = text.find("\n", span.end)
    return text[:begin] + (text[end + 1 :] if end >= 0 else "")


def _scanned(text: str) -> _Spans:
    spans = _Spans(text)
    spans.document()
    return spans


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.replace("\r\n", "\n"), parse_float=number)
    except ValueError as error:
        raise SettingsError(f"the settings file is not valid TOML: {error}", hint="Put it right first.") from error


def _at(values: Any, path: Path) -> dict[str, Any]:
    for part in path:
        values = values.get(part, {})
    return dict(values)


def _set(values: dict[str, Any], path: Path, value: Any) -> bool:
    """Whether there is a place for the value."""
    inner: Any = values
    for part in path[:-1]:
        inner = inner.setdefault(str(part), {})
        if not isinstance(inner, dict):
            return False
    inner[str(path[-1])] = value
    return True


def _plain(value: Any) -> Any:
    """Tables that are empty or missing are the same, and so are lists and tuples."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items() if inner != {}}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
