"""What this machine has: told from real programs, not from their mere presence."""

from __future__ import annotations

from pathlib import Path

from runbook.machine import container_engine, source_problem


def _program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_an_engine_that_answers_is_named_with_its_version(tmp_path: Path) -> None:
    _program(tmp_path / "bin", "docker", "echo 28.1.0")
    engine = container_engine(str(tmp_path / "bin"))
    assert (engine.program, engine.version, engine.problem) == ("docker", "28.1.0", "")


def test_a_client_without_its_engine_is_no_engine(tmp_path: Path) -> None:
    _program(tmp_path / "bin", "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    engine = container_engine(str(tmp_path / "bin"))
    assert engine.program == ""
    assert "Cannot connect" in engine.problem
    assert "podman is not installed" in engine.problem


def test_podman_is_taken_where_docker_does_not_answer(tmp_path: Path) -> None:
    _program(tmp_path / "bin", "docker", "exit 1")
    _program(tmp_path / "bin", "podman", "echo 5.0.0")
    assert container_engine(str(tmp_path / "bin")).program == "podman"


def test_without_any_engine_both_are_named(tmp_path: Path) -> None:
    assert container_engine(str(tmp_path)).problem == "docker is not installed; podman is not installed"


def test_a_source_tree_needs_a_folder_and_a_dockerfile(tmp_path: Path) -> None:
    assert "no folder" in source_problem(tmp_path / "missing")
    assert "no Dockerfile" in source_problem(tmp_path)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    assert source_problem(tmp_path) == ""
