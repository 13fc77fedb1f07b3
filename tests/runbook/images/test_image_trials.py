"""A container is started with its task's variables, asked within bounds, and always taken away again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from docker.errors import APIError, NotFound

from runbook.engine.clock import FakeClock
from runbook.errors import ImageError
from runbook.images.engine import Engine
from runbook.images.trial import remove_left_behind, try_out
from runbook.images.trial_seen import TrialOrder


class Worker(BaseHTTPRequestHandler):
    """The routes of the public worker."""

    def do_GET(self) -> None:
        self._answer({"/health": 200, "/jobs/run": 405, "/old": 307}.get(self.path, 404))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({"/jobs/run": 500}.get(self.path, 404))

    def _answer(self, code: int) -> None:
        self.send_response(code)
        if code == 307:
            self.send_header("Location", "/login")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        del args


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Worker) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.server_port
        server.shutdown()


class FakeApi:
    """An engine with one image; `ends` is the exit code of a program that ends at once."""

    def __init__(self, port: int = 1, *, ends: int | None = None, breaks: str = "", bridge: bool = True) -> None:
        self.port, self.ends, self.breaks, self.bridge = port, ends, breaks, bridge
        self.made: dict[str, Any] = {}
        self.removed: list[str] = []
        self.execs: list[list[str]] = []
        self.hooks: dict[str, list[Any]] = {"response": []}

    def _maybe_break(self, name: str) -> None:
        if self.breaks == name:
            raise APIError(f"{name} is broken")

    def inspect_image(self, image: str) -> dict[str, Any]:
        self._maybe_break("inspect_image")
        config = {"User": "app", "ExposedPorts": {"8080/tcp": {}}, "Env": ["PATH=/usr/bin:/bin"]}
        return {"Architecture": "amd64", "Size": 12_000_000, "Config": config}

    def networks(self, names: list[str]) -> list[str]:
        return names if self.bridge else []

    def version(self) -> dict[str, Any]:
        return {"Components": [{"Name": "Engine"}]}

    def create_host_config(self, **how: Any) -> dict[str, Any]:
        return how

    def create_container(self, image: str, **how: Any) -> dict[str, str]:
        self.made = {"image": image, **how}
        return {"Id": "c1"}

    def start(self, container: str) -> None:
        self._maybe_break("start")

    def inspect_container(self, container: str) -> dict[str, Any]:
        self._maybe_break("inspect_container")
        ports = {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(self.port)}]}
        state = {"Running": self.ends is None, "ExitCode": self.ends or 0}
        return {"State": state, "NetworkSettings": {"Ports": ports}, "HostConfig": {"NetworkMode": "default"}}

    def logs(self, container: str, **how: Any) -> bytes:
        return b"".join(b"line %d\n" % number for number in range(100)) + b"x" * 5000

    def exec_create(self, container: str, command: list[str]) -> dict[str, str]:
        self.execs.append(command)
        return {"Id": "e1"}

    def exec_start(self, made: str, detach: bool) -> None:
        self._maybe_break("exec_start")

    def exec_inspect(self, made: str) -> dict[str, Any]:
        return {"Running": self.breaks == "hangs", "ExitCode": 0}

    def get_archive(self, container: str, path: str) -> tuple[Any, dict[str, Any]]:
        if path in ("/bin/sh", "/usr/bin/node", "/opt/tool"):
            return iter([b""]), {}
        raise NotFound(path)

    def remove_container(self, container: str, **how: Any) -> None:
        assert how == {"force": True, "v": True}
        self.removed.append(container)

    def containers(self, **how: Any) -> list[dict[str, Any]]:
        assert how == {"all": True, "filters": {"label": ["karet-doctor"]}}
        now = FakeClock().now().timestamp()
        return [{"Id": "old", "Created": now - 3600}, {"Id": "of another doctor", "Created": now - 20}]


def order(**more: Any) -> TrialOrder:
    given: dict[str, Any] = {
        "image": "uri:tag",
        "environment": {"S3_BUCKET": "b"},
        "port": 8080,
        "health_path": "/health",
        "well": lambda code: code == 200,
        "posts": {"/webhooks/s3/on-upload": b"{}"},
        "gets": ("/", "/jobs/run", "/old"),
        "command": ("/bin/sh", "-c", "true"),
        "tools": ("sh", "wget", "node", "/opt/tool"),
    }
    return TrialOrder(**{**given, **more})


def engine(api: FakeApi, url: str = "unix:///x.sock") -> Engine:
    return Engine(url, api)


def test_a_program_that_lives_is_asked_for_everything_and_taken_away(port: int) -> None:
    api, clock = FakeApi(port), FakeClock()
    seen = try_out(engine(api), order(), clock)
    assert (seen.architecture, seen.user, seen.exposed, seen.exit_code) == ("amd64", "app", (8080,), None)
    assert seen.health.code == 200
    assert {path: one.code for path, one in seen.gets.items()} == {"/": 404, "/jobs/run": 405, "/old": 307}
    assert seen.gets["/old"].location == "/login"
    assert {path: one.code for path, one in seen.posts.items()} == {"/webhooks/s3/on-upload": 404}
    assert seen.command.code == 0
    assert seen.tools == {"sh": True, "wget": False, "node": True, "/opt/tool": True}
    assert seen.lived_s >= 10
    assert api.removed == ["c1"]
    assert api.made["environment"] == {"S3_BUCKET": "b"}
    assert api.made["host_config"] == {"init": True, "port_bindings": {8080: ("127.0.0.1", None)}}
    assert len(seen.last_lines) == 20
    assert max(map(len, seen.last_lines)) == 400


def test_a_program_that_ends_at_once_is_not_waited_for(port: int) -> None:
    api, clock = FakeApi(port, ends=3), FakeClock()
    seen = try_out(engine(api), order(), clock)
    assert (seen.exit_code, seen.health.code, clock.monotonic()) == (3, None, 0)
    assert seen.tools["wget"] is False, "the tools are read from files, which a program that ended still has"
    assert api.removed == ["c1"]


def test_a_program_that_never_gets_well_is_given_half_a_minute(port: int) -> None:
    clock = FakeClock()
    seen = try_out(engine(FakeApi(port)), order(health_path="/nowhere"), clock)
    assert seen.health.code == 404
    assert 30 <= clock.monotonic() < 31


def test_a_health_command_that_hangs_is_given_its_seconds_and_one_without_its_tool_ends_with_127(port: int) -> None:
    assert (
        "did not end within 5 s" in try_out(engine(FakeApi(port, breaks="hangs")), order(), FakeClock()).command.problem
    )
    assert try_out(engine(FakeApi(port, breaks="exec_start")), order(), FakeClock()).command.code == 127


def test_what_the_engine_cannot_start_is_said_and_taken_away() -> None:
    api = FakeApi(breaks="start")
    assert "start is broken" in try_out(engine(api), order(), FakeClock()).refused
    assert api.removed == ["c1"]


def test_an_engine_that_fails_in_the_middle_leaves_no_container() -> None:
    api = FakeApi(breaks="inspect_container")
    with pytest.raises(ImageError, match=r"the engine at unix:///x\.sock failed"):
        try_out(engine(api), order(), FakeClock())
    assert api.removed == ["c1"]


def test_an_image_that_is_not_there_is_an_error_and_starts_nothing() -> None:
    api = FakeApi(breaks="inspect_image")
    with pytest.raises(ImageError):
        try_out(engine(api), order(), FakeClock())
    assert api.made == {}


def test_an_engine_without_a_network_uses_the_machines_unless_the_port_is_taken(port: int) -> None:
    api = FakeApi(port, bridge=False)
    with pytest.raises(ImageError, match=f"port {port} of this machine is taken"):
        try_out(engine(api), order(port=port), FakeClock())
    assert api.made == {}


def test_the_ports_of_an_engine_that_may_be_elsewhere_are_not_asked(port: int) -> None:
    seen = try_out(engine(FakeApi(port), "ssh://builder"), order(), FakeClock())
    assert seen.health.code is None
    assert "ssh://builder" in seen.unasked
    assert seen.gets == {}


def test_what_a_killed_doctor_left_is_taken_away_and_a_running_doctors_is_not() -> None:
    api = FakeApi()
    assert remove_left_behind(engine(api), FakeClock()) == 1
    assert api.removed == ["old"]
