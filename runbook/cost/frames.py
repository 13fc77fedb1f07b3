"""An estimate as a table for other tools: a pandas DataFrame, and comma separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from runbook.cost.estimate import Estimate, PricedLine, number

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "resource": "string",
        "section": "int64",
        "label": "string",
        "rate_key": "string",
        "service_code": "string",
        "usage_type": "string",
        "unit": "string",
        "quantity": "Float64",
        "usd_per_unit": "Float64",
        "usd_per_month": "Float64",
        "sku": "string",
        "as_of": "datetime64[s]",
        "source": "string",
        "basis": "string",
        "fixed": "bool",
        "note": "string",
    }
)
"""Column -> dtype. `quantity` counts `unit`s a month, `usd_per_unit` is US dollars for one unit, `usd_per_month` US
dollars for 730 hours; <NA> is unknown, never 0. `as_of` is the day at which the price was published or seen."""

_BEGINS_FORMULA = frozenset("=+-@")
"""Source: OWASP, CSV Injection, read 2026-11; tabs and line ends in front of them count as well."""


def frame_of(estimate: Estimate) -> pd.DataFrame:
    """The lines of an estimate.

    Returns
    -------
    One row a line, in the order of the document, indexed from 0; columns and dtypes as in `COLUMNS`; `attrs` holds
    region, source, as_of, at_least and notes.
    """
    import pandas as pd

    rows = [_row(line) for line in estimate.lines]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict(COLUMNS))
    frame.attrs = {
        "region": estimate.region,
        "source": estimate.source,
        "as_of": estimate.as_of.isoformat(),
        "at_least": estimate.at_least,
        "notes": list(estimate.notes),
    }
    return frame


def csv_text(estimate: Estimate) -> str:
    """The lines of an estimate with a header; figures in full, unknown ones empty."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in estimate.lines:
        writer.writerow([_cell(value) for value in _row(line).values()])
    return made.getvalue()


def _cell(value: Any) -> Any:
    """A value as a cell that no spreadsheet takes for a formula: names come from settings, notes from price lists."""
    if not isinstance(value, str):
        return "" if value is None else value
    return f"'{value}" if value.lstrip()[:1] in _BEGINS_FORMULA and value.strip() else value


def _row(line: PricedLine) -> dict[str, Any]:
    values = {field.name: getattr(line, field.name) for field in fields(line)}
    figures = {name: number(values[name]) for name in ("quantity", "usd_per_unit", "usd_per_month")}
    return {name: figures.get(name, values[name]) for name in COLUMNS}
