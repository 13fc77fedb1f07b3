from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.errors import SettingsError
from runbook.settings import init_text, load
from runbook.settings.save import SettingsFile
from runbook.settings.toml_change import changed_text

REGION = {"region": "eu-west-1"}
FILE = """\
# mine
region = "eu-west-1"   # near the users
network = 'nat'

[web] # sizes
# two are enough
count = 2

[tags]
team = "data"
"old name" = "x"
"""


def parsed(text: str) -> Any:
    return tomllib.loads(text)


def test_a_value_is_exchanged_and_everything_else_stays_as_it_stands() -> None:
    made = changed_text(FILE, {"network": "endpoints", "web.count": 3})
    assert made == FILE.replace("'nat'", '"endpoints"').replace("count = 2", "count = 3")


def test_a_comment_behind_a_value_stays() -> None:
    assert 'region = "eu-north-1"   # near the users\n' in changed_text(FILE, {"region": "eu-north-1"})


def test_a_new_value_goes_below_the_last_one_of_its_table() -> None:
    made = changed_text(FILE, {"zones": 3, "web.memory_mib": 2048})
    assert "network = 'nat'\nzones = 3\n" in made
    assert "count = 2\nmemory_mib = 2048\n" in made


def test_a_new_value_stands_below_the_comment_that_shows_its_default() -> None:
    made = changed_text(init_text({"region": "eu-west-1"}), {"network": "endpoints", "worker.count": 2})
    assert '# network = "nat"\nnetwork = "endpoints"\n' in made
    worker = made[made.index("[worker]") :]
    assert "# count = 1\ncount = 2\n" in worker


def test_a_table_line_by_line_keeps_the_lines_that_stay() -> None:
    made = changed_text(FILE, {"tags": {"team": "data", "stage": "prod"}})
    assert parsed(made)["tags"] == {"team": "data", "stage": "prod"}
    assert '[tags]\nteam = "data"\n' in made


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("", {"zones": 3}, "zones = 3\n"),
        ("zones = 2", {"zones": 3}, "zones = 3"),
        ("[web]\ncount = 1\n", {"zones": 3}, "zones = 3\n\n[web]\ncount = 1\n"),
        ("a = 1\n", {"web.count": 3}, "a = 1\n\n[web]\ncount = 3\n"),
        ("web.count = 1\n", {"web.cpu": 256}, "web.count = 1\nweb.cpu = 256\n"),
        ("web = { count = 1 }\n", {"web.cpu": 256}, "web = { count = 1, cpu = 256 }\n"),
        ("web = {}\n", {"web.cpu": 256}, "web = { cpu = 256 }\n"),
        (
            "[app.web]\nport = 1\n",
            {"app.web.s3.read_keys": ["a"]},
            '[app.web]\nport = 1\n\n[app.web.s3]\nread_keys = ["a"]\n',
        ),
        ("zones = 2\r\n# x\r\n", {"domain": None}, 'zones = 2\r\ndomain = ""\r\n# x\r\n'),
        ('tags = { a = "b" } # t\n', {"tags": {"c": "d"}}, 'tags = { c = "d" } # t\n'),
        ("open_to = [\n  '1.1.1.1/32', # me\n]\n", {"open_to": ["2.2.2.2/32"]}, 'open_to = ["2.2.2.2/32"]\n'),
    ],
)
def test_each_way_of_writing_is_kept(text: str, changes: Any, expected: str) -> None:
    assert changed_text(text, changes) == expected


def test_what_cannot_be_written_alone_is_refused_and_not_half_done() -> None:
    with pytest.raises(SettingsError, match=r"web\.count"):
        changed_text("[[web]]\ncount = 1\n", {"web.count": 3})


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20)


@given(
    st.dictionaries(st.sampled_from(["domain", "web.count", "app.web.health_path", "usage"]), TEXTS, max_size=4), TEXTS
)
def test_reading_gives_what_was_written_and_comments_stay(changes: dict[str, str], comment: str) -> None:
    safe = "".join(one for one in comment if one.isprintable())
    text = f"# {safe}\n{FILE}"
    made = changed_text(text, changes)
    found = parsed(made)
    for key, value in changes.items():
        at: Any = found
        for part in key.split("."):
            at = at[part]
        assert at == value
    assert made.startswith(f"# {safe}\n# mine\n")
    assert "# two are enough\n" in made


def test_a_file_is_written_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "karet.toml"
    path.write_bytes(b"\xef\xbb\xbf" + FILE.encode())
    path.chmod(0o640)
    file = SettingsFile.read(path)
    file.save(file.with_changes({"network": "endpoints"}, REGION))
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_bytes().startswith(b"\xef\xbb\xbf# mine\n")
    assert [one.name for one in tmp_path.iterdir()] == ["karet.toml"]


def test_somebody_elses_change_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "karet.toml"
    path.write_text(FILE)
    file = SettingsFile.read(path)
    path.write_text(FILE + "# theirs\n")
    with pytest.raises(SettingsError, match="changed by somebody else"):
        file.save(file.with_changes({"zones": 3}, REGION))
    assert path.read_text() == FILE + "# theirs\n"


def test_a_new_file_has_every_setting_as_a_comment(tmp_path: Path) -> None:
    path = tmp_path / "karet.toml"
    file = SettingsFile.read(path)
    file.save(file.with_changes({"network": "endpoints"}, REGION))
    read = load(path, environ={}, profile_region=lambda: None)
    assert (read.deployment.network, read.deployment.region) == ("endpoints", "eu-west-1")
    assert "# zones = 2" in path.read_text()
