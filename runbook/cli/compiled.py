"""The methods of dataclasses, compiled once and kept, as Python keeps what it compiles of modules.

Until Python 3.13 a dataclass writes the text of its six methods and compiles it each time a program starts: for the 250
of a plan and its libraries that is a tenth of the whole time. Here the compiled text is kept in the user's cache
directory. A text that is not there is compiled as ever, and losing the cache costs a tenth of a second.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import marshal
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

_MOST = 10_000
"""Texts to keep; the classes of the runbook and its libraries have some 2,000."""


class Compiled:
    """Compiled texts in one file.

    Parameters
    ----------
    folder: where the file is.
    """

    def __init__(self, folder: Path) -> None:
        version = hashlib.sha256(sys.version.encode()).hexdigest()[:12]
        self._file = folder / f"dataclasses-{version}"
        self._known = self._read()
        self._new = False

    def run(self, text: str, names: dict[str, Any], into: dict[str, Any]) -> None:
        """As `exec`, which dataclasses call for each method."""
        key = hashlib.blake2b(text.encode(), digest_size=16).digest()
        code = self._known.get(key)
        if code is None:
            code = self._known[key] = compile(text, "<string>", "exec")
            self._new = True
        exec(code, names, into)  # noqa: S102 - the very text that dataclasses would execute

    def keep(self) -> None:
        """Write the file when there is anything new in it; one that cannot be written costs the next start a little."""
        if not self._new or len(self._known) > _MOST:
            return
        body = marshal.dumps(self._known)
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._file.parent, prefix=".compiled-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(zlib.crc32(body).to_bytes(4) + body)
                Path(name).replace(self._file)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def _read(self) -> dict[bytes, CodeType]:
        try:
            content = self._file.read_bytes()
            if zlib.crc32(content[4:]).to_bytes(4) == content[:4]:
                known: dict[bytes, CodeType] = marshal.loads(content[4:])  # noqa: S302 - the user's own, and its seal holds
                return known
        except (OSError, ValueError, EOFError, TypeError):
            # No cache or a damaged one: everything is compiled, as it would be without this module.
            pass
        return {}


@contextlib.contextmanager
def kept_dataclasses(folder: Path) -> Iterator[None]:
    """Within this, dataclasses take their methods from the cache; Python 3.13 and later do well without.

    Parameters
    ----------
    folder: where they are kept.
    """
    if sys.version_info >= (3, 13):
        yield
        return
    compiled = Compiled(folder)
    # dataclasses look `exec` up in their own module first, so nothing else is touched.
    setattr(dataclasses, "exec", compiled.run)  # noqa: B010 - mypy knows no such attribute
    try:
        yield
    finally:
        delattr(dataclasses, "exec")
        compiled.keep()
