"""What this machine has that a deployment needs: a container engine, source trees."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_ANSWER_S = 10


@dataclass(frozen=True)
class Engine:
    """A container engine: which program, and what it answers."""

    program: str
    version: str
    problem: str = ""


def container_engine(path: str | None = None) -> Engine:
    """The container engine that answers: docker, or podman; `problem` says why none does.

    Parameters
    ----------
    path: where to look for the programs; None for PATH.
    """
    problems: list[str] = []
    for program in ("docker", "podman"):
        where = shutil.which(program, path=path)
        if where is None:
            problems.append(f"{program} is not installed")
            continue
        try:
            # --format would fail where only the client answers, and so tells an engine from its client.
            asked = subprocess.run(
                [where, "version", "--format", "{{.Server.Version}}"],
                capture_output=True,
                text=True,
                timeout=_ANSWER_S,
                check=False,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "LC_ALL": "C"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            problems.append(f"{program} does not answer: {error}")
            continue
        version = asked.stdout.strip()
        if asked.returncode == 0 and version:
            return Engine(program, version)
        said = (asked.stderr.strip() or "no answer").splitlines()[0]
        problems.append(f"{program} is installed, but its engine does not answer: {said}")
    return Engine("", "", "; ".join(problems))


def source_problem(tree: Path) -> str:
    """Why a folder cannot be built from; empty when it can."""
    if not tree.is_dir():
        return f"{tree} is no folder"
    if not (tree / "Dockerfile").is_file():
        return f"{tree} has no Dockerfile"
    return ""
