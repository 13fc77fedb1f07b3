"""botocore's service models as the runbook needs them, kept in the user's cache directory ready to use.

A model is more than half documentation, and of EC2's 760 operations a plan calls 15. So a kept model has no
documentation, and each of its operations and shapes stands by itself until it is asked for; so does each service in
botocore's table of endpoints. Losing the cache costs the half second that it saves and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
from platformdirs import user_cache_path

_PARTS = ("operations", "shapes", "services")
_MOST_FOLDERS = 4
"""Versions of botocore and Python to keep; the oldest go first."""


class OnDemand(dict[str, Any]):
    """Entries that are unpacked when they are first asked for.

    Parameters
    ----------
    packed: name -> entry in Python's own format.
    listed: whether the names are told, or only found when they are asked for.
    """

    def __init__(self, packed: dict[str, bytes], *, listed: bool = True) -> None:
        super().__init__()
        self._packed = packed
        self._listed = listed

    def unlisted(self) -> OnDemand:
        """The same entries, found by their names only."""
        return OnDemand(self._packed, listed=False)

    def __missing__(self, name: str) -> Any:
        value = self[name] = marshal.loads(self._packed[name])  # noqa: S302 - the seal of the file was checked
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """The entry, or the default when there is none."""
        return self[name] if name in self._packed else default

    def __contains__(self, name: object) -> bool:
        return name in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed if self._listed else ())


def _packed(model: dict[str, Any]) -> dict[str, Any]:
    packed: dict[str, Any] = {}
    for name, part in model.items():
        if name in _PARTS:
            packed[name] = {key: marshal.dumps(_undocumented(one)) for key, one in part.items()}
        elif name == "partitions":
            packed[name] = [_packed(one) for one in part]
        elif name != "documentation":
            packed[name] = part
    return packed


def _unpacked(packed: dict[str, Any]) -> dict[str, Any]:
    model: dict[str, Any] = {}
    for name, part in packed.items():
        if name in _PARTS:
            model[name] = OnDemand(part)
        else:
            model[name] = [_unpacked(one) for one in part] if name == "partitions" else part
    return model


def _undocumented(value: Any) -> Any:
    """Without texts for people; a member that is named `documentation` is no text and stays."""
    if isinstance(value, dict):
        return {
            key: _undocumented(one)
            for key, one in value.items()
            if not (key == "documentation" and isinstance(one, str))
        }
    if isinstance(value, list):
        return [_undocumented(one) for one in value]
    return value


class KeptModels:
    """Models in one folder of the user's cache directory, each with the file that it was made from.

    Parameters
    ----------
    folder: of all versions; None for the user's cache directory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._all = folder
        self._made_by = hashlib.sha256(f"{sys.version} {botocore.__file__}".encode()).hexdigest()[:12]

    @property
    def folder(self) -> Path:
        """Where the models of this botocore and this Python are."""
        everything = self._all or user_cache_path("karet", appauthor=False) / "models"
        return everything / f"{botocore.__version__}-{self._made_by}"

    def get(self, service: str, type_name: str) -> dict[str, Any] | None:
        """The kept model; None when there is none, when it is damaged, or when its source has changed."""
        try:
            content = self._file(service, type_name).read_bytes()
            seal, body = content[:4], content[4:]
            if zlib.crc32(body).to_bytes(4) != seal:
                return None
            source, packed = marshal.loads(body)  # noqa: S302 - the user's own cache, and its seal holds
            return _unpacked(packed) if source == _stamp(source[0]) else None
        except (OSError, ValueError, EOFError, TypeError):
            # Whatever is wrong with a cache, the model itself is still in botocore.
            return None

    def put(self, service: str, type_name: str, model: dict[str, Any], source: str) -> dict[str, Any]:
        """Keep a model made from a file and give it back in the form of the cache."""
        packed = _packed(model)
        body = marshal.dumps((_stamp(source), packed))
        # A cache that cannot be written to costs time on the next run, and nothing that is worth a word.
        with contextlib.suppress(OSError):
            self._write(self._file(service, type_name), zlib.crc32(body).to_bytes(4) + body)
        return _unpacked(packed)

    def _file(self, service: str, type_name: str) -> Path:
        return self.folder / f"{service}.{type_name}"

    def _write(self, path: Path, content: bytes) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _leave(path.parent.parent, _MOST_FOLDERS)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def _stamp(file: str) -> tuple[str, int, int]:
    found = Path(file).stat()
    return (file, found.st_mtime_ns, found.st_size)


def _leave(folder: Path, most: int) -> None:
    """Remove the folders that were made first until only so many are left."""
    made = sorted((one for one in folder.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime_ns)
    for one in made[:-most]:
        shutil.rmtree(one, ignore_errors=True)
