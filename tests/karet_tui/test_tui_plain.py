from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from karet_tui.plain import counted, cut, lines_of, one_line, unmarked


@given(st.text(st.characters()))
def test_no_text_brings_a_character_that_steers_a_terminal(text: str) -> None:
    for shown in (one_line(text), one_line(text, squeeze=False), lines_of(text).replace("\n", "")):
        assert not [one for one in shown if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@given(st.text(), st.integers(0, 40))
def test_a_cut_line_is_never_longer_than_its_place(text: str, width: int) -> None:
    assert len(cut(text, width)) <= width


def test_line_breaks_stay_and_an_escape_sequence_is_seen_for_what_it_is() -> None:
    assert lines_of("one\n\x1b[31mtwo") == "one\n\ufffd[31mtwo"
    assert one_line("one\n\ttwo") == "one two"


def test_what_is_cut_ends_with_an_ellipsis() -> None:
    assert cut("Load balancer", 7) == "Load b…"
    assert cut("Load", 7) == "Load"


def test_things_are_counted_in_words() -> None:
    assert (counted(1, "change"), counted(3, "change")) == ("1 change", "3 changes")


def test_a_line_of_markdown_is_told_as_it_is_read() -> None:
    assert unmarked("## What is made") == "What is made"
    assert unmarked("- **Who you are.** The `account` is *read* once") == "Who you are. The account is read once"
    assert unmarked("| Thing | `a` |") == "Thing  a"
    assert unmarked("| --- | :---: |") == ""
    assert unmarked("see [the table](https://example.com) of a_b_c") == "see the table of a_b_c"
    assert unmarked("2 * 3 * 4 and 5 - 1") == "2 * 3 * 4 and 5 - 1"
