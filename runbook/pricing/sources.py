"""Which prices are used: live ones where the price list can be asked, else the snapshot, with the reason beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import AwsError, PriceError, WaitingError
from runbook.pricing import saved
from runbook.pricing.live import LiveRates
from runbook.pricing.price_cache import PriceCache, now
from runbook.pricing.rate import Rate, Rates
from runbook.pricing.snapshot import SnapshotRates, packaged

if TYPE_CHECKING:
    from runbook.aws.session import Session


class LiveOrSnapshot:
    """Live rates until the price list cannot be asked; from then on the snapshot, and every figure says why."""

    def __init__(self, live: LiveRates, snapshot: SnapshotRates) -> None:
        self._live = live
        self._snapshot = snapshot
        self._lock = threading.Lock()
        self._why = ""
        self._from_live = 0

    @property
    def source(self) -> str:
        """`live`, `snapshot`, or `mixed` when the price list stopped answering in between."""
        if not self._why:
            return "live"
        return "mixed" if self._from_live else "snapshot"

    @property
    def as_of(self) -> date:
        """The date of the older of the two that were used."""
        return self._snapshot.as_of if self._why else self._live.as_of

    @property
    def notes(self) -> tuple[str, ...]:
        """Why prices are not live, and whatever else both sources have to say."""
        if not self._why:
            return self._live.notes
        return (self._why, *self._live.notes, *self._snapshot.notes)

    def fetch(self, keys: Iterable[str], regions: Iterable[str]) -> None:
        """Ask for every distinct rate once, several at a time."""
        self._live.fetch(keys, regions)

    def rate(self, key: str, region: str) -> Rate:
        """The live rate, or the snapshot's where the price list cannot be asked.

        Raises
        ------
        PriceError: the rate is unknown, ambiguous or not the expected one; a wrong answer is no reason to fall back.
        """
        try:
            found = self._live.rate(key, region)
        except (AwsError, WaitingError) as error:
            why = _reason(error)
            with self._lock:
                self._why = self._why or why
            return self._snapshot.rate(key, region).noted(why)
        with self._lock:
            self._from_live += 1
        return found


def choose(
    session: Session | None,
    *,
    refresh: bool = False,
    offline: bool = False,
    cache_dir: Path | None = None,
    user_copy: Path | None = None,
    now: Callable[[], datetime] = now,
) -> Rates:
    """The rates to use.

    Parameters
    ----------
    session: who would ask AWS; None when nobody can.
    refresh: ask again even for what was answered within the last day.
    offline: do not ask AWS at all.
    cache_dir: where answers are kept; None for the user's cache directory.
    user_copy: the file that `karet prices update` wrote; None for none.
    now: the clock.
    """
    file, notes = known(user_copy)

    def today() -> date:
        return now().date()

    if session is None or offline:
        why = "prices are from the snapshot: " + ("AWS was not to be asked" if offline else "there is no AWS session")
        return SnapshotRates(file, today=today, notes=(why, *notes))
    cache = None
    if not session.rehearsal and not session.endpoint_url:
        # Only AWS's own answers are kept: a rehearsal's must never be taken for them later.
        cache = PriceCache(cache_dir or default_cache_dir(), now=now)
    live = LiveRates(session, cache=cache, refresh=refresh, now=now)
    return LiveOrSnapshot(live, SnapshotRates(file, today=today, notes=notes))


def known(user_copy: Path | None) -> tuple[saved.SavedRates, tuple[str, ...]]:
    """The packaged snapshot with the user's copy over it, and what is wrong with that copy."""
    if user_copy is None:
        return packaged(), ()
    try:
        file = saved.read(user_copy)
        file.check()
        return saved.merged(packaged(), file), ()
    except FileNotFoundError:
        return packaged(), ()
    except PriceError as error:
        return packaged(), (f"the user's copy of prices is left aside: {error.message}",)


def default_cache_dir() -> Path:
    """The user's cache directory for prices."""
    from platformdirs import user_cache_path

    return user_cache_path("karet", appauthor=False) / "prices"


def _reason(error: AwsError | WaitingError) -> str:
    what = f"{error.code}: {error.text}" if isinstance(error, AwsError) else error.message
    return f"prices are from the snapshot, because AWS's price list cannot be asked ({what})"
