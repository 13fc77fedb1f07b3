"""The prices of a notebook: live where AWS's price list can be asked, else the snapshot, and said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from runbook.errors import SettingsError
from runbook.pricing.rate import Rates
from runbook.pricing.snapshot import snapshot
from runbook.runs.options import Options
from runbook.runs.price_source import rates_for

AUTO: Final = "auto"
SNAPSHOT: Final = "snapshot"


def checked(prices: str) -> str:
    """The word of the parameter.

    Raises
    ------
    SettingsError: it is another word.
    """
    if prices not in (AUTO, SNAPSHOT):
        raise SettingsError(
            f'prices: "{prices}" is neither {AUTO} nor {SNAPSHOT}',
            hint=f"{AUTO} asks AWS's price list where credentials allow; {SNAPSHOT} never asks.",
        )
    return prices


def rates(prices: str, region: str) -> Rates:
    """The rates to compute with; `snapshot` is the package's own file, the same on every machine."""
    if checked(prices) == SNAPSHOT:
        return snapshot()
    return rates_for(Options(region=region))


def parameters(question: Any) -> str:
    """What was asked, in a sentence, for readers who do not see the code; without what was left to the settings."""
    told = [(one.name, getattr(question, one.name)) for one in fields(question) if one.name != "prices"]
    return f"Asked for: {', '.join(f'{name} {_plain(value)}' for name, value in told if value not in ('', 0))}."


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else f"({value})" if "," in str(value) else str(value)


def source(made_from: str, as_of: object, notes: Sequence[str]) -> list[str]:
    """Where the figures come from, in sentences."""
    words = {
        "live": "AWS's price list, asked now",
        "snapshot": "the price snapshot inside the package",
        "mixed": "AWS's price list, and the snapshot where it did not answer",
    }
    return [f"Prices: {words.get(made_from, made_from)}, as of {as_of}. US dollars, a month of 730 hours.", *notes]
