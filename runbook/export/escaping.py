"""Text from AWS or a person inside Markdown, HTML and file names: shown, never obeyed."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
import unicodedata
import zlib
from typing import Any, Final

_UNSHOWABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a reader may take for something else than a character to look at."""
_MOST_UNPACKED: Final = 256 * 1024 * 1024
_UNSAFE_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9-]+")


def visible(text: str, *, lines: bool = False) -> str:
    """The text with a replacement character for each character that is not there to be seen."""
    if (text.replace("\n", "") if lines else text).isprintable():
        return text
    return "".join(
        one if one == "\n" and lines else "\ufffd" if unicodedata.category(one) in _UNSHOWABLE else one for one in text
    )


def in_html(text: object) -> str:
    """Text for an element of HTML."""
    return html.escape(visible(str(text), lines=True), quote=False)


def in_attribute(text: object) -> str:
    """Text for a quoted attribute of HTML."""
    return html.escape(visible(str(text), lines=True))


def code(text: object) -> str:
    """A code span of Markdown, in which nothing is markup; it fits into the cell of a table."""
    shown = visible(" ".join(str(text).split())) or "(empty)"
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{shown}{space}{fence}".replace("|", "\\|")


def fenced(text: str, kind: str = "") -> str:
    """A block of Markdown in which nothing is markup."""
    shown = visible(text, lines=True)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{shown}\n{fence}"


def plain(text: object) -> str:
    """A person's or AWS's sentence in the flow of Markdown: every character that could be markup is escaped."""
    line = visible(" ".join(str(text).split()))
    escaped = re.sub(r"([\\`*_{}\[\]<>()#+!|~&$-])", r"\\\1", line)
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", escaped)


def packed_json(value: Any) -> str:
    """JSON as gzip in base64: letters that no HTML parser takes for anything, and a tenth of the size."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def unpacked_json(text: str) -> Any:
    """What `packed_json` packed.

    Raises
    ------
    ValueError: it is no such text, or holds more than 256 MB.
    """
    opened = zlib.decompressobj(wbits=31)
    try:
        data = opened.decompress(base64.b64decode(text, validate=True), _MOST_UNPACKED)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not opened.eof:
        raise ValueError("it is cut off, or larger than any log")
    return json.loads(data)


def file_name(text: str) -> str:
    """A part of a file name: letters, digits and dashes only, at most 80 of them."""
    return _UNSAFE_IN_NAMES.sub("-", text).strip("-")[:80] or "run"
