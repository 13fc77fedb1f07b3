"""A push tells its bytes, shows refusals without the password, and reads the digest back from the registry."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.calls import Call
from runbook.engine.performers import Workbench
from runbook.errors import AwsError, CancelledError, ImageError
from runbook.images.performer import ImagePerformer, placeholder
from runbook.images.push import Progress, push
from runbook.images.registry import Login, is_loopback, login_from, read_manifest

LOGIN = Login("AWS", "canary-password")
TOKEN = {"authorizationData": [{"authorizationToken": base64.b64encode(b"AWS:canary-password").decode()}]}


class FakeEngine:
    """Answers a push with messages, and remembers what it was given."""

    def __init__(self, *messages: Mapping[str, Any]) -> None:
        self.messages, self.logins, self.tags, self.closed = messages, [], [], False  # type: ignore[var-annotated]

    def push(self, repository: str, tag: str, login: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        self.logins.append((repository, tag, dict(login)))
        yield from self.messages

    def tag(self, image: str, repository: str, tag: str) -> None:
        self.tags.append((image, repository, tag))

    def close(self) -> None:
        self.closed = True


def sending(layer: str, current: int, total: int) -> dict[str, Any]:
    return {"id": layer, "status": "Pushing", "progressDetail": {"current": current, "total": total}}


def test_bytes_are_told_over_all_layers() -> None:
    told: list[tuple[int, int]] = []
    engine: Any = FakeEngine(sending("a", 50, 100), sending("b", 100, 100), {"status": "Pushed", "id": "a"})
    push(engine, "uri", "tag", LOGIN, tell=lambda done, of: told.append((done, of)))
    assert told == [(50, 100), (150, 200)]
    assert engine.logins == [("uri", "tag", {"username": "AWS", "password": "canary-password"})]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 10**9), st.integers(0, 10**9)), max_size=200))
def test_a_push_tells_at_most_twenty_times_and_never_more_than_all(messages: list[tuple[str, int, int]]) -> None:
    told: list[tuple[int, int]] = []
    progress = Progress(lambda done, of: told.append((done, of)))
    for message in messages:
        progress.take(sending(*message))
    assert len(told) <= 20
    assert all(done <= of for done, of in told)


def test_an_error_inside_the_stream_is_a_refusal_without_the_password() -> None:
    engine: Any = FakeEngine({"status": "Preparing"}, {"error": "denied: canary-password is no good"})
    with pytest.raises(ImageError, match="denied") as refused:
        push(engine, "uri", "tag", LOGIN, tell=lambda *_: None)
    assert "canary-password" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_push_stops_between_two_messages() -> None:
    engine: Any = FakeEngine({"status": "Preparing"}, {"status": "Preparing"})
    with pytest.raises(CancelledError):
        push(engine, "uri", "tag", LOGIN, tell=lambda *_: None, stopped=lambda: True)


def test_a_login_shows_its_password_nowhere() -> None:
    assert login_from(TOKEN) == LOGIN
    assert "canary-password" not in repr(LOGIN)


@pytest.mark.parametrize("token", ["", "not base64!", base64.b64encode(b"nocolon").decode()])
def test_an_answer_without_a_login_is_refused_without_its_text(token: str) -> None:
    with pytest.raises(ImageError) as refused:
        login_from({"authorizationData": [{"authorizationToken": token}]})
    assert not token or token not in str(refused.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1:5000", True),
        ("localhost:5000", True),
        ("127.8.9.1:1", True),
        ("10.0.0.1:5000", False),
        ("a:1", False),
    ],
)
def test_plain_http_is_for_this_machine_only(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


# -- a registry ------------------------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    answers: dict[str, tuple[int, bytes, dict[str, str]]]

    def do_GET(self) -> None:
        if self.headers["Authorization"] != LOGIN.header:
            self.send_response(401)
            self.end_headers()
            return
        status, body, headers = self.answers.get(self.path, (404, b"", {}))
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[tuple[str, dict[str, tuple[int, bytes, dict[str, str]]]]]:
    """A registry's manifests: its address, and what it answers by path."""
    answers: dict[str, tuple[int, bytes, dict[str, str]]] = {}
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"answers": answers}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", answers
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_manifest_is_known_by_its_bytes(registry: Any) -> None:
    host, answers = registry
    body = b'{"layers": []}'
    answers["/v2/karet/manifests/v1"] = (200, body, {"Content-Type": "application/x"})
    found = read_manifest(host, "karet", "v1", LOGIN)
    assert found is not None
    assert (found.digest, found.media_type) == ("sha256:" + hashlib.sha256(body).hexdigest(), "application/x")
    assert read_manifest(host, "karet", "v2", LOGIN) is None


def test_a_registry_that_contradicts_itself_or_refuses_is_not_believed(registry: Any) -> None:
    host, answers = registry
    answers["/v2/karet/manifests/v1"] = (200, b"{}", {"Docker-Content-Digest": "sha256:" + "0" * 64})
    with pytest.raises(ImageError, match="but its content is"):
        read_manifest(host, "karet", "v1", LOGIN)
    with pytest.raises(ImageError, match="answered 401"):
        read_manifest(host, "karet", "v1", Login("AWS", "other"))
    with pytest.raises(ImageError, match="does not answer"):
        read_manifest("127.0.0.1:1", "karet", "v1", LOGIN)


