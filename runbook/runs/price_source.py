"""Where a front end's prices come from: no settings file and no login are needed to ask what something costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import RehearsalError, SettingsError
from runbook.pricing.live import FETCHED, LiveRates
from runbook.pricing.moves import Comparison, compare, keep
from runbook.pricing.price_cache import PriceCache
from runbook.pricing.rate import Rates
from runbook.pricing.regions import billing_code
from runbook.pricing.snapshot import packaged
from runbook.pricing.sources import choose, default_cache_dir
from runbook.runs.options import Options
from runbook.settings.region import VARIABLES

if TYPE_CHECKING:
    from runbook.aws.session import Session

HOME = "us-east-1"
"""Where the price list is asked from when nothing says a region."""


def copy_path(options: Options) -> Path:
    """The user's copy of prices; a rehearsal has its own, so that its answers are never taken for AWS's."""
    return (options.state / "rehearsal" if options.rehearsal else options.state) / "prices.json"


def price_session(options: Options, *, ask_mfa: Callable[[str], str] | None = None) -> Session:
    """A session that can ask for prices; nobody's identity is asked for.

    Raises
    ------
    RehearsalError: the embedded AWS cannot be started.
    SettingsError: the profile does not exist.
    """
    from runbook.aws.session import Session
    from runbook.rehearsal import join

    if options.rehearsal and options.endpoint_url:
        raise RehearsalError(
            f"--rehearsal has an endpoint of its own, so --endpoint-url {options.endpoint_url} cannot be used with it",
            hint="Leave out one of the two.",
        )
    endpoint = join.start_or_join(options.state).url if options.rehearsal else options.endpoint_url
    return Session(
        region=options.region or next((options.environ[name] for name in VARIABLES if options.environ.get(name)), HOME),
        profile=options.profile,
        endpoint_url=endpoint,
        rehearsal=options.rehearsal,
        ask_mfa=ask_mfa,
    )


def rates_for(
    options: Options,
    *,
    session: Session | None = None,
    refresh: bool = False,
    offline: bool = False,
    ask_mfa: Callable[[str], str] | None = None,
) -> Rates:
    """The rates to estimate with: live where AWS can be asked, else the user's copy and the snapshot, with the reason.

    Parameters
    ----------
    session: one that is open already; None opens one.
    refresh: ask AWS again even for what it answered within the last day.
    offline: do not ask AWS.
    """
    if session is None and not offline:
        session = price_session(options, ask_mfa=ask_mfa)
    return choose(session, refresh=refresh, offline=offline, user_copy=copy_path(options))


def diff(options: Options, regions: Sequence[str], *, ask_mfa: Callable[[str], str] | None = None) -> Comparison:
    """What moved between the prices known here and AWS's price list now.

    Raises
    ------
    PriceRegionError: a region cannot be priced.
    AwsError, WaitingError: the price list cannot be asked.
    """
    chosen = regions_of(options, regions)
    session = price_session(options, ask_mfa=ask_mfa)
    kept = not session.rehearsal and not session.endpoint_url
    live = LiveRates(session, cache=PriceCache(default_cache_dir()) if kept else None, refresh=True)
    return compare(live, chosen, copy_path(options))


def update(
    options: Options, regions: Sequence[str], *, ask_mfa: Callable[[str], str] | None = None
) -> tuple[Comparison, Path, int]:
    """Ask AWS's price list and keep what it answers as the user's copy: what moved, the file, how many rates it has.

    Raises
    ------
    PriceRegionError: a region cannot be priced.
    AwsError, WaitingError: the price list cannot be asked; the copy stays as it is.
    PriceError: the copy cannot be written.
    """
    found = diff(options, regions, ask_mfa=ask_mfa)
    path = copy_path(options)
    citation = "the rehearsal's price list, not AWS's answer" if options.rehearsal else FETCHED
    return found, path, keep(found, path, citation)


def regions_of(options: Options, regions: Sequence[str]) -> tuple[str, ...]:
    """The regions meant: those named, else --region, else all that the snapshot has.

    Raises
    ------
    PriceRegionError: one cannot be priced.
    SettingsError: the list is empty.
    """
    named = [name.strip() for text in regions for name in text.split(",") if name.strip()]
    if regions and not named:
        raise SettingsError("--regions names no region", hint="For example --regions eu-west-1,us-east-1.")
    chosen = tuple(named) or ((options.region,) if options.region else packaged().regions())
    for region in chosen:
        billing_code(region)
    return tuple(dict.fromkeys(chosen))
