"""botocore's data files, read once for the whole process, found at once and as plain dictionaries."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from pydantic_core import from_json

from runbook.aws.kept_models import KeptModels, OnDemand


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
    """Knows the services by their folders, and keeps what it has read of a service from run to run.

    botocore looks into each of its more than 400 folders before it loads the first model, which takes longer than
    loading it.

    Parameters
    ----------
    kept: the models of runs before this one.
    """

    def __init__(self, kept: KeptModels | None = None) -> None:
        super().__init__(file_loader=PlainFiles())
        self._kept = kept or KeptModels()
        self._services: list[str] | None = None
        self._models: dict[tuple[str, str, str | None], dict[str, Any]] = {}

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's signature
        """The folders of botocore's data and of the operator's own models, whatever type of file they hold."""
        if self._services is None:
            folders = [folder for path in self.search_paths if (folder := Path(path)).is_dir()]
            self._services = sorted({entry.name for folder in folders for entry in folder.iterdir()})
        return self._services

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> dict[str, Any]:
        """A model of the given type, in its latest version unless another one is asked for."""
        key = (service_name, type_name, api_version)
        model = self._models.get(key)
        if model is None:
            model = self._models[key] = self._load(*key)
        return model

    def load_data_with_path(self, name: str) -> tuple[dict[str, Any], str]:
        """A data file and where it is; the table of endpoints, which is the largest, is kept as models are."""
        path = Path(self.BUILTIN_DATA_PATH, name)
        if name != "endpoints" or self._has_own(f"{name}.json"):
            found: tuple[dict[str, Any], str] = super().load_data_with_path(name)
            return found
        key = ("all", name, None)
        if key not in self._models:
            kept = self._kept.get("all", name)
            if kept is None:
                whole, _ = super().load_data_with_path(name)
                kept = self._kept.put("all", name, whole, f"{path}.json")
            self._models[key] = kept
        return self._models[key], str(path)

    def _load(self, service: str, type_name: str, api_version: str | None) -> dict[str, Any]:
        if api_version is not None or self._has_own(service):
            return dict(super().load_service_model(service, type_name, api_version))
        found = self._kept.get(service, type_name)
        if found is None:
            whole = super().load_service_model(service, type_name)
            version = self.determine_latest_version(service, type_name)
            _, path = self.load_data_with_path(f"{service}/{version}/{type_name}")
            file = next(path + ending for ending in (".json", ".json.gz") if Path(path + ending).is_file())
            found = self._kept.put(service, type_name, whole, file)
        return found

    def _has_own(self, name: str) -> bool:
        """Whether the operator has models of this service, or such a file, beside botocore's."""
        return any(Path(path, name).exists() for path in self.search_paths if path != self.BUILTIN_DATA_PATH)


class LoaderForClients(Loader):  # type: ignore[misc] # botocore has no types
    """The same models, except that no operation is listed.

    botocore makes a method of each operation that is listed, 760 for EC2; the runbook calls operations by their names.
    """

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> dict[str, Any]:
        """As `QuickLoader.load_service_model`."""
        model = LOADER.load_service_model(service_name, type_name, api_version)
        operations = model.get("operations")
        return {**model, "operations": operations.unlisted()} if isinstance(operations, OnDemand) else model

    def load_data_with_path(self, name: str) -> tuple[dict[str, Any], str]:
        """As botocore's, read once for the whole process."""
        found: tuple[dict[str, Any], str] = LOADER.load_data_with_path(name)
        return found


LOADER = QuickLoader()
"""Shared by every session and by the offline check, so that no model is read twice."""

FOR_CLIENTS = LoaderForClients()
