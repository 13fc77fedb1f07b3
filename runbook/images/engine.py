"""The container engine: Docker, or Podman behind its Docker-compatible socket, found where it usually listens."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import docker
from docker.errors import APIError, DockerException
from docker.utils import kwargs_from_env
from requests.exceptions import RequestException

from runbook.errors import ImageError

Messages: TypeAlias = Generator[Mapping[str, Any], None, None]

_ANSWER_S = 10
_SILENCE_S = 3600
"""Seconds without a word after which a build or a push counts as hung: a compiler may say nothing for long."""

WAY_OUT = (
    "Start Docker or Podman (`podman system service` opens its socket), or name a finished image: "
    "`--image web=REPOSITORY@sha256:...`, or [images] in karet.toml."
)


@dataclass(frozen=True)
class Engine:
    """One engine that answers.

    Parameters
    ----------
    url: where it listens.
    api: docker-py's low-level client; it speaks to both engines.
    """

    url: str
    api: Any

    def architecture(self, image: str) -> str:
        """The processor that a local image was made for, as the engine writes it.

        Raises
        ------
        ImageError: there is no such image.
        """
        try:
            return str(self.api.inspect_image(image).get("Architecture", ""))
        except (APIError, RequestException) as error:
            raise ImageError(f"the engine at {self.url} has no image {image}: {_said(error)}", hint=WAY_OUT) from error

    def tag(self, image: str, repository: str, tag: str) -> None:
        """Give a local image another name.

        Raises
        ------
        ImageError: the engine refuses.
        """
        try:
            self.api.tag(image, repository, tag, force=True)
        except (APIError, RequestException) as error:
            raise ImageError(f"{image} cannot be tagged {repository}:{tag}: {_said(error)}") from error

    def build(self, folder: Path, *, name: str, platform: str) -> Messages:
        """Build a folder's Dockerfile with the engine's own builder; the messages as they come.

        Raises
        ------
        ImageError: the engine refuses, or goes away.
        """
        yield from self._stream(
            f"building {folder}",
            lambda: self.api.build(path=str(folder), tag=name, platform=platform, rm=True, forcerm=True, decode=True),
        )

    def push(self, repository: str, tag: str, login: Mapping[str, str]) -> Messages:
        """Push a tag; the messages as they come. The login goes into a header of the request, never on a command line.

        Raises
        ------
        ImageError: the engine refuses, or goes away.
        """
        yield from self._stream(
            f"pushing {repository}:{tag}",
            lambda: self.api.push(repository, tag, stream=True, decode=True, auth_config=dict(login)),
        )

    def has(self, image: str) -> bool:
        """Whether the engine holds an image under this name."""
        try:
            return bool(self.api.inspect_image(image))
        except (APIError, RequestException):
            return False

    def pull(self, reference: str, platform: str, login: Mapping[str, str] | None) -> Messages:
        """Fetch an image by its digest; the messages as they come.

        Raises
        ------
        ImageError: the registry refuses, or the engine goes away.
        """
        auth = None if login is None else dict(login)
        for message in self._stream(
            f"pulling {reference}",
            lambda: self.api.pull(reference, stream=True, decode=True, platform=platform, auth_config=auth),
        ):
            if "error" in message:
                raise ImageError(f"{reference} cannot be pulled: {message['error']}")
            yield message

    def _stream(self, what: str, begin: Any) -> Messages:
        try:
            with closing_answers(self.api):
                yield from begin()
        except (DockerException, RequestException) as error:
            raise ImageError(f"{what}: the engine at {self.url} failed: {_said(error)}") from error

    def close(self) -> None:
        """Let go of its connections."""
        self.api.close()


@contextmanager
def closing_answers(api: Any) -> Iterator[None]:
    """Close what the engine answers meanwhile, also when nobody reads it to its end: docker-py leaves that open."""
    answers: list[Any] = []

    def keep(answer: Any, *_: Any, **__: Any) -> None:
        answers.append(answer)

    hooks = api.hooks["response"]
    hooks.append(keep)
    try:
        yield
    finally:
        hooks.remove(keep)
        for one in answers:
            one.close()


def _said(error: Exception) -> str:
    """What an engine said, on one line."""
    return " ".join(str(getattr(error, "explanation", "") or error).split())[:500]


def open_engine(environ: Mapping[str, str] | None = None) -> Engine:
    """The first engine that answers.

    Raises
    ------
    ImageError: none does; every place that was tried is named.
    """
    tried: list[str] = []
    for url in _places(os.environ if environ is None else environ):
        api = None
        if silent := _silent(url):
            tried.append(f"{url}: {silent}")
            continue
        try:
            api = docker.APIClient(**_options(url, environ), version="auto", timeout=_ANSWER_S)
            api.ping()
        except (DockerException, RequestException, OSError) as error:
            tried.append(f"{url}: {_said(error)}")
            if api is not None:
                api.close()
            continue
        api.timeout = _SILENCE_S
        return Engine(url, api)
    raise ImageError("no container engine answers: " + "; ".join(tried), hint=WAY_OUT)


def _silent(url: str) -> str:
    """Why nobody can answer behind a socket of this machine; empty when somebody may."""
    if not url.startswith("unix://"):
        return ""
    path = url.removeprefix("unix://")
    if not Path(path).exists():
        return "there is no such socket"
    # docker-py would keep a socket open for each engine that does not answer.
    with socket.socket(socket.AF_UNIX) as knocking:
        knocking.settimeout(_ANSWER_S)
        try:
            knocking.connect(path)
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _options(url: str, environ: Mapping[str, str] | None) -> dict[str, Any]:
    """docker-py's options for an address: certificates from the environment, ssh through the ssh program."""
    options: dict[str, Any] = dict(kwargs_from_env(environment=dict(os.environ if environ is None else environ)))
    options["base_url"] = url
    if url.startswith("ssh://"):
        options["use_ssh_client"] = True
    if url.startswith("unix://"):
        options.pop("tls", None)
    return options


def _places(environ: Mapping[str, str]) -> Iterator[str]:
    """Where an engine may listen; what the operator names is the only place then."""
    named = environ.get("DOCKER_HOST") or environ.get("CONTAINER_HOST")
    if named:
        yield named
        return
    seen: set[str] = set()
    runtime = environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    for url in (
        _context(environ),
        "unix:///var/run/docker.sock",
        f"unix://{runtime}/podman/podman.sock",
        "unix:///run/podman/podman.sock",
    ):
        if url and url not in seen:
            seen.add(url)
            yield url


def _context(environ: Mapping[str, str]) -> str:
    """The address of the docker program's current context; empty without the program."""
    program = shutil.which("docker", path=environ.get("PATH"))
    if program is None:
        return ""
    command = [program, "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    try:
        asked = subprocess.run(
            command, capture_output=True, text=True, timeout=_ANSWER_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""
