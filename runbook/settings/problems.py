"""Wrong settings in plain sentences: which value, where it stands, what is allowed, and what was probably meant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from runbook.settings.changes import fields_of
from runbook.settings.deployment import DEPLOYABLE_NETWORKS, PRICED_ONLY_NETWORKS, Deployment
from runbook.settings.limits import nearest

Path = tuple[str | int, ...]

REFUSED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        **{
            ("network", name): f"is priced only, the runbook does not build it; choose {', '.join(DEPLOYABLE_NETWORKS)}"
            for name in PRICED_ONLY_NETWORKS
        },
        ("events", "eventbridge"): (
            "is not built; sqs is the better default: a queue keeps uploads while the worker restarts, and an "
            "EventBridge API destination waits 5 seconds for an answer and reaches a private worker only by a public "
            "certificate"
        ),
    }
)
"""Values with a good reason to be tried. Source: AWS docs: API destinations (5 s, HTTPS only), read 2026-11-23."""

HIDDEN = re.compile(r"\.(environment|secrets)(\.|$)")
"""Settings whose values stay out of messages, because a secret may have been put there by mistake."""


def printable(text: str) -> str:
    """The text with everything escaped that a terminal could act on."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def shown(value: object, *, longest: int = 60) -> str:
    """A value as it would stand in TOML, cut, and with nothing that a terminal could act on."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, (int, Decimal)):
        text = str(value)
    elif isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    text = printable(text)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def kind(value: object) -> str:
    """What a value is, in the words of TOML."""
    if isinstance(value, bool):
        return "a truth value"
    for types, word in (
        ((int, Decimal, float), "a number"),
        (str, "a text"),
        ((list, tuple), "a list"),
        (dict, "a table"),
    ):
        if isinstance(value, types):
            return word
    return "a date or time"


def dotted(path: Sequence[str | int]) -> str:
    """A path as it would be written in TOML, with a list's index in brackets."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else shown(part)
            text += f".{plain}" if text else plain
    return text


def unknown_key(path: Path) -> str:
    """The sentence about a key that no setting has, with the nearest that one has."""
    *above, last = path
    model: type[BaseModel] | None = Deployment
    for part in above:
        field = model.model_fields.get(str(part)) if model else None
        inner = field.annotation if field else None
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
    siblings = list(model.model_fields) if model else []
    suggestion = nearest(str(last), siblings)
    if not suggestion:
        homes = [key for key, _ in fields_of(Deployment) if key.rpartition(".")[2] == last]
        suggestion = f"; did you mean {' or '.join(homes[:3])}?" if homes else ""
    return f"is not a setting{suggestion}"


def explain(error: ErrorDetails) -> str:
    """One error of pydantic as a sentence that begins with the value."""
    path = tuple(part for part in error["loc"] if part != "[key]")
    value, what = error["input"], error["type"]
    name = dotted(path)
    if what == "extra_forbidden":
        return unknown_key(path)
    if what == "missing":
        return "is missing"
    is_key = bool(error["loc"]) and error["loc"][-1] == "[key]"
    hidden = bool(HIDDEN.search(name)) and not is_key
    value_text = "the value" if hidden else shown(value)
    context = error.get("ctx", {})
    if what == "setting":
        return f"{value_text} {context['problem']}"
    if what == "literal_error":
        refused = REFUSED.get((name, value)) if isinstance(value, str) else None
        return f"{value_text} {refused or _choice(value, str(context['expected']))}"
    wanted = _WANTED.get(what)
    if wanted:
        return f"{value_text} is {kind(value)}; it has to be {wanted}"
    limit = next((f"{words} {context[key]}" for key, words in _LIMITS if key in context), error["msg"])
    return f"{value_text} is out of range: it has to be {limit}"


_WANTED = {
    **dict.fromkeys(("string_type", "string_sub_type", "string_unicode"), 'a text in quotes, such as "text"'),
    **dict.fromkeys(("int_type", "int_from_float", "int_parsing"), "a whole number"),
    **dict.fromkeys(("tuple_type", "list_type"), 'a list, such as ["one", "two"]'),
    **dict.fromkeys(("mapping_type", "dict_type", "model_type", "model_attributes_type"), "a table"),
    **dict.fromkeys(("decimal_type", "is_instance_of", "decimal_parsing"), "a number"),
    "finite_number": "a finite number",
    "bool_type": "true or false",
}
_LIMITS = (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than"))


def _choice(value: object, expected: str) -> str:
    texts = re.findall(r"'([^']*)'", expected)
    choices = texts or re.findall(r"\d+", expected)
    suggestion = nearest(value, choices) if texts and isinstance(value, str) else ""
    return f"is not one of {', '.join(choices)}{suggestion}"


def sentences(found: Iterable[tuple[Path, str]], place: Callable[[Path], str]) -> list[str]:
    """Problems as lines, each with the place that `place` names for its path, in reading order and without repeats."""
    return list(dict.fromkeys(printable(f"{place(path)}: {problem}") for path, problem in found))
