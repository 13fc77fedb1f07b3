"""A call is one operation as data: what is planned, shown, sent, recorded and exported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from runbook.refs import Known, Unknown

HIDDEN = "•••"
"""What stands in every plan, journal, log and screen where a secret value goes to AWS."""


def canonical(value: Any) -> str:
    """JSON text that is the same for the same data: sorted keys, no spaces, nothing but JSON types."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of data, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


@dataclass(frozen=True)
class Json:
    """A document that AWS takes as a JSON string; it stays data until it is sent, so that it is compared as data."""

    document: Any

    def with_leaves(self, rebuild: Callable[[Any], Any]) -> Json:
        """The same document with its strings replaced (references filled in)."""
        return Json(rebuild(self.document))


@dataclass(frozen=True)
class Secret:
    """A value made at execution and never shown; only its shape is data."""

    length: int = 48
    """Characters; AWS review section 9.2 asks for 48."""


@dataclass(frozen=True)
class File:
    """The content of a local file, pinned by its hash, so that a plan never sends other bytes than it was made with."""

    name: str
    sha256: str
    size: int
    """Bytes."""
    path: str = field(default="", compare=False)
    """Where it lies on this machine; no part of a plan, which other machines read too."""

    @classmethod
    def of(cls, path: Path) -> File:
        """Read the file once and pin it."""
        content = path.read_bytes()
        return cls(path.name, hashlib.sha256(content).hexdigest(), len(content), str(path.resolve()))


@dataclass(frozen=True)
class Permission:
    """One IAM permission that a call needs."""

    action: str
    resource: str = "*"
    condition: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One operation as data: what is shown, sent, recorded and exported.

    Parameters
    ----------
    service: a boto3 service name, or one of `image`, `person`, `probe`, `bulk`.
    operation: AWS's name of the operation, such as `CreateBucket`.
    params: the parameters; strings may hold references, values may be `Json`, `Secret` or `File`.
    keep: what to keep of the answer: name -> JMESPath.
    permissions: the IAM permissions where they differ from `service:Operation` on `on`.
    on: ARN that the default permission is needed for.
    token: the parameter that takes a client token; empty when the operation has none.
    done: AWS codes that mean: it already is as wanted.
    """

    service: str
    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)
    keep: Mapping[str, str] = field(default_factory=dict)
    permissions: tuple[Permission, ...] = ()
    on: str = "*"
    token: str = ""
    done: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`service.Operation`, as it is written everywhere."""
        return f"{self.service}.{self.operation}"

    def filled(self, known: Known) -> Call:
        """The same call with every known reference replaced by its value."""
        return replace(self, params=known.fill(self.params), on=known.fill(self.on))

    def as_json(self) -> dict[str, Any]:
        """The call as the contract gives it: service, operation, params; secrets hidden."""
        return {"service": self.service, "operation": self.operation, "params": shown(self.params)}

    @property
    def digest(self) -> str:
        """Hash of what is sent; the same call has the same digest in every run."""
        return digest(self.as_json())


def shown(value: Any) -> Any:
    """Parameters as JSON data that can be read back: documents, files and secrets carry a `$` key."""
    if isinstance(value, Json):
        return {"$json": shown(value.document)}
    if isinstance(value, Secret):
        return {"$secret": HIDDEN, "length": value.length}
    if isinstance(value, File):
        return {"$file": value.name, "sha256": value.sha256, "size": value.size}
    if isinstance(value, Unknown):
        return repr(value)
    if isinstance(value, bytes):
        return {"$bytes": hashlib.sha256(value).hexdigest(), "size": len(value)}
    if isinstance(value, Mapping):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    return value


def read_shown(value: Any) -> Any:
    """The reverse of `shown`, for a plan read from a file."""
    if isinstance(value, Mapping):
        if "$json" in value:
            return Json(read_shown(value["$json"]))
        if "$secret" in value:
            return Secret(value["length"])
        if "$file" in value:
            return File(value["$file"], value["sha256"], value["size"])
        return {key: read_shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [read_shown(item) for item in value]
    return value
