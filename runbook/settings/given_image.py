"""`--image NAME=REPOSITORY@DIGEST` on the command line: the setting that it stands for, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from runbook.errors import SettingsError
from runbook.settings.limits import nearest
from runbook.settings.problems import printable

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "karet": "web",
        "web": "web",
        "karet-worker": "worker",
        "worker": "worker",
        "karet-poller": "poller",
        "poller": "poller",
    }
)
"""The names of the source document and of its repositories, and those of the settings."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def image_overrides(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts of `--image` as texts of `--set`.

    Raises
    ------
    SettingsError: every text that is no image by digest, each with what is wrong with it.
    """
    found: dict[str, str] = {}
    wrong = []
    for text in texts:
        name, _, reference = text.partition("=")
        problem = _problem(name, reference, found)
        if problem:
            wrong.append(printable(f"--image {text[:120]}: {problem}"))
        else:
            found[NAMES[name]] = reference
    if wrong:
        raise SettingsError(
            f"{len(wrong)} {'image is' if len(wrong) == 1 else 'images are'} wrong; nothing was started",
            problems=wrong,
            hint="Such as --image karet=123456789012.dkr.ecr.us-east-1.amazonaws.com/karet@sha256:<64 hex digits>.",
        )
    return tuple(f"images.{service}={reference}" for service, reference in found.items())


def _problem(name: str, reference: str, found: Mapping[str, str]) -> str:
    if name not in NAMES:
        known = "karet (or web), karet-worker (or worker) and karet-poller (or poller)"
        return f'there is no image "{name}"{nearest(name, NAMES)}; the stack has {known}'
    if NAMES[name] in found:
        return f"the image of {NAMES[name]} is named more than once"
    repository, _, digest = reference.partition("@")
    if not repository:
        return "names no repository"
    if not digest:
        moving = " by a tag, which may mean another image tomorrow" if ":" in repository.rpartition("/")[2] else ""
        return f"names the image{moving} and not by its digest; `docker buildx imagetools inspect {reference}` shows it"
    if not _DIGEST.fullmatch(digest):
        return f'"{digest}" is not a digest: sha256: and 64 hex digits in lower case'
    return ""
