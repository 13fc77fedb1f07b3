"""The last stage of a Dockerfile: what the image is made from, what is installed in it, and how it runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

_INSTALL = re.compile(
    r"\b(?:apt-get|apt|apk|dnf|microdnf|yum)\s+(?:-{1,2}\S+\s+)*(?:install|add)\s+(?P<rest>[^&|;]*)", re.DOTALL
)
_ARGUMENT = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}?")


@dataclass
class Stage:
    """One stage, with what it takes over from the stage that it is made from.

    Parameters
    ----------
    base: the image that it begins with in the end, such as `debian:bookworm-slim`.
    platform: of --platform; empty when none is given.
    packages: names after apt-get install and the like.
    copied: names of single files that are copied in from other images.
    """

    base: str
    name: str = ""
    platform: str = ""
    ports: list[int] = field(default_factory=list)
    user: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    packages: set[str] = field(default_factory=set)
    copied: set[str] = field(default_factory=set)
    starts: bool = False
    """Whether it says what is started; else that is the base image's."""


def last_stage(text: str) -> Stage | None:
    """The stage that becomes the image; None when there is no FROM."""
    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    for word, rest in _instructions(text):
        if word == "ARG" and not stages:
            name, _, default = rest.partition("=")
            arguments[name.strip()] = default.strip().strip("\"'")
        elif word == "FROM":
            stages.append(_begun(rest, arguments, stages))
        elif stages:
            _apply(stages[-1], word, rest)
    return stages[-1] if stages else None


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    joined = re.sub(r"^\s*#.*\n", "", f"{text}\n", flags=re.MULTILINE)
    joined = re.sub(r"\\[ \t]*\n", " ", joined)
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word.isalpha():
            yield word.upper(), rest.strip()


def _begun(rest: str, arguments: dict[str, str], before: list[Stage]) -> Stage:
    words = rest.split()
    platform = next((one.partition("=")[2] for one in words if one.startswith("--platform=")), "")
    named = [one for one in words if not one.startswith("--")]
    base = _ARGUMENT.sub(lambda found: arguments.get(found.group(1)) or found.group(2) or "", named[0]) if named else ""
    name = named[2].lower() if len(named) > 2 and named[1].upper() == "AS" else ""
    inherited = next((one for one in before if one.name and one.name == base.lower()), None)
    if inherited is None:
        return Stage(base, name, platform)
    return Stage(
        inherited.base,
        name,
        platform or inherited.platform,
        list(inherited.ports),
        inherited.user,
        dict(inherited.environment),
        set(inherited.packages),
        set(inherited.copied),
        inherited.starts,
    )


def _apply(stage: Stage, word: str, rest: str) -> None:
    if word == "EXPOSE":
        stage.ports += [int(port) for one in rest.split() if (port := one.partition("/")[0]).isdigit()]
    elif word == "USER":
        stage.user = rest
    elif word == "ENV":
        stage.environment |= _environment(rest)
    elif word == "RUN":
        for found in _INSTALL.finditer(rest):
            stage.packages |= {one.partition("=")[0] for one in found["rest"].split() if not one.startswith("-")}
    elif word in ("COPY", "ADD"):
        words = [one for one in rest.split() if not one.startswith("--")]
        if len(words) == 2:
            # `COPY --from=tools /bin/wget /usr/bin/` keeps the name; with a name behind the slash it gets that one.
            stage.copied.add(words[1].rpartition("/")[2] or words[0].rpartition("/")[2])
    elif word in ("CMD", "ENTRYPOINT"):
        stage.starts = True


def _environment(rest: str) -> dict[str, str]:
    if "=" not in rest.split(" ", 1)[0]:
        name, _, value = rest.partition(" ")
        return {name: value.strip()}
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    return {name: value for name, mark, value in (one.partition("=") for one in words) if mark}
