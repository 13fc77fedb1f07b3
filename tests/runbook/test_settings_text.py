"""The commented file, the questions, and the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runbook.errors import SettingsError
from runbook.settings import Deployment, all_settings, init_text, load, questions, revised, settings_text
from runbook.settings.reference import reference_text

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"
REFRESH = "docs/settings.md is stale: put the result of runbook.settings.reference.reference_text() at its end"


def loaded(tmp_path: Path, text: str) -> Deployment:
    path = tmp_path / "karet.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ={}, profile_region=lambda: None).deployment


def test_only_what_has_no_safe_default_is_asked():
    assert [question.key for question in questions()] == ["region", "domain", "open_to"]
    assert [question.key for question in questions("eu-west-1")] == ["domain", "open_to"]
    assert [question.default for question in questions()] == ["", "", ""]


def test_answers_as_typed_become_a_file_that_reads_back(tmp_path):
    answers = {"region": "eu-west-1", "domain": " karet.example.com ", "open_to": "203.0.113.7/32, 198.51.100.0/24"}
    deployment = loaded(tmp_path, init_text(answers))
    assert (deployment.region, deployment.domain, deployment.tls) == ("eu-west-1", "karet.example.com", "acm")
    assert deployment.open_to == ("203.0.113.7/32", "198.51.100.0/24")


def test_without_a_domain_the_file_says_plain_http(tmp_path):
    text = init_text({"region": "eu-west-1", "domain": "", "open_to": ""})
    assert '\ntls = "none"\n' in text
    assert loaded(tmp_path, text).tls == "none"


def test_a_wrong_answer_is_named_by_its_key():
    with pytest.raises(SettingsError) as caught:
        init_text({"region": "eu-west-1", "open_to": "me", "netwrok": "nat"})
    assert {line.split(": ")[0] for line in caught.value.problems} == {"netwrok", "open_to[0]"}


def test_an_answer_with_line_breaks_cannot_smuggle_in_settings(tmp_path):
    with pytest.raises(SettingsError):
        init_text({"region": "eu-west-1", "domain": 'a.example.com"\nstack = "evil'})
    text = init_text({"region": "eu-west-1", "tags.team": "x", "app.web.environment.TEXT": 'a"\nstack = "evil'})
    assert loaded(tmp_path, text).stack == "karet"


def test_the_file_shows_every_setting_and_activates_only_decided_ones():
    text = init_text({"region": "eu-west-1", "domain": "karet.example.com"})
    active = re.findall(r"^([a-z_]+) = ", text, re.MULTILINE)
    assert active == ["region", "domain"]
    assert len(re.findall(r"^(?:# )?[a-z_]+ = ", text, re.MULTILINE)) == len(all_settings())


def test_the_commented_defaults_are_the_defaults(tmp_path):
    text = init_text({"region": "eu-west-1", "domain": "karet.example.com"})
    uncommented = re.sub(r"^# ([a-z_]+ = )", r"\1", text, flags=re.MULTILINE)
    assert loaded(tmp_path, uncommented) == loaded(tmp_path, text)


def test_values_with_quotes_backslashes_and_other_scripts_survive(tmp_path):
    hard = {"TEXT": 'say "hi" \\ back\tand\nnew Überraschung 日本', "EMPTY": ""}
    deployment = revised(Deployment(region="us-east-1", domain="a.example.com"), {"app.web.environment": hard})
    assert loaded(tmp_path, settings_text(deployment)) == deployment


def test_every_setting_says_what_it_is_where_it_belongs_and_where_its_default_is_from():
    for info in all_settings():
        assert len(info.help) > 5, info.key
        assert not info.help.endswith("."), info.key
        assert 1 <= info.section <= 13, info.key
        assert info.source, info.key
        assert info.default is not None or info.optional or info.required, info.key
    assert [info.key for info in all_settings() if info.required] == ["region"]


def test_a_form_finds_kind_choices_and_range_of_a_setting():
    by_key = {info.key: info for info in all_settings()}
    assert (by_key["network"].kind, by_key["network"].choices) == ("choice", ("nat", "nat-per-az", "endpoints"))
    assert (by_key["zones"].kind, by_key["zones"].choices) == ("choice", (2, 3))
    assert (by_key["app.web.port"].least, by_key["app.web.port"].most) == (1, 65535)
    assert by_key["web.cpu"].choices[:2] == (256, 512)
    assert [by_key[key].kind for key in ("domain", "budget_usd", "tags", "open_to", "web.memory_mib")] == [
        "text",
        "dollars",
        "table",
        "list",
        "number",
    ]


def test_the_documentation_lists_the_settings_as_they_are():
    _, _, tables = DOCUMENT.read_text(encoding="utf-8").partition("## All settings\n")
    assert f"## All settings\n{tables}" == reference_text(), REFRESH


def test_the_examples_of_the_documentation_load(tmp_path):
    examples = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) >= 3
    for example in examples:
        assert loaded(tmp_path, example).region


def test_the_release_of_the_documentation_reports_its_uploads_and_opens_less(tmp_path):
    examples = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    deployment = next(found for found in (loaded(tmp_path, text) for text in examples) if found.app.upload_suffix)
    assert not any("app.upload" in line for line in deployment.warnings())
    assert deployment.app.worker.s3.delete_keys == ("pipelines/*/clean/*",)
    assert deployment.app.worker.health_command[3].count(r"\r\n") == 2
    assert deployment.secrets("web")["KARET_SESSION_SECRET"] == "/karet/prod/session-key"


def test_the_messages_of_the_documentation_are_the_messages_of_the_program(tmp_path):
    (shown,) = re.findall(r"```text\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "karet.toml"
    path.write_text(
        'region = "us-east-1"\ndomain = "a.example.com"' + "\n" * 10 + 'network = "natt"\n\nnetwrok = "nat"\n',
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as caught:
        load(path, ["web.memory_mib=5000"], environ={}, profile_region=lambda: None)
    assert shown.splitlines() == [caught.value.message, *(f"  {line}" for line in caught.value.problems)]
