"""Writes decisions into the settings file: all checked before, comments kept, and never over somebody else's change."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runbook.errors import SettingsError
from runbook.settings.text import init_text
from runbook.settings.toml_change import changed_text

_MARK = "\ufeff"


@dataclass(frozen=True)
class SettingsFile:
    """A settings file as it was read; `text` is None when there is none yet."""

    path: Path
    text: str | None

    @classmethod
    def read(cls, path: Path) -> SettingsFile:
        """Read a file that may not be there.

        Raises
        ------
        SettingsError: it is there and cannot be read.
        """
        return cls(path, _text(path))

    def with_changes(self, changes: Mapping[str, Any], decided: Mapping[str, Any]) -> str:
        """The text with these values, by dotted key; a new file has what was decided, and a comment for each setting.

        Parameters
        ----------
        decided: what a new file begins with, such as the region that a flag has named so far.

        Raises
        ------
        SettingsError: the values are wrong, or cannot be written without changing more.
        """
        if self.text is None:
            return init_text({**decided, **changes})
        return changed_text(self.text, changes)

    def save(self, text: str) -> None:
        """Put the text in place of the file, whole or not at all.

        Raises
        ------
        SettingsError: the file is not any more what was read, or the folder cannot be written.
        """
        if _text(self.path) != self.text:
            raise SettingsError(
                f"{self.path} was changed by somebody else in the meantime, so nothing was written",
                hint="Look at the settings again; then make the change once more.",
            )
        target = self.path.resolve()
        try:
            raw = text.encode()
            if self.text is not None and target.read_bytes().startswith(_MARK.encode()):
                raw = _MARK.encode() + raw
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
            fresh = Path(name)
            fresh.chmod(target.stat().st_mode & 0o777 if self.text is not None else 0o644)
            fresh.replace(target)
        except OSError as error:
            raise SettingsError(
                f"{self.path} cannot be written: {error.strerror}", hint="Make the file and its folder writable."
            ) from error


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"the settings file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text", hint="Save the file as UTF-8.") from error
