"""Starts one image with the environment of its task on this machine, looks at it from outside, and takes it away."""

from __future__ import annotations

import contextlib
import http.client
import posixpath
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import RequestException

from runbook.engine.clock import Clock
from runbook.errors import ImageError
from runbook.images.engine import WAY_OUT, Engine, closing_answers
from runbook.images.trial_seen import ALIVE_S, Asked, Trial, TrialOrder

LABEL = "karet-doctor"
"""On every container that is started here, so that a later doctor takes away what a killed one left."""

_HEALTH_S = 30.0
"""The most that its health path is waited for."""
_ANSWER_S = 10.0
_EVERY_S = 0.5
_LAST_LINES = 20
_LONGEST_LINE = 400
_LEFT_BEHIND_S = 600
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where an engine looks when an image does not say (Docker docs: default PATH of a container)."""
_TROUBLE = (DockerException, RequestException)


def try_out(engine: Engine, order: TrialOrder, clock: Clock) -> Trial:
    """Start it, ask it, remove it; the container is gone afterwards, however it went.

    Raises
    ------
    ImageError: the engine has no such image, or goes away; or the port that it needs is taken.
    """
    api = engine.api
    try:
        image = api.inspect_image(order.image)
        config = image.get("Config") or {}
        seen: dict[str, Any] = {
            "architecture": str(image.get("Architecture", "")),
            "user": str(config.get("User", "")),
            "size": int(image.get("Size", 0)),
            "exposed": tuple(int(one.partition("/")[0]) for one in config.get("ExposedPorts") or {}),
        }
        with _container(engine, order) as made:
            try:
                api.start(made)
            except APIError as error:
                return Trial(**seen, refused=_said(error), tools=_tools(api, made, order, config))
            return _Look(engine, order, clock, made, config).take(seen)
    except _TROUBLE as error:
        raise ImageError(
            f"{order.image} cannot be tried: the engine at {engine.url} failed: {_said(error)}", hint=WAY_OUT
        ) from error


def remove_left_behind(engine: Engine, clock: Clock) -> int:
    """Take away containers of a doctor that was killed; how many there were."""
    removed = 0
    with contextlib.suppress(*_TROUBLE):
        for one in engine.api.containers(all=True, filters={"label": [LABEL]}):
            if clock.now().timestamp() - one["Created"] > _LEFT_BEHIND_S:
                engine.api.remove_container(one["Id"], force=True, v=True)
                removed += 1
    return removed


@contextlib.contextmanager
def _container(engine: Engine, order: TrialOrder) -> Iterator[str]:
    api = engine.api
    how: dict[str, Any] = {"init": True}
    if _publishes(api):
        how["port_bindings"] = {order.port: ("127.0.0.1", None)}
    elif _is_taken(order.port):
        why = f"port {order.port} of this machine is taken, and the engine has no network of its own to publish from"
        raise ImageError(f"{order.image} cannot be tried: {why}", hint=f"End what listens on {order.port}.")
    else:
        how["network_mode"] = "host"
    made = api.create_container(
        order.image,
        environment=dict(order.environment),
        ports=[order.port],
        labels={LABEL: "1"},
        host_config=api.create_host_config(**how),
    )["Id"]
    try:
        yield made
    finally:
        api.remove_container(made, force=True, v=True)


def _publishes(api: Any) -> bool:
    """Whether the engine has a network of its own from which it can publish a port."""
    if api.networks(names=["bridge"]):
        return True
    return any("Podman" in str(part.get("Name")) for part in api.version().get("Components") or ())


def _said(error: Exception) -> str:
    return " ".join(str(getattr(error, "explanation", "") or error).split())[:500]


@dataclass(frozen=True)
class _Look:
    """One container that was started, while it is looked at."""

    engine: Engine
    order: TrialOrder
    clock: Clock
    id: str
    config: Mapping[str, Any]

    def take(self, seen: Mapping[str, Any]) -> Trial:
        begun = self.clock.monotonic()
        where, unasked = self._place()
        health = Asked(problem=unasked)
        while True:
            state, lived = self._state(), self.clock.monotonic() - begun
            if state is not None:
                return self._ended(seen, state, lived, unasked)
            if where and not self._well(health):
                health = _ask(where, "GET", self.order.health_path)
            enough = not where or self._well(health)
            if (enough and lived >= ALIVE_S) or lived >= _HEALTH_S:
                break
            self.clock.sleep(_EVERY_S)
        gets = {path: _ask(where, "GET", path) for path in self.order.gets} if where else {}
        posts = {path: _ask(where, "POST", path, body) for path, body in self.order.posts.items()} if where else {}
        command = self._command()
        tools = _tools(self.engine.api, self.id, self.order, self.config)
        # What it was asked may have ended it.
        state, lived = self._state(), self.clock.monotonic() - begun
        asked = {"health": health, "gets": gets, "posts": posts, "command": command}
        more: dict[str, Any] = {**asked, "tools": tools, "unasked": unasked}
        return Trial(**seen, **more, exit_code=state, lived_s=lived, last_lines=self._lines())

    def _ended(self, seen: Mapping[str, Any], code: int, lived: float, unasked: str) -> Trial:
        tools = _tools(self.engine.api, self.id, self.order, self.config)
        return Trial(**seen, exit_code=code, lived_s=lived, last_lines=self._lines(), tools=tools, unasked=unasked)

    def _state(self) -> int | None:
        state = self.engine.api.inspect_container(self.id)["State"]
        return None if state.get("Running") else int(state.get("ExitCode", 0))

    def _well(self, asked: Asked) -> bool:
        return asked.code is not None and self.order.well(asked.code)

    def _place(self) -> tuple[tuple[str, int] | None, str]:
        """Host and port at which the container is asked; or why it cannot be."""
        if not self.engine.url.startswith("unix://"):
            return None, f"the engine at {self.engine.url} may be another machine, whose ports are not asked"
        found = self.engine.api.inspect_container(self.id)
        if (found.get("HostConfig") or {}).get("NetworkMode") == "host":
            return ("127.0.0.1", self.order.port), ""
        ports = (found.get("NetworkSettings") or {}).get("Ports") or {}
        for one in ports.get(f"{self.order.port}/tcp") or ():
            return ("127.0.0.1", int(one["HostPort"])), ""
        return None, f"the engine published no port for {self.order.port}"

    def _lines(self) -> tuple[str, ...]:
        said = self.engine.api.logs(self.id, stdout=True, stderr=True, tail=_LAST_LINES)
        lines = said.decode(errors="replace").splitlines()
        return tuple(line[:_LONGEST_LINE] for line in lines[-_LAST_LINES:] if line.strip())

    def _command(self) -> Asked:
        """The health command as ECS would run it, once."""
        if not self.order.command:
            return Asked()
        api = self.engine.api
        try:
            made = api.exec_create(self.id, list(self.order.command))["Id"]
            api.exec_start(made, detach=True)
        except APIError as error:
            return Asked(127, problem=_said(error))
        end = self.clock.monotonic() + self.order.command_s
        while True:
            found = api.exec_inspect(made)
            if not found.get("Running") and found.get("ExitCode") is not None:
                return Asked(int(found["ExitCode"]))
            if self.clock.monotonic() >= end:
                return Asked(problem=f"it did not end within {self.order.command_s:g} s")
            self.clock.sleep(_EVERY_S)


def _tools(api: Any, container: str, order: TrialOrder, config: Mapping[str, Any]) -> dict[str, bool]:
    """Which programs are in the container's PATH; read from its files, so that nothing has to run for it."""
    given = dict(one.partition("=")[::2] for one in config.get("Env") or ())
    path = order.environment.get("PATH") or given.get("PATH") or _PATH
    folders = list(dict.fromkeys(one for one in path.split(":") if one.startswith("/")))
    return {
        tool: _is_there(api, container, tool)
        if tool.startswith("/")
        else any(_is_there(api, container, posixpath.join(folder, tool)) for folder in folders)
        for tool in order.tools
    }


def _is_there(api: Any, container: str, path: str) -> bool:
    try:
        with closing_answers(api):
            api.get_archive(container, path)
    except NotFound:
        return False
    return True


def _ask(where: tuple[str, int], verb: str, path: str, body: bytes | None = None) -> Asked:
    """One request, whose redirect is not followed and whose answer is not read."""
    connection = http.client.HTTPConnection(*where, timeout=_ANSWER_S)
    try:
        connection.request(verb, path, body, {"Content-Type": "application/json"} if body is not None else {})
        answer = connection.getresponse()
        return Asked(answer.status, answer.headers.get("Location", "")[:200])
    except (OSError, http.client.HTTPException) as error:
        return Asked(problem=f"no answer: {type(error).__name__}")
    finally:
        connection.close()


def _is_taken(port: int) -> bool:
    """Whether something on this machine listens there already."""
    with socket.socket() as knocking:
        knocking.settimeout(1)
        return knocking.connect_ex(("127.0.0.1", port)) == 0
