"""How a setting is declared: its help text, its source, its section, and whether it can change on a live stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from runbook.settings import limits

Service = Literal["web", "worker"]
SERVICES: tuple[Service, ...] = ("web", "worker")


@dataclass(frozen=True)
class FixedSetting:
    """A setting that cannot change on a live stack: why, and the way to get there anyway."""

    reason: str
    way: str


class Part(BaseModel):
    """A group of settings: frozen, without unknown keys, without silent conversion of types."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_default=True, hide_input_in_errors=True
    )


def setting(
    default: Any,
    text: str,
    *,
    section: int,
    source: str,
    fixed: FixedSetting | None = None,
    local: bool = False,
    allowed: tuple[Any, ...] = (),
    **rules: Any,
) -> Any:
    """Declare a setting.

    Parameters
    ----------
    default: the value without a line in the file; `...` when there is none.
    text: one line of help, shown by `karet init`, the documentation and the form.
    section: the section of the runbook that the setting belongs to, 1 to 13.
    source: where the default comes from.
    fixed: why it cannot change on a live stack, when it cannot.
    local: only matters on the operator's machine, so it is no part of what was applied.
    allowed: the values that AWS allows, where they are a short list.
    rules: further rules for pydantic's Field, such as ge and le.
    """
    if isinstance(default, BaseModel):
        rules["default_factory"] = type(default)
    elif isinstance(default, dict):
        rules["default_factory"] = default.copy
    else:
        rules["default"] = default
    about = {"section": section, "source": source, "fixed": fixed, "local": local, "allowed": allowed}
    # pydantic allows only JSON in the extra of a schema; this one is read by our own code, never exported as a schema.
    return Field(description=text, json_schema_extra=about, **rules)  # type: ignore[arg-type]


def refuse(problem: str) -> PydanticCustomError:
    """The error that carries our own sentence through pydantic; braces would be read as a template."""
    return PydanticCustomError("setting", "{problem}", {"problem": problem})


def checked(problem: Callable[[str], str]) -> AfterValidator:
    """A validator from a check that answers with a sentence when something is wrong."""

    def check(value: str) -> str:
        found = problem(value)
        if found:
            raise refuse(found)
        return value

    return AfterValidator(check)


def shaped(pattern: str, wanted: str) -> AfterValidator:
    """A validator that wants the whole text to match; `wanted` completes the sentence 'it is not ...'."""
    compiled = re.compile(pattern)
    return checked(lambda value: "" if compiled.fullmatch(value) else f"is not {wanted}")


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _nothing(value: object) -> object:
    return None if value == "" else value


def _decimal(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


List = BeforeValidator(_tuple)
"""Marks a tuple that is written as a list in the file."""

Unset = BeforeValidator(_nothing)
"""Marks an optional text; TOML has no null, so an empty text means that it is not set."""


def _domain_problem(name: str) -> str:
    labels = name.split(".")
    well_formed = len(labels) > 1 and all(re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", part) for part in labels)
    if well_formed and len(name) <= 253:
        return ""
    tidy = name.lower().rstrip(".")
    if tidy != name and not _domain_problem(tidy):
        return f'has to be lower case without a dot at the end; write "{tidy}"'
    return "is not a domain name, such as karet.example.com"


def _key_problem(key: str) -> str:
    if not key or key.startswith("/") or len(key.encode(errors="replace")) > 1024 or not key.isprintable():
        return "is not an S3 key: 1 to 1024 printable characters, and not a slash first"
    return ""


def _printable_problem(text: str) -> str:
    return "" if text and text.isprintable() else "is not one line of printable text"


def _value_problem(text: str) -> str:
    return "" if all(char.isprintable() or char in "\n\t" for char in text) else "has a control character"


def _secret_problem(path: str) -> str:
    if not re.fullmatch(r"/?[A-Za-z0-9_+=.@-]+(/[A-Za-z0-9_+=.@-]+)*", path) or len(path) > 400:
        return "is not the path of a secret, such as api-key or /team/prod/api-key"
    if re.search(r"-[A-Za-z0-9]{6}$", path):
        return (
            "ends with a hyphen and six characters, which looks like the end that Secrets Manager adds; choose another"
        )
    return ""


def _health_problem(command: tuple[str, ...]) -> tuple[str, ...]:
    if command and (command[0] not in ("CMD", "CMD-SHELL") or len(command) < 2):
        raise refuse('has to be empty, or "CMD" or "CMD-SHELL" followed by the command')
    return command


Domain = Annotated[str, checked(_domain_problem)]
Region = Annotated[str, checked(limits.region_problem)]
Account = Annotated[str, shaped(r"[0-9]{12}", "an AWS account id of 12 digits")]
Stack = Annotated[
    str,
    shaped(r"[a-z][a-z0-9-]{1,14}", "2 to 15 lower-case letters, digits and hyphens, a letter first"),
    checked(limits.stack_problem),
]
Cidr = Annotated[str, checked(limits.cidr_problem)]
Block = Annotated[str, checked(limits.block_problem)]
Bucket = Annotated[str, checked(limits.bucket_problem)]
CertificateArn = Annotated[
    str,
    shaped(
        r"arn:aws:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+",
        "the ARN of an ACM certificate: arn:aws:acm:REGION:ACCOUNT:certificate/ID",
    ),
]
Email = Annotated[str, shaped(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]{2,}", "an e-mail address")]
Digest = Annotated[
    str, shaped(r"[a-z0-9.:/_-]+@sha256:[0-9a-f]{64}", "an image by digest: REPOSITORY@sha256:64 hex digits")
]
UrlPath = Annotated[str, shaped(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,1023}", "a path that begins with a slash")]
Codes = Annotated[
    str,
    shaped(
        r"[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*",
        'HTTP codes from 200 to 499, such as "200", "200,307" or "200-299"',
    ),
]
ObjectKey = Annotated[str, checked(_key_problem)]
LocalPath = Annotated[str, checked(_printable_problem)]
KeyPattern = Annotated[
    str, shaped(r"[A-Za-z0-9!_.*'()-][A-Za-z0-9!_.*'()/=-]*", 'a pattern of S3 keys, such as "*" or "pipelines/*"')
]
KeyPart = Annotated[str, shaped(r"[A-Za-z0-9!_.*'()/=-]*", "part of an S3 key")]
VariableName = Annotated[
    str, shaped(r"[A-Za-z_][A-Za-z0-9_]{0,254}", "a variable's name: letters, digits and underscores, no digit first")
]
VariableValue = Annotated[str, checked(_value_problem)]
SecretPath = Annotated[str, checked(_secret_problem)]
HealthCommand = Annotated[
    tuple[Annotated[str, checked(_printable_problem)], ...], List, AfterValidator(_health_problem)
]
Dollars = Annotated[Decimal, BeforeValidator(_decimal)]
TagKey = Annotated[
    str,
    checked(lambda key: "is empty" if not key else limits.tag_problem(key, longest=limits.LONGEST_TAG_KEY)),
    checked(
        lambda key: "begins with karet:, which the runbook keeps for itself" if key.lower().startswith("karet:") else ""
    ),
]
TagValue = Annotated[str, checked(lambda value: limits.tag_problem(value, longest=limits.LONGEST_TAG_VALUE))]
Environment = Mapping[VariableName, VariableValue]
