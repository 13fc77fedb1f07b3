"""botocore's data files, read once for the whole process, found at once and as plain dictionaries."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from pydantic_core import from_json


class PlainFiles:
    """Reads a data file into plain dictionaries, which keep their order too.

    pydantic's parser takes less than half the time of botocore's, which also makes each of them an `OrderedDict`.
    """

    def exists(self, file_path: str) -> bool:
        """Whether the file is there, compressed or not; the path has no ending."""
        return any(Path(file_path + ending).is_file() for ending in (".json.gz", ".json"))

    def load_file(self, file_path: str) -> dict[str, Any] | None:
        """The content of the file; None when it is not there."""
        for ending, unpack in ((".json", bytes), (".json.gz", gzip.decompress)):
            file = Path(file_path + ending)
            if file.is_file():
                plain: dict[str, Any] = from_json(unpack(file.read_bytes()), cache_strings="keys")
                return plain
        return None


class QuickLoader(Loader):  # type: ignore[misc] # botocore has no types
    """Knows the services by their folders.

    botocore looks into each of its more than 400 folders before it loads the first model, which takes longer than
    loading it.
    """

    def __init__(self) -> None:
        super().__init__(file_loader=PlainFiles())
        self._services: list[str] | None = None

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's signature
        """The folders of botocore's data and of the operator's own models, whatever type of file they hold."""
        if self._services is None:
            folders = [folder for path in self.search_paths if (folder := Path(path)).is_dir()]
            self._services = sorted({entry.name for folder in folders for entry in folder.iterdir()})
        return self._services


LOADER = QuickLoader()
"""Shared by every session and by the offline check, so that no model is read twice."""
