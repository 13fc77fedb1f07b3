"""Journals with known entries, and ways to change a copy of one from outside, for the tests of the journal."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

from runbook.engine.clock import FakeClock
from runbook.engine.journal import Journal, Run

Statement: TypeAlias = tuple[object, ...]
"""SQL and the values for it."""

UNLOCK: tuple[Statement, ...] = (
    ("DROP TRIGGER entries_are_never_changed",),
    ("DROP TRIGGER entries_are_never_deleted",),
)


def begin(journal: Journal, command: str = "karet apply 2") -> Run:
    return journal.begin_run(
        user="ana",
        host="laptop",
        principal="arn:aws:iam::123456789012:user/ana",
        tool_version="0.1.0",
        command=command,
        account="123456789012",
        region="eu-central-1",
        stack="karet",
        plan_hash="abc",
    )


def intend(journal: Journal, run: Run, resource: str = "data.bucket") -> str:
    return journal.intent(
        run, resource, service="s3", operation="CreateBucket", params={"Bucket": "karet-data"}, digest="d1"
    )


def filled(path: Path, count: int) -> Path:
    """A closed journal of one run with `count` entries in all."""
    with Journal.open(path, clock=FakeClock()) as journal:
        run = begin(journal)
        for number in range(2, count + 1):
            journal.event(run, "note", {"number": number, "text": "grüße"})
    return path


def changed_copy(path: Path, statements: Iterable[Statement]) -> Path:
    """A copy of a closed journal after somebody changed it with SQL."""
    copy = path.with_name(f"changed-{path.name}")
    for part in (copy, copy.with_name(f"{copy.name}-wal"), copy.with_name(f"{copy.name}-shm")):
        part.unlink(missing_ok=True)
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        for statement, *values in (*UNLOCK, *statements):
            connection.execute(str(statement), values)
    return copy
