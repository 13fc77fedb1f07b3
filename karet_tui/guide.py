"""Guided mode: what the one key "continue" does next, and in which words the line at the bottom says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from karet_tui.plain import counted, one_line

if TYPE_CHECKING:
    from karet_tui.standing import Standing
    from karet_tui.walk import Walk

SIGNED_SECTION = 13
"""The section whose items a person signs."""


@dataclass(frozen=True)
class Step:
    """The next sensible thing.

    Parameters
    ----------
    action: the app's action that does it; empty when there is nothing to do but wait or leave.
    words: what it does, or what is being waited for.
    """

    action: str
    words: str


def next_step(walk: Walk) -> Step:
    """The next sensible thing at this moment: read, plan, apply, verify, sign off, go on to the next section."""
    if walk.at_work:
        ends = {None: "You can read on meanwhile.", "stop": "Then the app ends.", "wait": "Then the app ends."}
        return Step("", f"{walk.at_work.progress.title}. {ends[walk.leaving]}")
    if walk.undecided:
        return Step("", "Nothing is decided yet: the form asks what only you know.")
    if walk.runs is None:
        return Step("", "Opening: reading the settings, and asking AWS who we are …")
    here = walk.here
    if here.doing:
        return Step("", "Reading. Nothing is changed.")
    if walk.number not in walk.read and not here.begun:
        return Step("read_on", walk.reading or "read this section")
    return _of_section(here) or _signing(walk) or _going_on(walk)


def _of_section(here: Standing) -> Step | None:
    """What is to be done in the section; None when it is done."""
    if not here.built:
        return None
    if here.ended == "waiting":
        return Step("plan", "look whether what it waits for is done, and plan the rest")
    if here.ended and here.ended != "done":
        return Step("plan", "plan again; it goes on from what exists")
    if here.stops:
        return Step("apply", "see why this plan cannot be applied")
    if here.planned and here.acting:
        return Step("apply", f"look through the {counted(len(here.acting), 'change')} once more and apply")
    if not here.as_declared:
        return Step("plan", "plan: see what would be done, without doing it")
    if here.failed_checks and not here.failed_again:
        if here.planned is None:
            return Step("plan", "plan again and see what would put it right")
        if not here.check_opened:
            return Step("open_failed", "open the failed check: what was found, and what to do about it")
        return Step("verify", "verify once more, when that is done")
    # What fails by a choice of the operator's, such as plain HTTP, must not keep them in the section for ever.
    return None if here.verified else Step("verify", "verify what is there")


def _signing(walk: Walk) -> Step | None:
    """What a person still has to sign; None when nothing is left or this is not the section for it."""
    if walk.number != SIGNED_SECTION or not walk.unsigned:
        return None
    return Step("sign", f"sign off, {counted(walk.unsigned, 'item')} to go")


def _going_on(walk: Walk) -> Step:
    following = next((one for one in walk.sections if one.number > walk.number), None)
    if following is None:
        return Step("", "This is the end of the document. j shows the journal of all that was done.")
    failed = f"; {counted(len(walk.here.failed_checks), 'check')} still failed" if walk.here.failed_checks else ""
    return Step("next", one_line(f"go on to section {following.number}, {following.title}{failed}"))
