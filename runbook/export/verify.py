"""Whether an exported log is as it was written: its entries by the chain of hashes, all the rest by its seal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook.engine.journal_chain import Broken, Link, check_chain, link_of
from runbook.engine.journal_entry import Entry
from runbook.errors import ExportError
from runbook.export import html_page, json_form
from runbook.export.escaping import unpacked_json

_FIELDS = ("run", "at", "kind", "resource", "previous", "hash")
_SEAL = re.compile(html_page.SEAL.format("([0-9a-f]{64})"))


@dataclass(frozen=True)
class Verified:
    """What became of the check.

    Parameters
    ----------
    broken: the first entry at which the chain does not hold; None when it does.
    outside: what was changed beside the entries; empty when nothing was.
    redacted: numbers of entries in which something was hidden only for the export: their place in the chain was
        checked, their content cannot be.
    """

    count: int
    head: str
    broken: Broken | None
    outside: str = ""
    redacted: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was changed, as far as hashes can tell."""
        return self.broken is None and not self.outside


def verify_text(text: str) -> Verified:
    """Check the content of an exported JSON or HTML file.

    Raises
    ------
    ExportError: it is neither, or of a later version.
    """
    if html_page.DATA in text:
        return _html(text)
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ExportError(
            f"this is no log that was exported as JSON or HTML: {error}",
            hint="Markdown, notebooks and scripts carry no entries; export the run as json or html to check it.",
        ) from error
    if not isinstance(data, dict) or data.get("format") != json_form.FORMAT:
        raise ExportError("this JSON is no log that was exported", hint="Export one with --format json.")
    _refuse_later(data)
    outside = "" if data.get("seal") == json_form.seal_of(data) else "something beside the entries was changed"
    return _verified(data, outside)


def _html(text: str) -> Verified:
    """The entries lie in the page as data; the seal stands over all of it."""
    rest = text.split(html_page.DATA, 1)[1]
    if text.count(html_page.DATA) != 1 or html_page.DATA_ENDS not in rest:
        raise ExportError("this page does not hold the entries of one run")
    try:
        data = unpacked_json(rest.split(html_page.DATA_ENDS, 1)[0])
    except ValueError as error:
        raise ExportError(f"the entries in this page cannot be read: {error}") from error
    _refuse_later(data)
    found = _SEAL.search(text)
    blank = _SEAL.sub(html_page.SEAL.format(html_page.NO_SEAL), text, count=1)
    sealed = found is not None and found[1] == html_page.seal_of(blank)
    return _verified(data, "" if sealed else "something in the page beside the entries was changed")


def _refuse_later(data: Mapping[str, Any]) -> None:
    if data.get("version") != json_form.VERSION:
        raise ExportError(
            f"this log has version {data.get('version')!r}, this karet reads {json_form.VERSION}",
            hint="Update karet on this machine.",
        )


def _verified(data: Mapping[str, Any], outside: str) -> Verified:
    chain, entries = data.get("chain"), data.get("entries")
    if not isinstance(chain, dict) or not isinstance(entries, list):
        raise ExportError("this log has no entries, or does not say how they are chained")
    redacted = tuple(number for number in chain.get("redacted", ()) if isinstance(number, int))
    first, last, head = chain.get("first"), chain.get("last"), str(chain.get("head"))
    if not isinstance(first, int) or not isinstance(last, int):
        raise ExportError("this log does not say which entries of the journal it holds")
    report = check_chain(
        _links(entries, redacted), first=first, previous=str(chain.get("previous")), last=last, head=head
    )
    broken = report.broken
    if broken is None and report.count != chain.get("count"):
        broken = Broken(last, f"there are {report.count} entries, not {chain.get('count')} as noted")
    # A broken chain breaks the seal as well, and says more.
    return Verified(report.count, report.head, broken, "" if broken else outside, redacted)


def _links(entries: Iterable[Any], redacted: Iterable[int]) -> Iterable[Link]:
    hidden = frozenset(redacted)
    for one in entries:
        if not isinstance(one, dict) or type(one.get("seq")) is not int:
            yield Link(-1, "", "", "")
            continue
        seq = one["seq"]
        if any(type(one.get(name)) is not str for name in _FIELDS) or not isinstance(one.get("body"), dict):
            yield Link(seq, str(one.get("previous")), str(one.get("hash")), "")
            continue
        if set(one) != {*_FIELDS, "seq", "body"}:
            yield Link(seq, one["previous"], one["hash"], "")
            continue
        entry = Entry(
            seq, one["run"], one["at"], one["kind"], one["resource"], one["body"], one["previous"], one["hash"]
        )
        link = link_of(entry)
        yield link._replace(computed=link.hash) if seq in hidden else link
