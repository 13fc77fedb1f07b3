"""Line numbers of keys in a TOML text, which tomllib does not tell.

The text has been read by tomllib before, so the scanner only has to find its way through valid TOML.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter

Path = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}\r\n#]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")


def key_lines(text: str) -> dict[Path, int]:
    """The line of every key and of every element of a list, counted from 1.

    A key is a path such as `("app", "web", "port")`; elements of a list have their index in it.
    """
    scanner = Scanner(text)
    scanner.document()
    return scanner.lines


class Scanner:
    """Finds its way through valid TOML, and notes the line of each key."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.counted = 0
        self.lines: dict[Path, int] = {}
        self.tables: Counter[Path] = Counter()

    def document(self) -> None:
        prefix: Path = ()
        while self.skip_blank():
            if self.text.startswith("[[", self.at):
                prefix = self.header(2)
            elif self.text[self.at] == "[":
                prefix = self.header(1)
            else:
                self.assignment(prefix)

    def header(self, brackets: int) -> Path:
        line = self.here()
        self.at += brackets
        path = self.resolved(self.key())
        self.skip_blank()
        self.at += brackets
        if brackets == 2:
            self.tables[path] += 1
            path = (*path, self.tables[path] - 1)
        self.lines.setdefault(path, line)
        return path

    def resolved(self, key: tuple[str, ...]) -> Path:
        """A header's path with the index of the latest element behind each list of tables on the way."""
        path: Path = ()
        for part in key[:-1]:
            path = (*path, part)
            if path in self.tables:
                path = (*path, self.tables[path] - 1)
        return (*path, key[-1])

    def assignment(self, prefix: Path) -> None:
        line = self.here()
        path = (*prefix, *self.key())
        for end in range(len(prefix) + 1, len(path) + 1):
            self.lines.setdefault(path[:end], line)
        self.skip_blank()
        self.at += 1  # the equals sign
        self.value(path)

    def key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self.skip_blank()
            if self.text[self.at] in "\"'":
                start = self.at
                self.string()
                parts.append(tomllib.loads(f"key = {self.text[start : self.at]}")["key"])
            else:
                bare = _BARE_KEY.match(self.text, self.at)
                if bare is None:
                    raise ValueError(f"no key at character {self.at}")
                self.at = bare.end()
                parts.append(bare.group())
            self.skip_blank()
            if not self.text.startswith(".", self.at):
                return tuple(parts)
            self.at += 1

    def value(self, path: Path) -> None:
        self.skip_blank()
        char = self.text[self.at]
        if char in "\"'":
            self.string()
        elif char == "[":
            self.array(path)
        elif char == "{":
            self.inline_table(path)
        else:
            bare = _BARE_VALUE.match(self.text, self.at)
            self.at = bare.end() if bare else self.at

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.skip_blank() and self.text[self.at] != "]":
            self.lines[(*path, index)] = self.here()
            self.value((*path, index))
            index += 1
            self.skip_blank()
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while self.skip_blank() and self.text[self.at] != "}":
            self.assignment(path)
            self.skip_blank()
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def string(self) -> None:
        quote = self.text[self.at]
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(fence)
        while not self.text.startswith(fence, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
            if self.at >= len(self.text):
                raise ValueError("a text has no end")
        self.at += len(fence)
        if len(fence) == 3:  # up to two quotes may stand right before the closing fence
            extra = re.compile(f"{quote}{{0,2}}").match(self.text, self.at)
            self.at = extra.end() if extra else self.at

    def skip_blank(self) -> bool:
        blank = _BLANK.match(self.text, self.at)
        self.at = blank.end() if blank else self.at
        return self.at < len(self.text)

    def here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = max(self.counted, self.at)
        return self.line
