"""How much is used in a month: three bands with a reason for every number, and files with numbers of one's own."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from runbook.errors import SettingsError
from runbook.model import Usage
from runbook.settings.limits import nearest

BANDS: Final = ("low", "typical", "high")
UNKNOWN: Final = "unknown"
_LARGEST_FILE = 100_000


@dataclass(frozen=True)
class Measure:
    """One number that people say about use.

    Parameters
    ----------
    name: the field of `Usage`, and the key in a usage file.
    unit: per month, unless it says otherwise.
    low, typical, high: the three bands.
    reason: why these numbers.
    most: what is more than this is a slip of the keyboard.
    """

    name: str
    unit: str
    low: Decimal
    typical: Decimal
    high: Decimal
    reason: str
    most: Decimal


def _measures() -> tuple[Measure, ...]:
    text = files("runbook.cost").joinpath("bands.csv").read_text(encoding="utf-8")
    return tuple(_measure(row) for row in csv.DictReader(text.splitlines()))


def _measure(row: Mapping[str, str]) -> Measure:
    low, typical, high = (Decimal(row[band]) for band in BANDS)
    return Measure(row["name"], row["unit"], low, typical, high, row["reason"], Decimal(row["most"]))


MEASURES: Final = _measures()
"""Every number that depends on use, in the order of the bill; `bands.csv` gives the reason for each.

Where it names no source the numbers are our assumptions: replace them by your own as soon as a first bill is there.
"""

_BY_NAME: Final = MappingProxyType({one.name: one for one in MEASURES})
_NONE = Decimal(0)
_LCUS = Measure("alb_lcus", "capacity units, on average", _NONE, _NONE, _NONE, "said directly", Decimal(10**6))
_OPTIONAL: Final = MappingProxyType({_LCUS.name: _LCUS})
"""Keys that a file may have and no band has: capacity units follow from the four measures of the load balancer."""

USAGE: Final[Mapping[str, Usage]] = MappingProxyType(
    {band: Usage(**{one.name: getattr(one, band) for one in MEASURES}) for band in BANDS}
)
"""The three bands."""


def choose(word: str) -> Usage:
    """The band of this name, or the file of this name.

    Raises
    ------
    SettingsError: it is neither, or the file is wrong.
    """
    if word in USAGE:
        return USAGE[word]
    path = Path(word)
    if not path.suffix and not path.is_file():
        raise SettingsError(
            f'usage "{word}" is none of {", ".join(BANDS)} and no file{nearest(word, BANDS)}',
            hint="Name a band, or a TOML or JSON file with numbers of your own.",
        )
    return load(path)


def load(path: Path) -> Usage:
    """Read a usage file: `band` names what is not said in it, every other key is a measure or the word "unknown".

    Raises
    ------
    SettingsError: the file cannot be read, or keys or numbers are wrong; every one is a line of `problems`.
    """
    values = _values(path)
    band = values.pop("band", "typical")
    problems = []
    if not isinstance(band, str) or band not in USAGE:
        problems.append(f"band: {band!r} is none of {', '.join(BANDS)}")
    known = {**_BY_NAME, **_OPTIONAL}
    said: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            problems.append(f"{key!r} is not a measure of use{nearest(key, known)}")
        elif value == UNKNOWN:
            said[key] = None
        else:
            number, problem = _number(value, known[key])
            said[key] = number
            problems += [f"{key}: {problem}"] if problem else []
    if problems:
        raise SettingsError(
            f"{path}: {len(problems)} {'value is' if len(problems) == 1 else 'values are'} wrong",
            problems=problems,
            hint=f'Keys: band, {", ".join(known)}. Numbers are per month and not negative, or the word "{UNKNOWN}".',
        )
    return replace(USAGE[band], **said)


def _number(value: Any, measure: Measure) -> tuple[Decimal | None, str]:
    """The number, or what is wrong with it."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None, f"{value!r} is not a number"
    number = Decimal(value)
    if not number.is_finite():
        return None, f"{value} is not a finite number"
    if number < 0:
        return None, f"{number} is negative; nothing can be used less than not at all"
    if number > measure.most:
        return None, f"{number} {measure.unit} is absurd; the most that is taken is {measure.most}"
    return number, ""


def _values(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"the usage file {path} cannot be read: {error.strerror}", hint="Name low, typical, high or a file."
        ) from error
    if len(raw) > _LARGEST_FILE:
        raise SettingsError(f"{path} has {len(raw)} bytes; a usage file has at most {_LARGEST_FILE}")
    try:
        text = raw.decode("utf-8-sig")
        if path.suffix.lower() == ".json":
            values = json.loads(text, parse_float=Decimal, parse_constant=Decimal, object_pairs_hook=_once)
        else:
            values = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise SettingsError(
            f"{path} is not {'JSON' if path.suffix.lower() == '.json' else 'TOML'}: {error}",
            hint="Write lines such as s3_storage_gib = 80, or a JSON object with such keys.",
        ) from error
    if not isinstance(values, dict):
        raise SettingsError(f"{path} is no table of measures", hint="Write an object with keys such as s3_storage_gib.")
    return values


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands in it twice")
    return made
