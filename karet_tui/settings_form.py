"""The settings as a form: what stands in each field, what was typed into it, and what is wrong with it; no screen."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from karet_tui.plain import TYPED
from karet_tui.settings_change import value_at
from runbook.runs.options import Options
from runbook.settings import Deployment, SettingInfo, all_settings, load
from runbook.settings.check import check
from runbook.settings.override import key_path, value_from
from runbook.settings.problems import HIDDEN, dotted
from runbook.settings.reference import toml_value

if TYPE_CHECKING:
    from runbook.runs.place import Place

HIDDEN_VALUE = "•••"

_PLAIN = r"[A-Za-z0-9_*./:@-][A-Za-z0-9_*./:@ -]*"
"""Texts of a list that need no quotes there."""


@dataclass
class Form:
    """All settings with the values of the file, and the values that shall replace them.

    Parameters
    ----------
    saved: what the file says, with defaults for what it does not say.
    changes: dotted keys with new values, checked one by one as they came.
    """

    saved: Deployment
    changes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, options: Options, place: Place) -> Form:
        """The form for the settings file as it is now.

        Raises
        ------
        SettingsError: the file cannot be read, or something in it is wrong.
        """
        loaded = load(
            options.settings_file,
            options.overrides,
            environ=options.environ,
            profile_region=lambda: place.deployment.region,
            region_flag=options.region,
            rehearsal=options.rehearsal,
        )
        return cls(loaded.deployment)

    @property
    def fields(self) -> Sequence[SettingInfo]:
        """The settings in the order of declaration."""
        return all_settings()

    def info(self, key: str) -> SettingInfo:
        """What a setting is."""
        return next(one for one in self.fields if one.key == key)

    def value(self, key: str) -> Any:
        """The value that a setting would have."""
        return self.changes.get(key, value_at(self.saved, key))

    def shown(self, key: str, value: Any) -> str:
        """A value in a list of settings: texts that may hide a secret are not shown there."""
        if isinstance(value, Mapping) and HIDDEN.search(key):
            return f"{{ {', '.join(f'{name} = {HIDDEN_VALUE}' for name in value)} }}" if value else "{}"
        return "not set" if value is None else toml_value(value)

    def typed_text(self, key: str) -> str:
        """What stands in the field while one types: texts without quotes, lists with commas."""
        value = self.value(key)
        if value is None:
            return ""
        if isinstance(value, str):
            # In quotes, what cannot be seen is written out.
            return value if re.fullmatch(TYPED, value) else json.dumps(value)
        if isinstance(value, list | tuple) and all(re.fullmatch(_PLAIN, str(one)) for one in value):
            return ", ".join(str(one) for one in value)
        return self._written_out(toml_value(value)) if value else ""

    @staticmethod
    def _written_out(text: str) -> str:
        """TOML whose texts have nothing in them that cannot be seen."""
        return "".join(one if re.fullmatch(TYPED, one) else f"\\u{ord(one):04x}" for one in text)

    def value_typed(self, key: str, text: str) -> Any:
        """The value that a typed text means; whether it may be is another question."""
        info = self.info(key)
        if not text.strip():
            return {"table": {}, "list": []}.get(info.kind, None if info.optional else "")
        return value_from(text.strip(), key_path(key) or (key,))

    def problems(self, key: str = "", value: Any = None) -> dict[str, str]:
        """What would be wrong, by setting, in the model's own words.

        Parameters
        ----------
        key, value: one more change that somebody thinks about.
        """
        wanted = {**self.changes, **({key: value} if key else {})}
        values = self.saved.model_dump()
        for name, one in wanted.items():
            *path, last = name.split(".")
            inner = values
            for part in path:
                inner = inner[part]
            inner[last] = "" if one is None else one
        _, found = check(values)
        said: dict[str, str] = {}
        for path_found, problem in found:
            said.setdefault(self._setting_of(dotted(path_found)), problem)
        return said

    def _setting_of(self, path: str) -> str:
        """The setting to which a place within a value belongs."""
        fitting = [one.key for one in self.fields if path == one.key or path.startswith((f"{one.key}[", f"{one.key}."))]
        return max(fitting, key=len, default=path)

    def change(self, key: str, value: Any) -> None:
        """Take a value; the one that the file has already is no change."""
        if _same(value, value_at(self.saved, key)):
            self.changes.pop(key, None)
        else:
            self.changes[key] = value


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same setting: a list is what a tuple is, and an empty text is not set."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return list(one) == list(other)
    return bool(one == other) or (one in ("", None) and other in ("", None))
