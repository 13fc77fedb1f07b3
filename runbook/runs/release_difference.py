"""What a new revision has other than the one that runs, line by line for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runbook.refs import Unknown, same

_SIZES = {"cpu": "CPU units", "memory": "memory in MiB", "ephemeral_gib": "disk in GiB"}
_PAIRS = {"environment": "value", "secrets": "valueFrom"}
_AFTER_PUSH = "known after the push"


def revision_difference(
    found: Mapping[str, Any], declared: Mapping[str, Any], built: Mapping[str, str]
) -> tuple[str, ...]:
    """The lines of the difference; none when the two are alike.

    Parameters
    ----------
    found, declared: settings of a task definition, of the revision that runs and of the new one.
    built: name of a container -> what its image is built from, for an image whose digest is not known yet.
    """
    return tuple(_lines(found, declared, built))


def _lines(found: Mapping[str, Any], declared: Mapping[str, Any], built: Mapping[str, str]) -> Iterator[str]:
    for name, value in declared.items():
        if name != "containers" and not same(value, found.get(name)):
            yield f"{_SIZES.get(name, name)}: {_said(found.get(name))} -> {_said(value)}"
    before = {str(one["name"]): one for one in found.get("containers", ())}
    after = {str(one["name"]): one for one in declared.get("containers", ())}
    yield from (f"container {name} goes" for name in before if name not in after)
    for name, container in after.items():
        if name not in before:
            yield f"container {name} is new"
            continue
        for line in _container(before[name], container, built.get(name, "")):
            yield f"{name} {line}"


def _container(before: Mapping[str, Any], after: Mapping[str, Any], built: str) -> Iterator[str]:
    for key in sorted({*before, *after}, key=lambda one: (one != "image", one)):
        old, new = before.get(key), after.get(key)
        if same(new, old):
            continue
        if key == "image":
            yield f"image: {old} -> {built or _said(new)}"
        elif key in _PAIRS:
            yield from _pairs(key, old or (), new or ())
        else:
            yield f"{key}: {_said(old)} -> {_said(new)}"


def _pairs(key: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Variables and secrets by their names."""
    before = {str(one["name"]): one.get(_PAIRS[key]) for one in old}
    after = {str(one["name"]): one.get(_PAIRS[key]) for one in new}
    for name in sorted({*before, *after}):
        if not same(after.get(name), before.get(name)):
            yield f"{key} {name}: {_said(before.get(name))} -> {_said(after.get(name))}"


def _said(value: Any) -> str:
    if isinstance(value, Unknown):
        return _AFTER_PUSH
    return "not set" if value in (None, "") else str(value)
