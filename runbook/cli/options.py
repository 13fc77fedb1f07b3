"""The options that every command takes, read once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

_OPTIONS = (
    click.option(
        "--config", type=click.Path(path_type=Path), help="Settings file; without it ./karet.toml if there is one."
    ),
    click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override one setting; may be repeated."
    ),
    click.option("--profile", default="", help="Profile of the AWS configuration."),
    click.option("--region", default=None, help="AWS region; overrides every other source."),
    click.option("--endpoint-url", default="", help="Another endpoint for every AWS service."),
    click.option("--rehearsal", is_flag=True, help="Work on the embedded AWS: no account, no cost."),
    click.option("--json", "as_json", is_flag=True, help="Machine output on stdout."),
    click.option("--state-dir", type=click.Path(path_type=Path), help="Where journals and rehearsals are kept."),
)


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options; it gets them as one `options`, and `as_json`."""

    @functools.wraps(command)
    def with_options(
        config: Path | None,
        overrides: tuple[str, ...],
        profile: str,
        region: str | None,
        endpoint_url: str,
        rehearsal: bool,
        state_dir: Path | None,
        **own: Any,
    ) -> Any:
        from runbook.runs.options import Options

        options = Options(
            config=config,
            overrides=overrides,
            profile=profile,
            region=region,
            endpoint_url=endpoint_url,
            rehearsal=rehearsal,
            state_dir=state_dir,
        )
        return command(options=options, **own)

    wrapped: Callable[..., Any] = with_options
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


_MOST_USD = Decimal(1_000_000)


def _dollars(context: click.Context, parameter: click.Parameter, value: str | None) -> Decimal | None:
    """An amount of US dollars, exactly as it was written; what is no amount, negative or absurd is refused."""
    if value is None:
        return None
    try:
        usd = Decimal(value.removeprefix("$"))
    except InvalidOperation as error:
        raise click.BadParameter(
            f"{value!r} is not an amount of dollars, such as 150 or 149.90", ctx=context, param=parameter
        ) from error
    if not (usd.is_finite() and 0 < usd <= _MOST_USD):
        raise click.BadParameter(f"{value} is not between 0 and {_MOST_USD} dollars a month", context, parameter)
    return usd


def prices(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options about prices: --budget and --live-prices, which go into `options`."""

    @click.option("--budget", callback=_dollars, metavar="USD", help="Refuse what costs more than this in a month.")
    @click.option("--live-prices", is_flag=True, help="Ask AWS's price list; without it prices are the known ones.")
    @functools.wraps(command)
    def with_prices(options: Any, budget: Decimal | None, live_prices: bool, **own: Any) -> Any:
        return command(options=replace(options, budget=budget, live_prices=live_prices), **own)

    return with_prices


sections = click.argument("sections", nargs=-1, metavar="[SECTION]...")
"""Section numbers or names; none means all."""
