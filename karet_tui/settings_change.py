"""A change of settings that somebody thinks about: what it writes, what it touches, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook.runs.options import DEFAULT_CONFIG
from runbook.runs.touched import Touched, touched
from runbook.settings import Deployment, FixedChange, applied_settings, changed_fixed, revised
from runbook.settings.override import key_path
from runbook.settings.reference import toml_value
from runbook.settings.save import SettingsFile

if TYPE_CHECKING:
    from runbook.runs.options import Options


_DECIDED = ("region", "domain", "tls", "open_to")
"""What has no safe default, so that a new file gets what the app was opened with."""


@dataclass(frozen=True)
class Proposal:
    """One change, worked out and not yet written.

    Parameters
    ----------
    lines: per setting its key, and the two values as TOML.
    overruled: settings that the command line of this session sets, so that the file's value does not count.
    """

    file: SettingsFile
    text: str
    lines: tuple[tuple[str, str, str], ...]
    touched: tuple[Touched, ...]
    fixed: tuple[FixedChange, ...]
    overruled: tuple[str, ...]

    @property
    def section(self) -> int:
        """The section whose plan shows the change: the first one in which something is touched."""
        return min((one.section for one in self.touched if one.section > 1), default=1)

    def save(self) -> None:
        """Write it.

        Raises
        ------
        SettingsError: somebody else changed the file, or it cannot be written.
        """
        self.file.save(self.text)


def propose(
    options: Options, now: Deployment, changes: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> Proposal:
    """Work out a change.

    Parameters
    ----------
    now: what the app was opened with.
    changes: dotted keys with the new values.
    before: the values as they stand in the file, where they are others than those of `now`.

    Raises
    ------
    SettingsError: the new values are wrong, alone or together with the rest, or cannot be written.
    """
    after = revised(now, changes)
    file = SettingsFile.read(options.settings_file or Path(DEFAULT_CONFIG))
    old = before or {}
    lines = tuple((key, toml_value(old.get(key, value_at(now, key))), toml_value(new)) for key, new in changes.items())
    given = {".".join(key_path(one.partition("=")[0]) or ()) for one in options.overrides}
    if options.region:
        given.add("region")
    return Proposal(
        file=file,
        text=file.with_changes(changes, {key: value_at(now, key) for key in _DECIDED}),
        lines=lines,
        touched=tuple(touched(now, after)),
        fixed=tuple(changed_fixed(applied_settings(now), after)),
        overruled=tuple(key for key in changes if key in given),
    )


def value_at(deployment: Deployment, key: str) -> Any:
    """The value of a setting, by its dotted key; groups of settings become plain data."""
    found: Any = deployment
    for part in key.split("."):
        found = getattr(found, part)
    return found
