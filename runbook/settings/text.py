"""The commented karet.toml that `karet init` writes: every setting is there, only decided ones are active."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runbook.errors import SettingsError
from runbook.settings.check import check
from runbook.settings.deployment import Deployment
from runbook.settings.override import key_path, value_from
from runbook.settings.problems import dotted, sentences
from runbook.settings.reference import SettingInfo, all_settings, toml_key, toml_value

HEADER = """\
# Settings of the Karet runbook.
# A line such as "# zones = 2" shows a default: remove the "#" and change the value.
# `karet plan` shows what a change does before anything is done.
"""


@dataclass(frozen=True)
class Question:
    """Something that only the operator can decide; an empty answer leaves the setting at its default."""

    key: str
    text: str
    default: str
    required: bool = False


def questions(resolved_region: str | None = None) -> list[Question]:
    """What has no safe default.

    Parameters
    ----------
    resolved_region: the region that flag, environment or profile name; it is then not asked.
    """
    asked = [
        Question("domain", "Domain for HTTPS, such as karet.example.com (empty: plain HTTP, not for production)", ""),
        Question(
            "open_to",
            "Who may reach it at first, such as 203.0.113.7/32; the first to sign in sets the password (empty: nobody)",
            "",
        ),
    ]
    if resolved_region:
        return asked
    return [Question("region", "AWS region to deploy into, such as eu-west-1", "", required=True), *asked]


def init_text(answers: Mapping[str, Any]) -> str:
    """The commented settings file with the answers in it.

    Without a domain there is no certificate, so that `tls` becomes "none" unless it is answered.

    Parameters
    ----------
    answers: dotted keys with values, or with texts as a person typed them; empty texts count as not answered.

    Raises
    ------
    SettingsError: an answer is wrong.
    """
    values: dict[str, Any] = {}
    for key, answer in answers.items():
        path = key_path(key) or (key,)
        value = value_from(answer.strip(), path) if isinstance(answer, str) else answer
        if value in ("", [], (), None):
            continue
        inner = values
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = value
    if "domain" not in values:
        values.setdefault("tls", "none")
    deployment, found = check(values)
    if deployment is None:
        raise SettingsError("these answers cannot be used", problems=sentences(found, dotted))
    return settings_text(deployment)


def settings_text(deployment: Deployment) -> str:
    """The commented settings file of a deployment; reading it gives the same deployment."""
    values = deployment.model_dump()
    groups: dict[str, list[SettingInfo]] = {}
    for info in all_settings():
        groups.setdefault(info.key.rpartition(".")[0], []).append(info)
    order = list(groups)
    parents = {
        group: next(at for at, one in enumerate(order) if one.split(".")[0] == group.split(".")[0]) for group in order
    }
    lines = [HEADER]
    for group in sorted(order, key=lambda one: (one != "", parents[one], one.count("."), order.index(one))):
        if group:
            lines += [f"[{group}]", ""]
        for info in groups[group]:
            lines += [*_lines(info, _at(values, info.key)), ""]
    return "\n".join(lines)


def _lines(info: SettingInfo, value: Any) -> Iterator[str]:
    yield f"# {info.help}. Section {info.section}."
    if info.choices or info.most is not None:
        yield f"# {'One of' if info.choices else 'From'} {info.allowed}."
    if info.fixed:
        yield f"# Cannot change on a live stack: {info.fixed.reason}."
    line = f"{toml_key(info.key.rpartition('.')[2])} = {toml_value(value)}"
    yield line if info.required or value != info.default else f"# {line}"


def _at(values: Mapping[str, Any], key: str) -> Any:
    found: Any = values
    for part in key.split("."):
        found = found[part]
    return found
