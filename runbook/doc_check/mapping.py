"""What the runbook makes of each line of the source document: a resource, a check ... or the reason why not."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

from runbook import document
from runbook.settings import Deployment, all_settings, revised

KINDS = ("section", "resource", "check", "correction", "setting", "command")
_VARIANTS: tuple[Mapping[str, object], ...] = (
    {},
    {"network": "endpoints"},
    {"tls": "acm", "domain": "karet.example.com"},
)
"""Settings whose declarations differ in what exists."""


@dataclass(frozen=True)
class Step:
    """One thing of the runbook that a line of the document became: `resource:s3.bucket`."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Mapped:
    """Lines of the source document, with what became of them.

    Parameters
    ----------
    first, last: numbers of the lines, both among them.
    waiver: why nothing became of them; empty when something did.
    """

    first: int
    last: int
    steps: tuple[Step, ...]
    waiver: str = ""


def mapping() -> tuple[Mapped, ...]:
    """The whole document, in order."""
    text = files("runbook.doc_check").joinpath("document_map.csv").read_text(encoding="utf-8")
    return tuple(
        Mapped(
            int(row["first"]),
            int(row["last"]),
            tuple(Step(*one.split(":", 1)) for one in row["steps"].split()),
            row["waiver"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def what_there_is(commands: Collection[str]) -> dict[str, set[str]]:
    """Everything that a line may be mapped to, by kind.

    Parameters
    ----------
    commands: names of karet's commands.
    """
    sections = document.sections()
    found: dict[str, set[str]] = {
        "section": {str(one.number) for one in sections},
        "correction": {one.number for section in sections for one in section.corrections},
        "setting": {one.key for one in all_settings()},
        "command": set(commands),
        "resource": set(),
        "check": set(),
    }
    plain = Deployment(region="us-east-1", tls="none").for_account("123456789012")
    for more in _VARIANTS:
        deployment = revised(plain, dict(more))
        for section in sections:
            found["resource"] |= {one.id for one in section.resources(deployment) if one.wanted}
            found["check"] |= {one.id for one in section.checks(deployment)}
    return found


def problems(mapped: Iterable[Mapped], there_is: Mapping[str, Collection[str]]) -> list[str]:
    """What is wrong with a mapping: lines that are missing or mapped twice, and steps that do not exist."""
    told: list[str] = []
    expected = 1
    for one in mapped:
        if one.first != expected or one.last < one.first:
            told.append(f"lines {expected} to {one.first - 1} are mapped to nothing, or lines overlap")
        expected = one.last + 1
        if bool(one.steps) == bool(one.waiver):
            told.append(f"line {one.first}: needs steps, or a waiver, and not both")
        told += [
            f"line {one.first}: there is no {step.kind} {step.name}"
            for step in one.steps
            if step.name not in there_is.get(step.kind, ())
        ]
    if expected != len(document.source_lines()) + 1:
        told.append(f"the mapping ends at line {expected - 1} of {len(document.source_lines())}")
    return told
