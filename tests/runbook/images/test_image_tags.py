"""A tag says which source an image is made of, and for which processor."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.errors import ImageError
from runbook.images.tag import content_hash, processor_of, source_tag

GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "src" / "karet"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY main /\n")
    (folder / "main").write_text("one\n")
    return folder


def git(folder: Path, *words: str) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run([*GIT, "-C", str(folder), *words], check=True, capture_output=True, text=True, env=env)
    return done.stdout.strip()


def committed(tree: Path) -> str:
    git(tree.parent, "init", "-q")
    git(tree.parent, "add", ".")
    git(tree.parent, "commit", "-qm", "first")
    return git(tree, "rev-parse", "--short=12", "HEAD")


def test_a_clean_commit_is_the_tag(tree: Path) -> None:
    commit = committed(tree)
    assert source_tag(tree, "amd64") == f"{commit}-amd64"


@pytest.mark.parametrize("how", ["changed", "new", "removed", "mode"])
def test_what_is_not_committed_adds_a_hash_of_the_content(tree: Path, how: str) -> None:
    commit = committed(tree)
    if how == "changed":
        (tree / "main").write_text("two\n")
    elif how == "new":
        (tree / "more").write_text("two\n")
    elif how == "removed":
        (tree / "main").unlink()
    else:
        (tree / "main").chmod(0o755)
    tag = source_tag(tree, "arm64")
    assert re.fullmatch(rf"{commit}-[0-9a-f]{{12}}-arm64", tag)
    assert processor_of(tag) == "arm64"


def test_a_change_beside_the_folder_leaves_the_tag_clean(tree: Path) -> None:
    commit = committed(tree)
    (tree.parent / "elsewhere").write_text("x")
    assert source_tag(tree, "amd64") == f"{commit}-amd64"


def test_a_commit_that_changes_other_folders_is_no_other_source(tree: Path) -> None:
    commit = committed(tree)
    (tree.parent / "elsewhere").write_text("x")
    git(tree.parent, "add", ".")
    git(tree.parent, "commit", "-qm", "second")
    assert git(tree, "rev-parse", "--short=12", "HEAD") != commit
    assert source_tag(tree, "amd64") == f"{commit}-amd64"


def test_a_tree_without_git_is_known_by_its_content(tree: Path) -> None:
    first = source_tag(tree, "amd64")
    assert re.fullmatch(r"src-[0-9a-f]{12}-amd64", first)
    assert source_tag(tree, "amd64") == first
    (tree / "main").write_text("two\n")
    assert source_tag(tree, "amd64") != first


def test_a_tree_that_a_git_around_it_does_not_know_is_no_commit_of_it(tree: Path) -> None:
    (tree.parent / ".gitignore").write_text("karet/\n")
    committed(tree)
    assert source_tag(tree, "amd64").startswith("src-")


def test_what_dockerignore_leaves_out_does_not_count(tree: Path) -> None:
    (tree / ".dockerignore").write_text("# what is built\nout\n*.log\n!keep.log\n")
    before = content_hash(tree)
    (tree / "out").mkdir()
    (tree / "out" / "binary").write_bytes(b"\0" * 10)
    (tree / "a.log").write_text("x")
    assert content_hash(tree) == before
    (tree / "keep.log").write_text("x")
    assert content_hash(tree) != before


def test_names_links_and_programs_count(tree: Path) -> None:
    seen = {content_hash(tree)}
    (tree / "main").rename(tree / "other")
    seen.add(content_hash(tree))
    (tree / "link").symlink_to("other")
    seen.add(content_hash(tree))
    (tree / "link").unlink()
    (tree / "link").symlink_to("/etc/hostname")
    seen.add(content_hash(tree))
    (tree / "other").chmod(0o755)
    seen.add(content_hash(tree))
    assert len(seen) == 5


def test_a_file_that_goes_away_is_named(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runbook.images.tag.context_files", lambda _: iter(["gone"]))
    with pytest.raises(ImageError, match="gone"):
        content_hash(tree)


@given(st.text(max_size=60))
def test_tags_of_another_shape_name_no_processor(text: str) -> None:
    shaped = re.fullmatch(r"([0-9a-f]{12}|([0-9a-f]{12}|src)-[0-9a-f]{12})-(amd64|arm64)", text)
    assert processor_of(text) == (shaped[3] if shaped else "")


@pytest.mark.parametrize("tag", ["latest", "v1-amd64", "0123456789ab", "0123456789ab-386", "src-amd64"])
def test_common_tags_of_others_are_not_ours(tag: str) -> None:
    assert processor_of(tag) == ""
