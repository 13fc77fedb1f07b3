"""Read the operator's decisions: karet.toml, --set, flags and environment become one Deployment, or one error with all
that is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runbook.errors import SettingsError
from runbook.settings import problems, region
from runbook.settings.check import check
from runbook.settings.deployment import Deployment
from runbook.settings.override import key_path, number, value_from
from runbook.settings.toml_lines import key_lines

LARGEST_FILE = 1_000_000
REGION_PLACES = ("--region", *region.VARIABLES, "the profile")
"""Places that hold nothing but a region, so that its key need not be said."""

REHEARSAL_DOMAIN = "karet.example.com"
REHEARSAL_OPEN_TO = ["0.0.0.0/0"]
_SYNTAX = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)", re.DOTALL)

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Loaded:
    """The settings, what decided the region, and the file they came from.

    `base` is the folder that relative paths in the settings start from.
    """

    deployment: Deployment
    region_source: str
    file: Path | None

    @property
    def base(self) -> Path:
        return self.file.resolve().parent if self.file else Path.cwd()


@dataclass
class _Collected:
    """Values from file and --set in one tree, with the place that each came from."""

    values: dict[str, Any]
    places: dict[Key, str]
    wrong: list[str]

    def place(self, path: Key) -> str | None:
        """The place of the nearest known key at or above a path."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return None


def load(
    path: Path | None,
    overrides: Sequence[str] = (),
    *,
    environ: Mapping[str, str],
    profile_region: Callable[[], str | None],
    region_flag: str | None = None,
    rehearsal: bool = False,
) -> Loaded:
    """Read and check the settings.

    Parameters
    ----------
    path: the settings file; None when there is none.
    overrides: the texts of --set, each KEY=VALUE with a dotted key.
    environ: the environment, for AWS_REGION and AWS_DEFAULT_REGION.
    profile_region: gives the region of the AWS profile; called only when nothing else says a region.
    region_flag: the text of --region.
    rehearsal: fill in the embedded AWS's region, domain and open door where nothing is given.

    Raises
    ------
    SettingsError: the file cannot be read, or a value is wrong; every problem is one line of `problems`.
    """
    collected = _read(path) if path else _Collected({}, {}, [])
    for override in overrides:
        _override(collected, override)
    where = str(path.name) if path else "settings"
    source = _region(collected, environ, profile_region, region_flag, rehearsal)
    if rehearsal:
        _rehearsal_defaults(collected)
    deployment, found = check(collected.values)
    found = [(at, region.NO_REGION if at == ("region",) and not source else text) for at, text in found]

    def place(at: Key) -> str:
        known = collected.place(at) or where
        return known if known in REGION_PLACES else f"{known} {problems.dotted(at)}"

    lines = [*collected.wrong, *sorted(problems.sentences(found, place), key=_reading_order)]
    if deployment is None or lines:
        raise SettingsError(
            f"{len(lines)} {'setting is' if len(lines) == 1 else 'settings are'} wrong; nothing was started",
            problems=lines,
            hint="docs/settings.md describes every setting; `karet init` writes a commented file.",
        )
    return Loaded(deployment, source, path)


def _reading_order(line: str) -> int:
    number = re.match(r"[^ ]*:(\d+) ", line)
    return int(number[1]) if number else LARGEST_FILE


def _read(path: Path) -> _Collected:
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise SettingsError(f"there is no settings file {path}", hint="`karet init` writes one.") from error
    except OSError as error:
        raise SettingsError(f"the settings file {path} cannot be read: {error.strerror}") from error
    if len(raw) > LARGEST_FILE:
        raise SettingsError(f"{path} has {len(raw)} bytes; a settings file has at most {LARGEST_FILE}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            f"{path.name}:{line} is not UTF-8 text", hint="Save the file as UTF-8; TOML allows nothing else."
        ) from error
    # tomllib reads a carriage return and line feed as one line end; the scanner counts the same way.
    text = text.replace("\r\n", "\n")
    values = _parse(text, path.name)
    lines = key_lines(text)
    return _Collected(values, {key: f"{path.name}:{line}" for key, line in lines.items()}, [])


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=number)
    except RecursionError as error:
        raise SettingsError(f"{name} is nested too deeply to be a settings file") from error
    except ValueError as error:
        matched = _SYNTAX.fullmatch(str(error))
        place = f"{name}:{matched['line']}:{matched['column']}" if matched else name
        what = problems.shown(matched["what"] if matched else str(error), longest=200).strip('"')
        raise SettingsError(
            f"{place} is not valid TOML: {what}", hint="Texts stand in double quotes, lists in square brackets."
        ) from error


def _override(collected: _Collected, override: str) -> None:
    key_text, equals, value_text = override.partition("=")
    key = key_path(key_text)
    if not equals or key is None:
        collected.wrong.append(
            f"--set {problems.shown(key_text)}: is not KEY=VALUE, such as network=endpoints or web.count=3"
        )
        return
    at = collected.values
    for part in key[:-1]:
        inner = at.setdefault(part, {})
        if not isinstance(inner, dict):
            inner = at[part] = {}
        at = inner
    at[key[-1]] = value_from(value_text.strip(), key)
    for known in [known for known in collected.places if known[: len(key)] == key]:
        del collected.places[known]
    collected.places[key] = "--set"


def _region(
    collected: _Collected,
    environ: Mapping[str, str],
    profile_region: Callable[[], str | None],
    flag: str | None,
    rehearsal: bool,
) -> str:
    """Put the region that was chosen into the values; answer what chose it, or an empty text."""
    given = collected.values.get("region")
    at = collected.places.get(("region",), "")
    if given not in (None, "") and not isinstance(given, str) and not flag:
        return at  # a wrong type, which the check names
    text = given if isinstance(given, str) and given else None
    chosen = region.choose(
        flag=flag,
        override=text if at == "--set" else None,
        file=(text, at) if text else None,
        environ=environ,
        profile_region=profile_region,
        rehearsal=rehearsal,
    )
    if chosen is None:
        collected.values.pop("region", None)
        return ""
    collected.values["region"], source = chosen
    collected.places["region",] = source.removesuffix(" region")
    return source


def _rehearsal_defaults(collected: _Collected) -> None:
    values = collected.values
    if "domain" not in values:
        zone = values.get("hosted_zone")
        values["domain"] = f"karet.{zone}" if isinstance(zone, str) and zone else REHEARSAL_DOMAIN
    values.setdefault("open_to", REHEARSAL_OPEN_TO)
