"""A log file that cannot fill the disk: when it is full it becomes the old one, and a new one begins."""

from __future__ import annotations

import io
from pathlib import Path
from threading import Lock

MAX_BYTES = 1_000_000


class BoundedLog(io.TextIOBase):
    """Takes the place of stdout and stderr; keeps at most two files of `limit` bytes."""

    def __init__(self, path: Path, limit: int = MAX_BYTES) -> None:
        self._path = path
        self._limit = limit
        self._lock = Lock()
        self._file = path.open("a", encoding="utf-8", errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write the text, after turning the page when it is full."""
        with self._lock:
            if self._file.tell() + len(text) > self._limit:
                self._turn()
            self._file.write(text[-self._limit :])
            self._file.flush()
        return len(text)

    def _turn(self) -> None:
        self._file.close()
        self._path.replace(self._path.with_suffix(".old.log"))
        self._file = self._path.open("w", encoding="utf-8", errors="backslashreplace")

    def writable(self) -> bool:
        """Always true."""
        return True

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()
        super().close()
