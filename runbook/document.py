"""The document: which sections and kinds there are, in reading order, and their text with the operator's values."""

from __future__ import annotations

import csv
import hashlib
import importlib
import inspect
import pkgutil
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, cast

import runbook.sections
from runbook.errors import RunbookError, SettingsError
from runbook.model import Section

if TYPE_CHECKING:
    from runbook.kinds.kind import Kind
    from runbook.settings import Deployment

_SECTION_MODULE = re.compile(r"s\d\d_[a-z0-9_]+")
_PLACE = re.compile(r"\{\{(.*?)\}\}")
_UNSHOWABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a terminal or a reader may take for something else than a character to look at."""

# -- sections --------------------------------------------------------------------------------------------------------


def sections() -> tuple[Section, ...]:
    """All sections in reading order.

    Every module `sNN_name` in the folders of `runbook.sections` that defines SECTION is one, so that a new section
    needs its own file and nothing else.

    Raises
    ------
    RunbookError: two modules declare the same number or the same name.
    """
    owners: dict[int | str, str] = {}
    found: list[Section] = []
    for module in _modules(runbook.sections.__path__, runbook.sections.__name__, _SECTION_MODULE):
        section = getattr(module, "SECTION", None)
        if not isinstance(section, Section):
            continue
        for key in (section.number, section.name):
            if key in owners:
                raise RunbookError(
                    f"{owners[key]} and {module.__name__} both declare section {key}",
                    hint="Give one of them another number and another name.",
                )
            owners[key] = module.__name__
        found.append(section)
    return tuple(sorted(found, key=lambda section: section.number))


def choose(words: Sequence[str]) -> tuple[Section, ...]:
    """The sections that the words name, by number or name, in reading order; no word means all of them.

    Raises
    ------
    SettingsError: a word names no section; every such word is a problem with the nearest names.
    """
    every = sections()
    by_word = {word: section for section in every for word in (str(section.number), section.name)}
    numbers = {by_word[word].number for word in map(_plain, words) if word in by_word}
    problems = [_unknown(word, by_word) for word in words if _plain(word) not in by_word]
    if problems:
        names = ", ".join(f"{section.number} {section.name}" for section in every)
        raise SettingsError("no such section", problems=problems, hint=f"The sections are: {names}.")
    return tuple(section for section in every if not words or section.number in numbers)


def _plain(word: str) -> str:
    lower = word.strip().lower().replace("_", "-")
    return str(int(lower)) if lower.isdecimal() and lower.isascii() and len(lower) < 4 else lower


def _unknown(word: str, by_word: Mapping[str, Section]) -> str:
    shown = f'"{_visible(word)}"'
    near = get_close_matches(_plain(word), [name for name in by_word if not name.isdecimal()], n=3, cutoff=0.5)
    return f"{shown} is not a section; did you mean {' or '.join(near)}?" if near else f"{shown} is not a section"


def version() -> str:
    """What the texts and corrections of all sections are known by: the first 12 hex digits of their SHA-256."""
    texts = [[one.number, one.title, one.text, [repr(note) for note in one.corrections]] for one in sections()]
    return hashlib.sha256(repr(texts).encode()).hexdigest()[:12]


# -- kinds -----------------------------------------------------------------------------------------------------------


def kinds() -> Mapping[str, type[Kind]]:
    """All kinds by class name: the concrete kinds that the modules of `runbook.kinds` define.

    Raises
    ------
    RunbookError: two modules define a kind of the same name.
    """
    # Kinds are loaded only when somebody asks for them: showing the text of a section needs none.
    import runbook.kinds

    found: dict[str, type[Kind]] = {}
    for module in _modules(runbook.kinds.__path__, runbook.kinds.__name__, re.compile(r"[a-z][a-z0-9_]*")):
        for kind in _kinds_of(module):
            name = kind.__name__
            if name in found:
                raise RunbookError(
                    f"{found[name].__module__} and {kind.__module__} both define the kind {name}",
                    hint="Rename one of the classes: plans and the journal know a kind by its name.",
                )
            found[name] = kind
    return MappingProxyType(dict(sorted(found.items())))


@cache
def _kinds_of(module: ModuleType) -> tuple[type[Kind], ...]:
    """The concrete kinds that a module defines, looked for once: a plan asks for all kinds several times."""
    from runbook.kinds.kind import Kind

    return tuple(
        cast("type[Kind]", kind)
        for name, kind in sorted(vars(module).items())
        # By its line of ancestors: an abstract class takes hundreds of times longer to say who is one of it.
        if inspect.isclass(kind) and kind.__module__ == module.__name__ and Kind in kind.__mro__
        if not inspect.isabstract(kind) and not name.startswith("_") and name == kind.__name__
    )


def _modules(path: Iterable[str], package: str, shape: re.Pattern[str]) -> Iterator[ModuleType]:
    names = {found.name for found in pkgutil.iter_modules(path) if shape.fullmatch(found.name)}
    for name in sorted(names):
        yield importlib.import_module(f"{package}.{name}")


# -- text with the operator's values ---------------------------------------------------------------------------------


def filled_text(section: Section, values: Mapping[str, str]) -> str:
    """The section's text with every `{{name}}` place filled.

    A value becomes a code span of Markdown, in which nothing is markup: it cannot bring a link, an emphasis, a table
    cell or a control character into the text.

    Parameters
    ----------
    values: what fills the places; see `values` for the ones that every section may use.

    Raises
    ------
    RunbookError: the text names places that no value fills.
    """
    unknown = sorted({place for place in _PLACE.findall(section.text) if place not in values})
    if unknown:
        raise RunbookError(
            f"the text of section {section.number} has places that nothing fills: {', '.join(unknown)}",
            hint="Correct the names in the text, or give the values in the section's `values`.",
        )
    return "\n".join(_filled(line, values) for line in section.text.splitlines()) + "\n"


def _filled(line: str, values: Mapping[str, str]) -> str:
    cell = line.lstrip().startswith("|")
    return _PLACE.sub(lambda place: _code_span(values[place[1]], cell=cell), line)


def _code_span(value: str, *, cell: bool) -> str:
    text = _visible(value) or "(empty)"
    if cell:
        text = text.replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if longest else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _visible(value: str) -> str:
    """The value on one line, with a replacement character for each character that is not there to be seen."""
    line = " ".join(value.split())
    return "".join("\ufffd" if unicodedata.category(character) in _UNSHOWABLE else character for character in line)


def values(deployment: Deployment) -> dict[str, str]:
    """The values that the text of every section may use; an account that is not known yet shows as `<account>`."""
    account = deployment.account or "<account>"
    app = deployment.app
    return {
        "stack": deployment.stack,
        "account": account,
        "region": deployment.region,
        # The settings refuse regions of other partitions.
        "partition": "aws",
        "bucket": deployment.bucket(account),
        "web_role": deployment.task_role,
        "worker_role": deployment.worker_task_role,
        "exec_role": deployment.exec_role,
        "web_repository": deployment.repository("web"),
        "worker_repository": deployment.repository("worker"),
        "poller_repository": deployment.repository("poller"),
        "upload_queue": deployment.upload_queue,
        "dead_letter_queue": deployment.dead_letter_queue,
        "cluster": deployment.cluster,
        "web_service": deployment.ecs_service("web"),
        "worker_service": deployment.ecs_service("worker"),
        "namespace": deployment.namespace,
        "web_log_group": deployment.log_group("web"),
        "worker_log_group": deployment.log_group("worker"),
        "alert_topic": deployment.alert_topic,
        "api_key_secret": deployment.secrets("web").get("KARET_API_KEY", deployment.secret("api-key")),
        "settings_parameter": deployment.settings_parameter,
        "pipeline_config_path": str(deployment.pipeline.file),
        "pipeline_config_key": deployment.pipeline.key,
        "domain": deployment.domain or "(no domain set)",
        "network": deployment.network,
        "tls": deployment.tls,
        "events": deployment.events,
        "zones": str(deployment.zones),
        "web_port": str(app.web.port),
        "worker_port": str(app.worker.port),
    }


# -- lines of the source document ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SourceLine:
    """One line of the source document, known by its hash: the text itself is not part of the runbook.

    Parameters
    ----------
    number: from 1.
    digest: `line_digest` of the line.
    section: number of the section that covers it; 0 for the introduction.
    """

    number: int
    digest: str
    section: int


def line_digest(line: str) -> str:
    """What a line is recognised by: the first 16 hex digits of SHA-256 over the line with single spaces."""
    return hashlib.sha256(" ".join(line.split()).encode()).hexdigest()[:16]


def source_lines() -> tuple[SourceLine, ...]:
    """All lines of the source document, in order."""
    text = files("runbook.sections").joinpath("document_lines.csv").read_text(encoding="utf-8")
    return tuple(
        SourceLine(int(row["line"]), row["sha256"], int(row["section"])) for row in csv.DictReader(text.splitlines())
    )


def section_of_line(number: int) -> Section | None:
    """The section that covers a line of the source document; None for the introduction and beyond the end."""
    return next((section for section in sections() if section.lines[0] <= number <= section.lines[1]), None)
