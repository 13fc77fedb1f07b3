"""Where a rehearsal can be found: one small file in the state directory, written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from runbook.errors import RehearsalError

ACCOUNT_ID = "123456789012"
"""moto's account; documentation account number, so that nobody mistakes it for a real one."""

DUMMY_ACCESS_KEY = "testing"
DUMMY_SECRET_KEY = "testing"  # noqa: S105 - a word that opens nothing, which is the point
"""The rehearsal checks no signature; these words only make botocore sign at all."""

CONTROL_PATH = "/_rehearsal"
"""No bucket can have this name (an underscore is not allowed), so path-style S3 never meets it."""

TOKEN_HEADER = "X-Rehearsal-Token"  # noqa: S105 - a header's name

IDLE_S = 30 * 60.0
"""A rehearsal ends itself when for this long nobody talked to it, and nobody who could was connected."""

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class EndpointFile:
    """What the server writes once it listens."""

    url: str
    pid: int
    started: str
    """UTC, ISO 8601."""
    token: str
    """Whoever cannot read the state directory cannot drive the rehearsal by accident."""
    version: str
    """Digest of the rehearsal's source; another one means another program answers there."""


def dummy_environment() -> dict[str, str]:
    """Environment for a program that shall only ever talk to the rehearsal: dummy credentials, no profile, no proxy."""
    return {
        "AWS_ACCESS_KEY_ID": DUMMY_ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": DUMMY_SECRET_KEY,
        "AWS_SESSION_TOKEN": "",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def require_loopback(url: str) -> str:
    """The same URL, once it is sure that it leads to this machine and nowhere else.

    Raises
    ------
    RehearsalError: the host is not loopback.
    """
    host = urlsplit(url).hostname or ""
    if host not in LOOPBACK_HOSTS:
        raise RehearsalError(
            f"{url} is not on this machine, and a rehearsal never leaves it",
            hint="Use a URL on 127.0.0.1, or drop --rehearsal to work on a real account.",
        )
    return url


def endpoint_path(state_dir: Path) -> Path:
    """The file that names the running rehearsal of a state directory."""
    return state_dir / "rehearsal" / "endpoint.json"


@cache
def source_version() -> str:
    """Digest of every source file of the rehearsal, so that an upgraded program does not join an outdated server."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted(here.rglob("*.py")):
        digest.update(str(file.relative_to(here)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def write_endpoint(state_dir: Path, endpoint: EndpointFile) -> None:
    """Write the file so that a reader sees the old one or the new one, never half of it."""
    path = endpoint_path(state_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix="endpoint-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(endpoint), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def read_endpoint(state_dir: Path) -> EndpointFile | None:
    """What the file says; None when there is none, or when it is damaged and therefore stale."""
    try:
        found = json.loads(endpoint_path(state_dir).read_text(encoding="utf-8"))
        endpoint = EndpointFile(
            url=str(found["url"]),
            pid=int(found["pid"]),
            started=str(found["started"]),
            token=str(found["token"]),
            version=str(found["version"]),
        )
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None
    return endpoint if urlsplit(endpoint.url).hostname in LOOPBACK_HOSTS else None


def remove_endpoint(state_dir: Path, token: str) -> None:
    """Take the file away when it is still the one with this token; a newer server's file stays."""
    found = read_endpoint(state_dir)
    if found is not None and found.token == token:
        with contextlib.suppress(FileNotFoundError):
            endpoint_path(state_dir).unlink()