# -- the performer ---------------------------------------------------------------------------------------------------


class FakeEcr:
    """ECR with one repository, and what was sent to it."""

    def __init__(self, tags: dict[str, str] | None = None) -> None:
        self.tags, self.sent = tags or {}, []  # type: ignore[var-annotated]

    def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "GetAuthorizationToken":
            return dict(TOKEN)
        tag = params["imageIds"][0]["imageTag"]
        if tag not in self.tags:
            raise AwsError("no", service="ecr", operation=operation, code="ImageNotFoundException")
        return {"imageDetails": [{"imageDigest": self.tags[tag]}]}

    def send(self, service: str, operation: str, params: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        self.sent.append((operation, dict(params)))
        self.tags[params["imageTag"]] = params["imageDigest"]
        return {}, "request"


PUSH = Call("image", "Push", {"repository": "karet", "uri": "ecr.example.com/karet", "tag": "v1"}, on="arn")


def performed(performer: ImagePerformer, ecr: FakeEcr, call: Call = PUSH) -> tuple[Mapping[str, Any], list[Any]]:
    pages: list[Any] = []
    aws: Any = ecr
    return performer.perform(call, Workbench(aws, "token", pages.append, lambda: False)).body, pages


def performer(tmp_path: Any, engine: Any = None, **more: Any) -> ImagePerformer:
    def no_engine() -> Any:
        raise ImageError("no container engine answers")

    settings: dict[str, Any] = {"rehearsal": False, "registry": "", "tell": lambda _: None, **more}
    return ImagePerformer(logs=tmp_path, engine=(lambda: engine) if engine else no_engine, **settings)


def test_in_a_rehearsal_a_placeholder_is_put_and_said_to_be_one(tmp_path: Any) -> None:
    told: list[str] = []
    ecr = FakeEcr()
    rehearsing = performer(tmp_path, rehearsal=True, tell=told.append)
    build = Call("image", "Build", {"source": "src", "platform": "linux/amd64", "uri": "u", "tag": "v1"})
    assert "not rehearsed" in performed(rehearsing, ecr, build)[0]["not_rehearsed"]
    body, _ = performed(rehearsing, ecr)
    assert body["digest"] == placeholder("karet", "v1").digest
    assert performed(rehearsing, ecr)[0]["digest"] == body["digest"]
    assert [operation for operation, _ in ecr.sent] == ["PutImage"]
    assert len(told) == 3
    assert all("not rehearsed" in text for text in told)


def test_an_image_that_is_there_is_not_pushed_again(tmp_path: Any) -> None:
    engine = FakeEngine()
    body, _ = performed(performer(tmp_path, engine), FakeEcr({"v1": "sha256:there"}))
    assert body == {"digest": "sha256:there"}
    assert engine.logins == []
    assert engine.closed


def test_a_push_that_the_registry_does_not_have_afterwards_fails(tmp_path: Any) -> None:
    with pytest.raises(ImageError, match="ECR does not have it"):
        performed(performer(tmp_path, FakeEngine()), FakeEcr())


def test_another_registry_takes_the_push_and_ecr_is_told_of_the_manifest(tmp_path: Any, registry: Any) -> None:
    host, answers = registry
    body = json.dumps({"schemaVersion": 2}).encode()
    answers["/v2/karet/manifests/v1"] = (200, body, {"Content-Type": "application/x"})
    engine, ecr = FakeEngine(sending("a", 5, 5)), FakeEcr()
    answer, pages = performed(performer(tmp_path, engine, rehearsal=True, registry=host), ecr)
    assert answer["digest"] == "sha256:" + hashlib.sha256(body).hexdigest()
    assert engine.tags == [("ecr.example.com/karet:v1", f"{host}/karet", "v1")]
    assert pages == [{"pushed_bytes": 5, "of_bytes": 5}]
    assert ecr.sent[0][1]["imageManifest"] == body.decode()


def test_without_an_engine_nothing_is_sent(tmp_path: Any) -> None:
    ecr = FakeEcr()
    with pytest.raises(ImageError, match="no container engine"):
        performed(performer(tmp_path), ecr)
    assert ecr.sent == []


def test_calls_are_checked_offline_and_name_their_permissions(tmp_path: Any) -> None:
    one = performer(tmp_path)
    assert one.problems(PUSH) == []
    assert "there are Build, Push" in one.problems(Call("image", "Pull"))[0]
    assert "takes platform, source, tag, uri" in one.problems(Call("image", "Build", {"tag": "x"}))[0]
    needed = {permission.action: permission.resource for permission in one.permissions(PUSH)}
    assert needed["ecr:GetAuthorizationToken"] == "*"
    assert needed["ecr:PutImage"] == "arn"
    assert one.permissions(Call("image", "Build")) == ()
