"""The methods of dataclasses, compiled once and kept, as Python keeps what it compiles of modules.

Until Python 3.13 a dataclass writes the text of its six methods and compiles it each time a program starts: for the 250
of a plan and its libraries that is a tenth of the whole time. Here the compiled text is kept in the user's cache
directory. A text that is not there is compiled as ever, and losing the cache costs a tenth of a second.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runbook.cli.kept_file import KeptFile


class Compiled:
    """Compiled texts in one file.

    Parameters
    ----------
    folder: where the file is.
    """

    def __init__(self, folder: Path) -> None:
        self._file = KeptFile(folder, "dataclasses")
        self.keep = self._file.keep

    def run(self, text: str, names: dict[str, Any], into: dict[str, Any]) -> None:
        """As `exec`, which dataclasses call for each method."""
        code = self._file.get(text)
        if code is None:
            code = compile(text, "<string>", "exec")
            self._file.add(text, code)
        exec(code, names, into)  # noqa: S102 - the very text that dataclasses would execute


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
