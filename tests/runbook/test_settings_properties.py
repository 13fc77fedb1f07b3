"""Whatever is valid survives writing and reading; whatever is not ends in a SettingsError."""

from __future__ import annotations

import tempfile
import tomllib
from decimal import Decimal
from ipaddress import IPv4Network
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from runbook.errors import SettingsError
from runbook.settings import Deployment, applied_settings, changed_fixed, load, revised, settings_text
from runbook.settings.limits import COMMERCIAL_REGIONS, FARGATE_MEMORY_MIB, RETENTION_DAYS, stack_problem
from runbook.settings.reference import all_settings, toml_key, toml_value
from runbook.settings.toml_lines import key_lines

label = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
domains = st.lists(label, min_size=2, max_size=3).map(".".join)
cidrs = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda pair: str(IPv4Network(pair, strict=False)))
sizes = st.sampled_from([(cpu, mib) for cpu, offered in FARGATE_MEMORY_MIB.items() for mib in offered])
texts = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp")), max_size=30).filter(
    lambda text: all(char.isprintable() for char in text)
)
variables = st.from_regex(r"X_[A-Z]{1,6}", fullmatch=True).filter(
    lambda name: "TOKEN" not in name and "PASSW" not in name
)
tags = st.dictionaries(
    st.from_regex(r"[a-z][a-z .:/=+@_-]{0,10}", fullmatch=True),
    st.from_regex(r"[\w .-]{0,20}", fullmatch=True),
    max_size=4,
)


@st.composite
def deployments(draw: st.DrawFn) -> Deployment:
    domain = draw(st.none() | domains)
    size = draw(sizes)
    changes = {
        "stack": draw(
            st.from_regex(r"[a-z][a-z0-9-]{1,13}[a-z0-9]", fullmatch=True).filter(lambda name: not stack_problem(name))
        ),
        "region": draw(st.sampled_from(COMMERCIAL_REGIONS)),
        "domain": domain,
        "tls": "none" if domain is None or len(domain) > 64 else "acm",
        "hosted_zone": domain.partition(".")[2] if domain and domain.count(".") > 1 and draw(st.booleans()) else None,
        "account": draw(st.none() | st.from_regex(r"[0-9]{12}", fullmatch=True)),
        "open_to": draw(st.lists(cidrs, unique=True, max_size=3)),
        "network": draw(st.sampled_from(["nat", "nat-per-az", "endpoints"])),
        "zones": draw(st.sampled_from([2, 3])),
        "events": draw(st.sampled_from(["sqs", "none"])),
        "retention_days": draw(st.sampled_from(RETENTION_DAYS)),
        "budget_usd": draw(st.none() | st.decimals(Decimal("0.01"), 1000, places=2)),
        "tags": {key: value for key, value in draw(tags).items() if not key.startswith(("aws:", "karet:"))},
        "worker.cpu": size[0],
        "worker.memory_mib": size[1],
        "web.count": draw(st.integers(0, 50)),
        "app.web.environment": draw(st.dictionaries(variables, texts, max_size=3)),
        "app.worker.health_command": draw(
            st.just([]) | st.lists(texts.filter(bool), min_size=1).map(lambda rest: ["CMD", *rest])
        ),
        "app.web.port_variable": draw(st.sampled_from([None, "LISTEN_ON"])),
        "source.web": draw(texts.filter(bool)),
    }
    return revised(Deployment(region="us-east-1", tls="none"), changes)


def refused(raw: bytes, *overrides: str) -> tuple[str, ...]:
    """The problems of a file; none when it can be read. Any other exception fails the test."""
    try:
        read(raw, *overrides)
    except SettingsError as error:
        return error.problems or (error.message,)
    return ()


def read(raw: bytes, *overrides: str) -> Deployment:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "karet.toml"
        path.write_bytes(raw)
        return load(path, overrides, environ={}, profile_region=lambda: None).deployment


@given(deployments())
@settings(max_examples=60, deadline=None)
def test_a_deployment_written_as_a_file_reads_back_equal(deployment):
    assert read(settings_text(deployment).encode()) == deployment


@given(deployments(), deployments())
@settings(max_examples=30, deadline=None)
def test_fixed_changes_are_found_exactly_between_different_stacks_or_regions(before, now):
    found = {change.key for change in changed_fixed(applied_settings(before), now)}
    expected = {key for key in ("stack", "region") if getattr(before, key) != getattr(now, key)}
    assert found - {"storage.name"} == expected


junk_values = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=20) | st.decimals(allow_nan=True) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
known_keys = st.sampled_from([info.key for info in all_settings()])


def utf8(text: str) -> bytes:
    return text.encode("utf-8", errors="replace")


@given(st.dictionaries(known_keys, junk_values, min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_junk_behind_real_keys_is_read_or_refused_and_nothing_else(values):
    lines = [f"{key} = {toml_value(value)}" for key, value in values.items()]
    assert all(line.isprintable() for line in refused(utf8("\n".join(lines))))


@given(st.binary(max_size=200) | st.text(max_size=200).map(utf8))
@settings(max_examples=150, deadline=None)
def test_a_file_of_junk_is_refused(raw):
    assert refused(raw)


@given(st.lists(st.text(max_size=30) | st.tuples(known_keys, st.text(max_size=20)).map("=".join), max_size=4))
@settings(max_examples=150, deadline=None)
def test_junk_behind_set_is_read_or_refused_and_nothing_else(overrides):
    assert all(line.isprintable() for line in refused(b'region = "us-east-1"\ntls = "none"\n', *overrides))


trees = st.recursive(
    st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(texts, trees, max_size=5), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_every_key_is_found_on_its_line(tree, gap):
    text, expected = "", {}
    for key, value in tree.items():
        text += "# [not.a.table]\n" * gap
        expected[key] = text.count("\n") + 1
        text += f"{toml_key(key)} = {toml_value(value)}  # a = 1\n"
    assert set(tomllib.loads(text)) == set(tree)
    found = key_lines(text)
    for key, line in expected.items():
        assert found[key,] == line


def test_lines_are_found_in_tables_lists_of_tables_and_texts_of_many_lines():
    text = (
        '''\
top = """
[not.a.table]
x = 1""""
[a.b]  # a comment with = and "
c = 'it''s'.x
'''.replace("c = 'it''s'.x", "c = 'its'")
        + """\
"d e".f = { g = [1,
  2, # two
  3], h = 4 }
[[list]]
n = 1
[[list]]
n = 2
[list.inner]
m = \'\'\'
\'\'\'
[z]
"""
    )
    assert tomllib.loads(text)["list"][1] == {"n": 2, "inner": {"m": ""}}
    lines = key_lines(text)
    assert lines["top",] == 1
    assert lines["a", "b"] == 4
    assert lines["a", "b", "c"] == 5
    assert lines["a", "b", "d e", "f", "g", 1] == 7
    assert lines["a", "b", "d e", "f", "h"] == 8
    assert lines["list", 0, "n"] == 10
    assert lines["list", 1, "n"] == 12
    assert lines["list", 1, "inner", "m"] == 14
    assert lines["z",] == 16
