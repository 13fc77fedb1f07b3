"""The quick way to the name of an event finds the same names as botocore's own way."""

from __future__ import annotations

from botocore.hooks import EVENT_ALIASES, EventAliaser, HierarchicalEmitter
from hypothesis import given
from hypothesis import strategies as st

from runbook.aws.event_names import EventNames

PARTS = sorted({part for old in EVENT_ALIASES for part in (old, *old.split("."))} | {"before-send", "ec2", "Get"})


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=5))
def test_a_name_becomes_what_botocore_makes_of_it(parts: list[str]) -> None:
    name = ".".join(parts)
    heard: list[tuple[str, str]] = []
    for emitters in (EventAliaser, EventNames):
        emitter = emitters(HierarchicalEmitter())
        emitter.register(name, lambda event_name, kind=emitters.__name__, **_: heard.append((kind, event_name)))
        emitter.emit(name)
    assert [kind for kind, _ in heard] == ["EventAliaser", "EventNames"]
    assert heard[0][1] == heard[1][1]


def test_an_old_name_is_still_understood() -> None:
    heard = []
    emitter = EventNames(HierarchicalEmitter())
    emitter.register("before-call.route53", lambda **_: heard.append("old"))
    emitter.emit("before-call.route-53.ListHostedZones")
    assert heard == ["old"]
