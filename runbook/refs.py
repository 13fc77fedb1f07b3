"""References of the form `${id.output}`: values known only after another resource exists.

A reference is found by its pattern inside any string, not by a type, because an f-string turns a subclass of str
into plain str. Ids have no colon, so IAM's `${aws:username}` is no reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from runbook.errors import PlanError

_REF = re.compile(r"\$\{\$\}|\$\{([a-z][a-z0-9.-]*)\.([a-z][a-z0-9_]*)\}")
_OPENS = re.compile(r"\$(?=\{|\Z)")
"""A `$` that opens a reference, or would together with the text that follows."""


class Unknown:
    """A value that nobody can know before apply; equal to nothing, so it always counts as different."""

    def __repr__(self) -> str:
        return "known after apply"

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]  # two unknowns are never the same key


UNKNOWN: Final = Unknown()


def ref(resource_id: str, output: str) -> str:
    """The reference to one output of a resource, for use inside any string of a declaration."""
    return f"${{{resource_id}.{output}}}"


def escape(text: str) -> str:
    """Text from settings, made safe: nothing in it, and nothing put after it, makes its `$` open a reference."""
    return _OPENS.sub("${$}", text)


def _rebuild(value: Any, leaf: Callable[[str], Any]) -> Any:
    """Copy JSON-like data, with every string replaced by what `leaf` makes of it; a key that stays unknown is kept."""
    if isinstance(value, str):
        return leaf(value)
    if isinstance(value, Mapping):
        return {_key(key, leaf): _rebuild(item, leaf) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rebuild(item, leaf) for item in value]
    substitute = getattr(value, "with_leaves", None)
    return value if substitute is None else substitute(lambda inner: _rebuild(inner, leaf))


def _key(key: Any, leaf: Callable[[str], Any]) -> Any:
    filled = leaf(key) if isinstance(key, str) else key
    return key if isinstance(filled, Unknown) else filled


def pieces(text: str) -> Iterator[str | tuple[str, str]]:
    """A text cut at its references: plain pieces with their escapes taken out, and (id, output) for each reference."""
    at, plain = 0, ""
    for match in _REF.finditer(text):
        plain += text[at : match.start()]
        at = match.end()
        if not match.group(1):
            plain += "$"
            continue
        if plain:
            yield plain
        plain = ""
        yield match.group(1), match.group(2)
    if plain + text[at:]:
        yield plain + text[at:]


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Every (id, output) that a value refers to: strings, containers and dataclass fields, to any depth."""
    if isinstance(value, str):
        for match in _REF.finditer(value):
            if match.group(1):
                yield match.group(1), match.group(2)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from references(key)
            yield from references(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from references(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from references(getattr(value, field.name))


class Known:
    """What is known of the outputs of resources: the value found, or `UNKNOWN`.

    Parameters
    ----------
    outputs: per resource id its outputs; None for a resource that is absent or will be replaced.
    """

    def __init__(self, outputs: Mapping[str, Mapping[str, str] | None]) -> None:
        self._outputs = outputs

    def __call__(self, reference: str) -> str | Unknown:
        """The value of one `${id.output}`.

        Raises
        ------
        PlanError: the text is no reference, or the resource has no such output.
        """
        match = _REF.fullmatch(reference)
        if match is None or not match.group(1):
            raise PlanError(f"{reference!r} is no reference of the form ${{id.output}}")
        return self._find(match.group(1), match.group(2))

    def _find(self, resource_id: str, output: str) -> str | Unknown:
        outputs = self._outputs.get(resource_id)
        if outputs is None:
            return UNKNOWN
        if output not in outputs:
            raise PlanError(
                f"{resource_id} has no output {output!r}; it has {', '.join(sorted(outputs)) or 'none'}",
                hint="Correct the reference, or add the output to the kind's `look`.",
            )
        return outputs[output]

    def value(self, value: Any) -> Any:
        """Data with references replaced by what is known; a string with an unknown part becomes `UNKNOWN`."""

        def leaf(text: str) -> Any:
            if text.startswith("${") and text.endswith("}") and (whole := _REF.fullmatch(text)) and whole.group(1):
                return self._find(whole.group(1), whole.group(2))
            filled = self._fill(text, unknown=None)
            return UNKNOWN if filled is None else filled

        return _rebuild(value, leaf)

    def fill(self, value: Any) -> Any:
        """Data with references replaced by what is known; unknown ones stay as they are, to be shown."""
        return _rebuild(value, lambda text: self._fill(text, unknown="keep"))

    def _fill(self, text: str, *, unknown: str | None) -> str | None:
        missing = False

        def one(match: re.Match[str]) -> str:
            nonlocal missing
            if not match.group(1):
                return match.group(0) if unknown == "keep" else "$"
            found = self._find(match.group(1), match.group(2))
            if isinstance(found, Unknown):
                missing = True
                return match.group(0)
            return escape(found) if unknown == "keep" else found

        filled = _REF.sub(one, text)
        return None if missing and unknown is None else filled


def same(declared: Any, found: Any) -> bool:
    """Whether a declared value equals a found one; anything unknown inside counts as different."""
    if isinstance(declared, Unknown) or isinstance(found, Unknown):
        return False
    if isinstance(declared, Mapping) and isinstance(found, Mapping):
        return declared.keys() == found.keys() and all(same(item, found[key]) for key, item in declared.items())
    if isinstance(declared, list | tuple) and isinstance(found, list | tuple):
        return len(declared) == len(found) and all(map(same, declared, found))
    return bool(declared == found)


def has_unknown(value: Any) -> bool:
    """Whether any part of a value is `UNKNOWN`."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list | tuple):
        return any(map(has_unknown, value))
    document = getattr(value, "document", None)
    return document is not None and has_unknown(document)
