"""The question of estimate.ipynb: what a whole deployment costs, for what, and how the document's table differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from runbook import document
from runbook.cost.audit import Audit, Row, audit, dollars
from runbook.cost.chart_paper import Chart
from runbook.cost.charts import Bar, bars
from runbook.cost.estimate import Estimate, PricedLine, cents, known_sum
from runbook.cost.usage import BANDS, USAGE, choose
from runbook.cost.whole_stack import Stack
from runbook.model import Usage
from runbook.notebooks import prices as source
from runbook.notebooks.asked import asked
from runbook.notebooks.shown import Shown, answered, sentences, table
from runbook.pricing.rate import Rates
from runbook.settings import Deployment, load


@dataclass(frozen=True)
class EstimateQuestion:
    """The parameters of the notebook; an empty text leaves the choice to the settings.

    Parameters
    ----------
    config: a settings file; without it the document's own sizes.
    network: another network than the settings have.
    zones: 2 or 3; 0 leaves it to the settings.
    usage: `low`, `typical`, `high`, or a usage file.
    prices: `auto` or `snapshot`.
    """

    config: str = ""
    region: str = "us-east-1"
    zones: int = 0
    network: str = ""
    usage: str = "typical"
    prices: str = source.AUTO

    @classmethod
    def asked(cls, names: Mapping[str, Any]) -> EstimateQuestion:
        """The question that the notebook's names ask; raises SettingsError for unknown and wrong ones."""
        return asked(cls, names)

    @cached_property
    def deployment(self) -> Deployment:
        """The settings, with what a price does not depend on filled in; raises SettingsError."""
        overrides = (f"zones={self.zones}",) if self.zones else ()
        file = Path(self.config) if self.config else None
        return load(
            file,
            overrides,
            environ={},
            profile_region=lambda: None,
            region_flag=self.region or None,
            rehearsal=True,
        ).deployment

    @cached_property
    def rates(self) -> Rates:
        """The prices."""
        return source.rates(self.prices, self.deployment.region)

    @cached_property
    def measures(self) -> Usage:
        """How much is used; raises SettingsError."""
        return choose(self.usage)

    @cached_property
    def stack(self) -> Stack:
        """What is priced; raises SettingsError."""
        return Stack.of(self.deployment, self.network)

    @cached_property
    def found(self) -> Estimate:
        """The estimate; raises PriceError."""
        return self.stack.estimate(self.measures, self.rates)

    @cached_property
    def audited(self) -> Audit:
        """The document's table beside the computed one."""
        return audit(self.deployment, self.measures, self.rates)

    @property
    def source(self) -> Shown:
        """Where the prices come from, and their date."""
        made = self.found
        return sentences([source.parameters(self), *source.source(made.source, made.as_of, made.notes)])

    @property
    def answer(self) -> Shown:
        """The sum in a sentence, with the figures as data."""
        made, whole = self.found, self.found.usd_per_month
        bound = "at least " if made.at_least else ""
        dearest = max(made.by_resource().items(), key=lambda item: item[1])
        text = (
            f"The whole stack in {made.region} with {self.deployment.zones} zones, network {self.stack.network} and "
            f"{self.usage} usage costs {bound}{dollars(whole)} a month; {dollars(made.fixed_usd_per_month)} of it is "
            f"due without any use. The dearest single thing is {dearest[0]}: {dollars(dearest[1])}."
        )
        told = made.as_json()
        data = {key: told[key] for key in ("region", "usd_per_month", "fixed_usd_per_month", "at_least")}
        return answered(text, {**data, "network": self.stack.network})

    @property
    def where(self) -> Chart:
        """By section of the document, and by service as AWS bills it; fixed against use."""
        titles = {section.number: f"{section.number} {section.title}" for section in document.sections()}
        by_section = _bars(self.found.lines, lambda line: titles.get(line.section, str(line.section)))
        by_service = _bars(self.found.lines, lambda line: line.service_code)
        panels = {"by section of the document": by_section, "by service code on AWS's bill": by_service}
        return bars(panels, title=f"Where the money goes in {self.found.region}, {self.usage} usage")

    @property
    def bands(self) -> Chart:
        """The sum for little, usual and much use."""
        rows = [_bar(band, self.stack.estimate(USAGE[band], self.rates).lines) for band in BANDS]
        return bars({"": rows}, title=f"The whole stack in {self.found.region} by how much it is used")

    @property
    def lines(self) -> Shown:
        """Every line with quantity, price, SKU and date; an asterisk marks what comes by use."""
        rows = [
            (
                f"{line.resource}: {line.label}" + ("" if line.fixed else " *"),
                "not said" if line.quantity is None else _plain(line.quantity, 2),
                line.unit,
                "unknown" if line.usd_per_unit is None else _plain(line.usd_per_unit, 10),
                "unknown" if line.usd_per_month is None else f"{cents(line.usd_per_month):,}",
                line.sku,
                "" if line.as_of is None else str(line.as_of),
            )
            for line in self.found.lines
        ]
        bound = "at least " if self.found.at_least else ""
        rows.append(("sum", "", "", "", f"{bound}{cents(self.found.usd_per_month):,}", "", ""))
        columns = ("line (* by use)", "quantity", "unit", "USD each", "USD a month", "SKU", "price as of")
        return table(columns, rows, numbers=(1, 3, 4), total=True)

    @property
    def document_table(self) -> Shown:
        """The document's table beside the computed one, row by row, with why they differ."""
        found = self.audited
        rows = [_audit_row(row) for row in found.rows]
        whole = Row("sum", found.document_usd, found.computed_usd, (), found.at_least)
        rows.append(_audit_row(whole))
        columns = ("item", "document, USD", "computed, USD", "difference, USD", "why")
        return table(columns, rows, numbers=(1, 2, 3), total=True)

    @property
    def claims(self) -> Shown:
        """The document's claims and what the figures say to them."""
        return sentences([f"\u201c{claim.document}\u201d {claim.verdict}" for claim in self.audited.claims])


def _audit_row(row: Row) -> tuple[str, ...]:
    document_usd = "not in it" if row.document_usd is None else f"{row.document_usd:,}"
    computed = f"{'at least ' if row.at_least else ''}{cents(row.computed_usd):,}"
    return (row.item, document_usd, computed, f"{cents(row.difference):+,}", "; ".join(row.reasons))


def _bar(name: str, lines: Iterable[PricedLine]) -> Bar:
    lines = list(lines)
    fixed = known_sum(line for line in lines if line.fixed)
    unknown = any(line.usd_per_month is None for line in lines)
    return Bar(name, fixed, known_sum(lines) - fixed, at_least=unknown)


def _bars(lines: Iterable[PricedLine], group: Callable[[PricedLine], str]) -> list[Bar]:
    """A bar a group, the dearest first."""
    groups: dict[str, list[PricedLine]] = {}
    for line in lines:
        groups.setdefault(group(line), []).append(line)
    return sorted((_bar(name, own) for name, own in groups.items()), key=lambda bar: -bar.usd)


def _plain(figure: Decimal, digits: int) -> str:
    return f"{figure:,.{digits}f}".rstrip("0").rstrip(".") or "0"
