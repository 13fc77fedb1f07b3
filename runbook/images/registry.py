"""The registry: how to log in to it, and what it says of an image."""

from __future__ import annotations

import base64
import binascii
import hashlib
import http.client
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runbook.errors import ImageError

MEDIA_TYPES = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)
_ANSWER_S = 30
_LARGEST_MANIFEST = 4_194_304
"""Bytes; ECR takes manifests of up to 4 MiB (botocore 1.44 service model, PutImage)."""


@dataclass(frozen=True)
class Login:
    """A user and a password for a registry; the password is shown nowhere."""

    user: str
    password: str = field(repr=False)

    @property
    def for_engine(self) -> dict[str, str]:
        """As engines take it, in a header of the request."""
        return {"username": self.user, "password": self.password}

    @property
    def header(self) -> str:
        """As a registry takes it, over HTTP."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


def login_from(answer: Mapping[str, Any]) -> Login:
    """The login in an answer of ecr.GetAuthorizationToken.

    Raises
    ------
    ImageError: the answer holds none.
    """
    tokens = answer.get("authorizationData") or [{}]
    try:
        user, colon, password = base64.b64decode(tokens[0].get("authorizationToken", ""), validate=True).partition(b":")
        if colon and password:
            return Login(user.decode(), password.decode())
    except (binascii.Error, UnicodeDecodeError):
        pass  # Said below, without the token.
    raise ImageError("ecr.GetAuthorizationToken answered without a user and a password", hint="Run the command again.")


@dataclass(frozen=True)
class Manifest:
    """An image as a registry describes it."""

    text: str
    media_type: str

    @property
    def digest(self) -> str:
        """What identifies it: the hash of the very bytes."""
        return "sha256:" + hashlib.sha256(self.text.encode()).hexdigest()


def read_manifest(host: str, repository: str, tag: str, login: Login) -> Manifest | None:
    """What a registry at another address than ECR's holds under a tag or digest; None when there is nothing.

    Raises
    ------
    ImageError: it refuses, does not answer, or answers with another content than its own digest says.
    """
    where = f"the registry at {host}"
    connection = (http.client.HTTPConnection if is_loopback(host) else http.client.HTTPSConnection)(
        host, timeout=_ANSWER_S
    )
    try:
        connection.request(
            "GET",
            f"/v2/{repository}/manifests/{tag}",
            headers={"Accept": ", ".join(MEDIA_TYPES), "Authorization": login.header},
        )
        answer = connection.getresponse()
        body = answer.read(_LARGEST_MANIFEST + 1)
    except (OSError, http.client.HTTPException) as error:
        raise ImageError(f"{where} does not answer: {error}", hint="Check images.registry in karet.toml.") from error
    finally:
        connection.close()
    if answer.status == 404:
        return None
    if answer.status != 200 or len(body) > _LARGEST_MANIFEST:
        raise ImageError(f"{where} answered {answer.status} for {repository}:{tag}, {len(body)} bytes")
    found = Manifest(body.decode(), answer.headers.get("Content-Type", ""))
    stated = answer.headers.get("Docker-Content-Digest", found.digest)
    if stated != found.digest:
        raise ImageError(f"{where} says that {repository}:{tag} is {stated}, but its content is {found.digest}")
    return found


def is_loopback(host: str) -> bool:
    """Whether a registry is on this machine, where plain HTTP is allowed; engines have the same rule."""
    name = host.rpartition(":")[0] or host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
