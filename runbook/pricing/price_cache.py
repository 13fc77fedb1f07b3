"""The disk cache of price list answers: one file a rate, for a day; a damaged one is named and fetched again."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runbook.pricing import saved

FORMAT = 1
TTL = timedelta(hours=24)
"""A day is soon enough to notice a new price, and spares most requests."""

_LARGEST = 2_000_000
_MOST_NOTES = 5


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Kept:
    """An answer from the cache: the elements of PriceList as AWS sent them, and when."""

    documents: tuple[str, ...]
    fetched_at: datetime


def _seal(fetched_at: str, documents: Sequence[str]) -> str:
    """A hash that tells a changed answer: one wrong digit in a price would pass every other check."""
    return hashlib.sha256(json.dumps([fetched_at, *documents]).encode()).hexdigest()


class PriceCache:
    """Answers of the price list in one folder; nothing is written outside it.

    Parameters
    ----------
    folder: made when the first answer is kept.
    ttl: how long an answer may be used.
    now: the clock.
    """

    def __init__(self, folder: Path, *, ttl: timedelta = TTL, now: Callable[[], datetime] = now) -> None:
        self._folder = folder / f"v{FORMAT}"
        self._ttl = ttl
        self._now = now
        self._lock = threading.Lock()
        self._notes: list[str] = []

    @property
    def notes(self) -> tuple[str, ...]:
        """What was wrong with the cache, at most a few lines."""
        with self._lock:
            return tuple(self._notes)

    def path(self, key: str, region: str) -> Path:
        """Where the answer about a rate is kept."""
        return self._folder / region / f"{key}.json"

    def get(self, key: str, region: str, request: Mapping[str, Any]) -> Kept | None:
        """The kept answer to this very request; None when there is none, or none that can be used any more."""
        path = self.path(key, region)
        try:
            if path.stat().st_size > _LARGEST:
                raise ValueError("it is larger than any answer")
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["format"] != FORMAT or kept["request"] != request:
                self._note(f"the kept price of {key} in {region} answers another question and is fetched again")
                return None
            documents = tuple(kept["documents"])
            if kept["sha256"] != _seal(kept["fetched_at"], documents):
                raise ValueError("it is not what was written")
            fetched_at = datetime.fromisoformat(kept["fetched_at"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self._note(f"the kept price of {key} in {region} cannot be read: {error.strerror or error} ({path})")
            return None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self.damaged(key, region, type(error).__name__)
            return None
        age = self._now() - fetched_at
        # An answer from the future means that a clock was wrong, so its age says nothing.
        return Kept(documents, fetched_at) if timedelta(0) <= age < self._ttl else None

    def put(self, key: str, region: str, request: Mapping[str, Any], documents: Sequence[str], at: datetime) -> None:
        """Keep an answer; a folder that cannot be written to is said once and costs nothing else."""
        kept = {
            "format": FORMAT,
            "fetched_at": at.isoformat(),
            "request": request,
            "sha256": _seal(at.isoformat(), documents),
            "documents": list(documents),
        }
        try:
            saved.write(self.path(key, region), json.dumps(kept))
        except OSError as error:
            self._note(f"prices cannot be kept in {self._folder}: {error.strerror or error}")

    def damaged(self, key: str, region: str, why: str) -> None:
        """Say that a kept answer cannot be used."""
        where = self.path(key, region)
        self._note(f"the kept price of {key} in {region} was damaged and is fetched again ({why} in {where})")

    def _note(self, text: str) -> None:
        with self._lock:
            if text not in self._notes and len(self._notes) < _MOST_NOTES:
                self._notes.append(text)
