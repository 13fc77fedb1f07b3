"""What a program works out at each start, in one file of the user's cache directory: losing it costs a little time."""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
import zlib
from pathlib import Path
from typing import Any

_MOST = 10_000
"""Things to keep in one file; the runbook and its libraries have some 2,000 methods of dataclasses."""


class KeptFile:
    """Things by key, of this very version of Python; a file that is missing or damaged holds nothing.

    Parameters
    ----------
    folder: where the file is.
    name: of what is kept.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._file = folder / f"{name}-{sys.implementation.cache_tag}-{sys.hexversion:x}"
        self._known = self._read()
        self._new = False

    def get(self, key: Any) -> Any:
        """What is kept under this key, or None."""
        # A start needs a tenth of what is kept, so each thing is read by itself.
        kept = self._known.get(key)
        return None if kept is None else marshal.loads(kept)  # noqa: S302 - as below

    def add(self, key: Any, value: Any) -> None:
        """Keep one thing more; `marshal` has to know its type."""
        self._known[key] = marshal.dumps(value)
        self._new = True

    def keep(self) -> None:
        """Write the file when there is anything new in it; one that cannot be written costs the next start a little."""
        if not self._new or len(self._known) > _MOST:
            return
        import tempfile

        body = marshal.dumps(self._known)
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._file.parent, prefix=f".{self._file.name}-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(zlib.crc32(body).to_bytes(4) + body)
                Path(name).replace(self._file)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def _read(self) -> dict[Any, bytes]:
        try:
            content = self._file.read_bytes()
            if zlib.crc32(content[4:]).to_bytes(4) == content[:4]:
                known: dict[Any, bytes] = marshal.loads(content[4:])  # noqa: S302 - the user's own, and its seal holds
                return known
        except (OSError, ValueError, EOFError, TypeError):
            # Everything is worked out, as it would be without this file.
            pass
        return {}
