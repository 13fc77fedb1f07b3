"""Regular expressions, worked out once and kept.

`re` turns each pattern into its code in plain Python each time a program starts: for the 220 of a plan and its
libraries that is a twelfth of the whole time. Here the code is kept; the matching is `re`'s own, as ever. A pattern
that is not there is worked out as ever. Only what comes up while a module is imported is kept: what comes up later may
be made of somebody's values, and those are written nowhere.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from runbook.cli.kept_file import KeptFile

_NOT_KEPT = re.DEBUG | re.LOCALE
"""What is printed on the way, or depends on more than the pattern."""


class _Recorder:
    """Stands for the module that `re` hands its code to, and remembers what it was handed."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self.last: tuple[Any, ...] = ()

    def compile(self, *handed: Any) -> Any:
        self.last = handed
        return self._module.compile(*handed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class Patterns:
    """The code of patterns in one file.

    Parameters
    ----------
    folder: where the file is.
    compiler: `re`'s own part that works it out.
    """

    def __init__(self, folder: Path, compiler: Any) -> None:
        self._file = KeptFile(folder, "patterns")
        self.keep = self._file.keep
        self._usual = compiler.compile
        self.engine = _Recorder(compiler._sre)

    def compile(self, pattern: Any, flags: int = 0) -> Any:
        """As the compiler's own."""
        if type(pattern) not in (str, bytes) or flags & _NOT_KEPT:
            return self._usual(pattern, flags)
        key = (pattern, int(flags))
        handed = self._file.get(key)
        if handed is not None:
            return self.engine.compile(pattern, *handed)
        made = self._usual(pattern, flags)
        handed = self.engine.last
        # Another thread may have handed its own over in the meantime.
        if handed[:2] == (pattern, made.flags) and not made.flags & _NOT_KEPT and _is_imported():
            _, all_flags, code, groups, names, by_number = handed
            self._file.add(key, (int(all_flags), list(map(int, code)), groups, dict(names), by_number))
        return made


def _is_imported() -> bool:
    """Whether a module is being imported that asked `re`, itself or by something that it calls."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name == "<module>":
            return frame.f_back is not None and frame.f_back.f_code.co_filename.startswith("<frozen importlib")
        frame = frame.f_back
    return False


@contextlib.contextmanager
def kept_patterns(folder: Path) -> Iterator[None]:
    """Within this, `re` takes what it worked out before from the cache.

    Parameters
    ----------
    folder: where it is kept.
    """
    compiler = getattr(re, "_compiler", None)
    if compiler is None or not hasattr(compiler, "_sre"):
        # Another Python with another `re`: it works everything out by itself.
        yield
        return
    patterns = Patterns(folder, compiler)
    usual, engine = compiler.compile, compiler._sre
    compiler.compile, compiler._sre = patterns.compile, patterns.engine
    try:
        yield
    finally:
        compiler.compile, compiler._sre = usual, engine
        patterns.keep()
