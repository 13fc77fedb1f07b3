"""Makes text from outside (AWS, tags, files, people) safe to show: nothing in it is markup or an escape sequence."""

from __future__ import annotations

import re
import unicodedata

_UNSHOWABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a terminal may take for something else than a character to look at."""

_STANDS_IN = "\ufffd"

_BEGINS = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+(?:\[[ x]\]\s+)?|>\s+|\|\s*)")
_RULER = re.compile(r"^[\s|:=-]*$")
_EMPHASIS = re.compile(r"(`+)(.+?)\1|\*\*(.+?)\*\*|(?<!\w)[*_](?=\S)(.+?)(?<=\S)[*_](?!\w)|\[([^\]]*)\]\([^)]*\)")

TYPED = r"[^\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*"
"""What a field takes, pasted text too: a field shows what is in it as it is."""


def lines_of(text: object) -> str:
    """The text with its line breaks, and a replacement character for each character that is not there to be seen.

    The result is shown as `Content` or `Text`, never parsed as markup.
    """
    return "\n".join(one_line(line, squeeze=False) for line in str(text).splitlines())


def one_line(text: object, *, squeeze: bool = True) -> str:
    """The text on one line.

    Parameters
    ----------
    squeeze: also make one space of several.
    """
    flat = " ".join(str(text).split()) if squeeze else str(text).replace("\t", "    ")
    if flat.isascii() and flat.isprintable():
        return flat
    return "".join(_STANDS_IN if unicodedata.category(one) in _UNSHOWABLE else one for one in flat)


def unmarked(line: str) -> str:
    """A line of Markdown as it is read: without the signs for headings, lists, tables, stress and code."""
    if _RULER.match(line):
        return ""
    cells = _BEGINS.sub("", line).strip().strip("|").strip()
    words = _EMPHASIS.sub(lambda one: next(part for part in one.groups()[1:] if part is not None), cells)
    return one_line(words.replace(" | ", "  ").replace("`", ""), squeeze=False)


def cut(text: object, width: int) -> str:
    """One line of at most so many characters; what is cut is shown by an ellipsis."""
    line = one_line(text)
    if width < 1:
        return ""
    return line if len(line) <= width else f"{line[: width - 1]}…"


def counted(number: int, thing: str) -> str:
    """`1 change`, `3 changes`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
