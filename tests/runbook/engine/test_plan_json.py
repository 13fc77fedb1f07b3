"""Plans as files: read back equal, refused when edited, stale when the account is no longer as it was."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bench import Bench
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_kinds import Hashed, Tagged, Thing

from runbook.engine.plan import Left, Plan, check_still_true, load, save
from runbook.errors import PlanError, StaleError
from runbook.model import Call, Change, Difference, File, Json, Permission, Secret, State, ref

words = st.text(st.characters(codec="utf-8", exclude_characters="$"), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words
data = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(words, inner, max_size=3)
        | inner.map(Json)
        | st.builds(Secret, st.integers(1, 64))
        | st.builds(File, words, words, st.integers(0, 99))
    ),
    max_leaves=6,
)
objects = st.dictionaries(words, data, max_size=3)
strings = st.dictionaries(words, words, max_size=2)
some_words = st.lists(words, max_size=2).map(tuple)
money = st.none() | st.decimals(0, 10**6, places=4, allow_nan=False)
calls = st.builds(
    Call,
    words,
    words,
    objects,
    keep=strings,
    permissions=st.lists(st.builds(Permission, words, words), max_size=2).map(tuple),
    on=words,
    token=words,
    done=some_words,
)
states = st.builds(
    State,
    st.sampled_from(["absent", "pending", "ready", "failed", "deleting"]),
    objects,
    strings,
    words,
    st.none() | strings,
    some_words,
    words,
)
changes = st.builds(
    Change,
    id=words,
    action=st.sampled_from(["create", "update", "replace", "delete", "adopt", "none"]),
    reason=words,
    calls=st.lists(calls, max_size=2).map(tuple),
    differences=st.lists(st.builds(Difference, words, data, data), max_size=2).map(tuple),
    stop=words,
    found=states,
    kind=words,
    section=st.integers(0, 13),
    step=words.map(lambda word: word or "step"),
    needs=some_words,
    expected_s=st.floats(0, 1e6),
    monthly_usd=money,
)
plans = st.builds(
    Plan,
    account=words,
    region=words,
    stack=words,
    sections=st.lists(st.integers(1, 13), max_size=3).map(tuple),
    changes=st.lists(changes, max_size=3, unique_by=lambda change: change.step).map(tuple),
    left=st.lists(st.builds(Left, words, words, words, words, money), max_size=2).map(tuple),
    destroys=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(plans)
def test_a_plan_is_read_back_as_it_was_written(plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "plan.json"
        save(plan, path)
        read = load(path)
    assert read == plan
    assert read.hash == plan.hash
    assert read.as_json() == plan.as_json()


THINGS = [Thing(id="a", color="red"), Hashed(id="b", parent=ref("a", "id")), Tagged(id="c", parent=ref("b", "id"))]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def saved(bench: Bench, tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    save(bench.plan(THINGS), path)
    return path


def edits(value: Any) -> list[tuple[Any, Any]]:
    """Every container of JSON data with a key of it whose value is a leaf."""
    items = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else [])
    found = [(value, key) for key, inner in items if not isinstance(inner, dict | list)]
    return found + [edit for _, inner in items for edit in edits(inner)]


def test_a_plan_with_any_value_edited_is_refused(saved: Path) -> None:
    text = saved.read_text()
    count = len(edits(json.loads(text)))
    assert count > 50
    for number in range(count):
        content = json.loads(text)
        holder, key = edits(content)[number]
        holder[key] = 4711 if holder[key] != 4711 else 1
        saved.write_text(json.dumps(content))
        with pytest.raises(PlanError, match=r"was edited|plan format"):
            load(saved)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "null", '{"format": 1}', '{"format": NaN}', '{"format": 9}', "\x00"]
)
def test_a_file_that_is_no_plan_is_refused_with_its_path(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(PlanError, match=r"other\.json"):
        load(path)


def test_a_missing_file_and_a_missing_directory_are_told(tmp_path: Path, bench: Bench) -> None:
    with pytest.raises(PlanError, match="cannot be read"):
        load(tmp_path / "none.json")
    with pytest.raises(PlanError, match="cannot be written"):
        save(bench.plan([]), tmp_path / "none" / "plan.json")


def test_a_plan_of_an_unchanged_account_is_still_true(bench: Bench, saved: Path) -> None:
    check_still_true(load(saved), bench.plan(THINGS))


def test_a_stale_plan_names_each_thing_that_changed_with_what_it_was_and_is(bench: Bench) -> None:
    bench.apply(THINGS)
    plan = bench.plan(THINGS)
    stored = bench.account.named("a")
    assert stored is not None
    stored.settings["color"] = "green"
    bench.account.things.pop("th-0003")
    bench.account.put("Thing", "stray", {"karet:stack": "karet", "karet:section": "1", "karet:id": "s"})
    with pytest.raises(StaleError) as caught:
        check_still_true(plan, bench.plan(THINGS))
    assert set(caught.value.changed) == {
        'a: color was "red", is "green"',
        "c was ready, is absent",
        "s@stray is new",
    }


def test_other_settings_of_the_deployment_make_a_plan_stale(bench: Bench) -> None:
    plan = bench.plan(THINGS)
    with pytest.raises(StaleError, match="a: the settings of the deployment now ask for other calls"):
        check_still_true(plan, bench.plan([Thing(id="a", color="blue"), *THINGS[1:]]))


def test_a_plan_to_remove_is_never_taken_for_one_to_apply(bench: Bench) -> None:
    plan = bench.plan([])
    with pytest.raises(StaleError, match="the purpose was to remove, is to apply"):
        check_still_true(bench.plan_destroy([]), plan)
    with pytest.raises(StaleError, match="account was 123456789012, is 2"):
        check_still_true(plan, replace(plan, account="2"))


def test_the_hash_covers_calls_and_what_was_found_and_nothing_volatile(bench: Bench) -> None:
    plan = bench.plan(THINGS)
    assert bench.plan(THINGS).hash == plan.hash
    bench.clock.advance(1000)
    assert bench.plan(THINGS).hash == plan.hash
    priced = replace(plan, changes=tuple(replace(one, monthly_usd=Decimal(3), expected_s=9) for one in plan.changes))
    assert priced.hash == plan.hash
    assert replace(plan, changes=plan.changes[::-1]).hash == plan.hash
    assert bench.plan([Thing(id="a", color="blue"), *THINGS[1:]]).hash != plan.hash
    bench.account.put("Thing", "a", {"karet:stack": "karet", "karet:section": "1", "karet:id": "a"}, color="red")
    assert bench.plan(THINGS).hash != plan.hash


_OTHER_PROCESS = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from bench import Bench
from memory_kinds import Hashed, Thing
from runbook.model import ref
bench = Bench(Path(tempfile.mkdtemp(dir=sys.argv[2])), limit=1)
things = [Thing(id=f"a{n}") for n in range(9)]
things += [Hashed(id=f"b{n}", parent=ref(f"a{n}", "id"), shared=("x", "y")) for n in range(9)]
bench.apply(things)
apply, destroy = bench.plan(things), bench.plan_destroy(things)
print(apply.hash, destroy.hash, [one.step for one in destroy.changes], [one.needs for one in destroy.changes])
"""


def test_every_process_makes_the_same_plan_in_the_same_order(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    said = {
        subprocess.run(
            [sys.executable, "-c", _OTHER_PROCESS, here, str(tmp_path)],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[3])},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
