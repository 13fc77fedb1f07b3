"""Random declarations, changed at random and killed at random: a run that is started again ends where it should."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from bench import Bench, actions
from hypothesis import given, settings
from hypothesis import strategies as st
from memory import Fault, KilledError, Moods, refusal
from memory_kinds import Hashed, Single, Slow, Tagged, Thing, TwoStep

from runbook.model import Json, ref

_KINDS = (Thing, Slow, Hashed, Tagged, Single, TwoStep)


@dataclass(frozen=True)
class Spec:
    """One resource of a random graph, before and after a change of the settings."""

    kind: type[Thing]
    parents: tuple[int, ...]
    wanted: tuple[bool, bool]
    size: tuple[int, int]
    color: tuple[str, str]


@st.composite
def graphs(draw: st.DrawFn) -> list[Spec]:
    specs = []
    for number in range(draw(st.integers(3, 8))):
        parents = tuple(sorted(draw(st.sets(st.integers(0, number - 1), max_size=2)))) if number else ()
        kind = draw(st.sampled_from(_KINDS))
        # Only what nothing else refers to may be unwanted, as in any declaration that can be applied.
        specs.append(
            Spec(
                kind,
                parents,
                (True, True),
                draw(st.tuples(st.integers(1, 2), st.integers(1, 2))),
                draw(st.tuples(st.sampled_from("rg"), st.sampled_from("rg"))),
            )
        )
    used = {parent for spec in specs for parent in spec.parents}
    for number, spec in enumerate(specs):
        if number not in used:
            wanted = draw(st.tuples(st.booleans(), st.booleans()))
            specs[number] = Spec(spec.kind, spec.parents, wanted, spec.size, spec.color)
    return specs


def declared(specs: list[Spec], turn: int) -> list[Thing]:
    """The declaration before (0) or after (1) the change."""
    things = []
    for number, spec in enumerate(specs):
        more: dict[str, object] = {}
        if spec.kind in (Hashed, Tagged, Single):
            # A thing of which two cannot exist is deleted while it may still be in use, so it keeps its size then.
            fixed = spec.kind is Single and any(number in other.parents for other in specs)
            more["size"] = spec.size[0 if fixed else turn]
        if spec.parents:
            more["parent"] = ref(f"r{spec.parents[0]}", "id")
        if spec.kind is TwoStep or len(spec.parents) > 1:
            more["doc"] = Json({"uses": [f"x/{ref(f'r{parent}', 'arn')}/*" for parent in spec.parents]})
        things.append(spec.kind(id=f"r{number}", color=spec.color[turn], wanted=spec.wanted[turn], **more))  # type: ignore[arg-type]
    return things


def killed_and_run_again(bench: Bench, things: list[Thing], kill_at: int, kill_after: bool) -> None:
    account = bench.account
    account.kill_at, account.kill_after = len(account.calls) + kill_at, kill_after
    try:
        bench.apply(things)
    except KilledError:
        account.revive()
        report = bench.apply(things)
        assert report.outcome == "done", [step for step in report.steps if step.became != "done"]
    account.revive()


moods = st.builds(
    Moods,
    visible_after_s=st.sampled_from([0.0, 6.0]),
    tagged_after_s=st.sampled_from([0.0, 7.0]),
    pending_s=st.sampled_from([0.0, 9.0]),
    deleting_s=st.sampled_from([0.0, 8.0]),
)


unanswered = st.lists(
    st.builds(
        lambda operation, after, name: Fault(operation, refusal("Gone", operation, status=502), 1, after, name),
        st.sampled_from(["CreateThing", "UpdateThing", "DeleteThing"]),
        st.booleans(),
        st.sampled_from(["", "r0", "r1", "r2"]),
    ),
    max_size=3,
)


@settings(max_examples=30, deadline=None)
@given(graphs(), moods, unanswered, st.integers(1, 12), st.booleans(), st.integers(1, 12), st.booleans())
def test_apply_converges_and_destroy_leaves_nothing_wherever_the_run_dies(
    specs: list[Spec], mood: Moods, faults: list[Fault], first: int, first_after: bool, second: int, second_after: bool
) -> None:
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as other:
        bench, calm = Bench(Path(directory), mood), Bench(Path(other), mood)
        for turn, kill_at, kill_after in ((0, first, first_after), (1, second, second_after)):
            things = declared(specs, turn)
            bench.account.faults = [replace(fault) for fault in faults]
            killed_and_run_again(bench, things, kill_at, kill_after)
            assert calm.apply(things).outcome == "done"
            assert bench.account.inventory() == calm.account.inventory()
            assert set(actions(bench.plan(things)).values()) == {"none"}
        # What is left of the faults goes: a call that is never answered is given up after a few rounds, as it should.
        bench.account.faults = [Fault("DeleteThing", refusal("Unavailable", "DeleteThing", status=503), after=True)]
        report = bench.destroy(declared(specs, 1))
        assert report.outcome == "done", report
        assert bench.account.inventory() == []
