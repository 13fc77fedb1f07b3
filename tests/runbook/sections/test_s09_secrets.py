"""Section 9 declares each secret of the contract once, and measures values without showing them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.settings import Deployment

NAMES = Deployment(region="eu-west-1", tls="none")


@pytest.mark.parametrize(
    ("path", "id_"),
    [
        ("api-key", "secrets.api-key"),
        ("/karet/prod/api-key", "secrets.api-key"),
        ("/other/x", "secrets.other-x"),
        ("team/token", "secrets.team-token"),
    ],
)
def test_a_secret_has_one_id_however_it_is_named(path: str, id_: str) -> None:
    assert NAMES.secret_resource(path) == id_


@given(st.from_regex(r"/?[A-Za-z0-9_+=.@-]{1,12}(/[A-Za-z0-9_+=.@-]{1,12}){0,2}", fullmatch=True))
def test_every_path_gives_an_id_that_a_reference_can_name(path: str) -> None:
    id_ = NAMES.secret_resource(path)
    assert re.fullmatch(r"secrets\.[a-z0-9-]+", id_)
    assert id_ == NAMES.secret_resource(NAMES.secret(path))


def test_paths_that_differ_in_case_have_different_ids() -> None:
    assert len({NAMES.secret_resource(path) for path in ("Token", "token", "TOKEN", "to.ken", "to_ken")}) == 5


def test_services_that_share_a_path_share_the_secret(open_runs: Any) -> None:
    runs = open_runs('app.web.secrets={A = "one", B = "/team/two"}', 'app.worker.secrets={C = "one"}')
    made = [one for one in runs.graph.resources.values() if one.section == 9]
    assert [(one.id, one.name, one.description) for one in made] == [
        ("secrets.one", "/karet/prod/one", "A, C of the stack karet"),
        ("secrets.team-two", "/team/two", "B of the stack karet"),
    ]


def test_a_stack_without_secrets_declares_none(open_runs: Any) -> None:
    runs = open_runs("app.web.secrets={}")
    assert [one.id for one in runs.graph.resources.values() if one.section == 9] == []


def test_the_length_is_verified_and_the_value_is_in_no_evidence(open_runs: Any, tmp_path: Path) -> None:
    runs = open_runs()
    runs.apply(runs.plan(["9"]), command="test")
    read = runs.place.session.read("secretsmanager", "GetSecretValue", {"SecretId": "/karet/prod/api-key"})
    results = open_runs().verify(["9"], command="verify 9")
    assert {result.id: result.outcome for result in results}["secrets.api-key-is-long"] == "passed"
    shown = repr([result.as_json() for result in results])
    assert "GetSecretValue" in shown
    assert read["SecretString"] not in shown
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"GetSecretValue" in kept
    assert read["SecretString"].encode() not in kept


def test_a_short_value_fails_and_says_what_to_do(open_runs: Any) -> None:
    runs = open_runs()
    runs.apply(runs.plan(["9"]), command="test")
    short = {"SecretId": "/karet/prod/api-key", "SecretString": "short-canary"}
    runs.place.session.send("secretsmanager", "PutSecretValue", short)
    (failed,) = [one for one in open_runs().verify(["9"]) if one.outcome == "failed"]
    assert "less than 32 characters" in failed.detail
    assert "karet rotate api-key" in failed.hint
    assert "short-canary" not in repr(failed.as_json())
