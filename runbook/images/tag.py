"""The tag of an image: which source it is built from, and for which processor."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from runbook.errors import ImageError

PROCESSORS = ("amd64", "arm64")
"""As container engines write them."""

_SHAPE = re.compile(rf"(?:[0-9a-f]{{12}}|(?:[0-9a-f]{{12}}|src)-[0-9a-f]{{12}})-({'|'.join(PROCESSORS)})")
_GIT_S = 30
_BLOCK = 1 << 20


def processor_of(tag: str) -> str:
    """The processor that a tag of ours names; empty for a tag of another shape."""
    found = _SHAPE.fullmatch(tag)
    return found[1] if found else ""


def source_tag(folder: Path, processor: str) -> str:
    """The tag for a source tree: its commit, and a hash of its content when the commit does not say everything.

    `3f2a1b4c5d6e-amd64` is a clean commit, `3f2a1b4c5d6e-9b8a7c6d5e4f-amd64` has changes that are not committed, and
    `src-9b8a7c6d5e4f-amd64` is no git repository. The processor is part of it, so that another processor is another
    image.

    Raises
    ------
    ImageError: the folder cannot be read.
    """
    commit, clean = _commit(folder)
    if commit and clean:
        return f"{commit}-{processor}"
    return f"{commit or 'src'}-{content_hash(folder)[:12]}-{processor}"


def _commit(folder: Path) -> tuple[str, bool]:
    """The last commit of the folder, and whether the folder is exactly that; empty when git does not know it.

    A commit that changes other folders of the same repository is no other source.
    """
    if _git(folder, "ls-files", "--error-unmatch", "--", "Dockerfile") is None:
        return "", False
    commit = _git(folder, "log", "-1", "--format=%H", "--", ".")
    changes = _git(folder, "status", "--porcelain", "--", ".")
    if not commit or changes is None:
        return "", False
    return commit.strip()[:12], not changes.strip()


def _git(folder: Path, *words: str) -> str | None:
    """What git answers; None when it refuses, is not installed or does not come back."""
    # A source tree may come from anybody: no program that its configuration names is started.
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", *words]
    try:
        asked = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_GIT_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout if asked.returncode == 0 else None


def content_hash(folder: Path) -> str:
    """SHA-256 over the names, modes and contents of everything that a build of this folder can see.

    Raises
    ------
    ImageError: a file cannot be read.
    """
    total = hashlib.sha256()
    try:
        for name in sorted(context_files(folder)):
            path = folder / name
            if path.is_symlink():
                part = f"link {path.readlink()}"
            elif path.is_dir():
                continue
            else:
                executable = bool(path.stat().st_mode & 0o100)
                part = f"{'program' if executable else 'file'} {_file_hash(path)}"
            total.update(f"{Path(name).as_posix()}\0{part}\0".encode())
    except OSError as error:
        raise ImageError(
            f"the source {folder} cannot be read: {error.filename}: {error.strerror}",
            hint="Make every file readable, or name it in .dockerignore.",
        ) from error
    return total.hexdigest()


def context_files(folder: Path) -> Iterator[str]:
    """Names of everything that is sent to the engine: all but what .dockerignore excludes."""
    ignore = folder / ".dockerignore"
    lines = ignore.read_text().splitlines() if ignore.is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    from docker.utils.build import exclude_paths  # loaded only for a tree that has to be hashed

    yield from exclude_paths(str(folder), patterns, dockerfile="Dockerfile")


def _file_hash(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            total.update(block)
    return total.hexdigest()
