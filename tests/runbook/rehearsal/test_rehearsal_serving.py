"""The server under a rehearsal: many requests on one connection, a cut, and an end that leaves nobody on."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from runbook.aws.session import Session
from runbook.rehearsal.overlay import MAX_BODY, NoAnswer
from runbook.rehearsal.server import Wanted, _watch
from runbook.rehearsal.serving import Server, listen, url_of

IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:sts::123456789012:user/ana</Arn><UserId>AKIA</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


ASKED: list[str] = []
"""Paths of all requests that came to the application."""


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    length = int(environ.get("CONTENT_LENGTH") or 100)
    body = environ["wsgi.input"].read(length) if environ["PATH_INFO"] in ("/read", "/chunks") else b""
    ASKED.append(environ["PATH_INFO"])
    if environ["PATH_INFO"] == "/":
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [IDENTITY]
    if environ["PATH_INFO"] == "/cut":
        raise NoAnswer("cut")
    if environ["PATH_INFO"] == "/broken":
        raise ValueError("a defect")
    status = "204 No Content" if environ["PATH_INFO"] == "/nothing" else "200 OK"
    start_response(status, [("X-Got", str(len(body)))])
    return [] if status.startswith("204") else [b"answer ", b"to ", environ["PATH_INFO"].encode()]


class Noted:
    """A server that says when a connection has come to its end."""

    def __init__(self) -> None:
        self.server = listen(application)
        self.changed = Condition()
        end = self.server.shutdown_request

        def ended(request: Any) -> None:
            end(request)
            with self.changed:
                self.changed.notify_all()

        self.server.shutdown_request = ended  # type: ignore[method-assign]
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def connect(self) -> http.client.HTTPConnection:
        at = urlsplit(url_of(self.server))
        return http.client.HTTPConnection(str(at.hostname), at.port, timeout=10)

    def is_left(self) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: not self.server.in_use(), timeout=10)


@pytest.fixture
def noted() -> Iterator[Noted]:
    one = Noted()
    yield one
    one.server.shutdown()
    one.thread.join()


def asked(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    connection.request(method, path, body=body, encode_chunked=False)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_many_requests_go_over_one_connection_whether_their_bodies_were_read_or_not(noted: Noted) -> None:
    connection = noted.connect()
    connection.connect()
    line = connection.sock
    assert asked(connection, "POST", "/read", b"x" * 100_000) == (200, b"answer to /read")
    # Whatever the application left unread would be taken for the next request.
    assert asked(connection, "POST", "/ignored", b"GET /evil HTTP/1.1\r\n\r\n") == (200, b"answer to /ignored")
    assert asked(connection, "HEAD", "/head") == (200, b"")
    assert asked(connection, "GET", "/nothing") == (204, b"")
    assert asked(connection, "GET", "/broken") == (500, b"")
    assert asked(connection, "GET", "/last") == (200, b"answer to /last")
    assert connection.sock is line
    assert noted.server.in_use()
    connection.close()
    assert noted.is_left()


def test_a_request_that_gets_no_answer_loses_its_connection(noted: Noted) -> None:
    connection = noted.connect()
    with pytest.raises(http.client.RemoteDisconnected):
        asked(connection, "GET", "/cut")
    assert noted.is_left()


def test_a_body_in_chunks_is_read_to_its_end_too(noted: Noted) -> None:
    connection = noted.connect()
    connection.connect()
    line = connection.sock
    connection.request("POST", "/chunks", body=iter([b"one", b"two"]), encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("X-Got"), answer.read()) == (200, "6", b"answer to /chunks")
    assert asked(connection, "GET", "/next") == (200, b"answer to /next")
    assert connection.sock is line
    connection.close()


def test_a_body_longer_than_any_that_is_taken_ends_the_connection(noted: Noted) -> None:
    connection = noted.connect()
    connection.putrequest("POST", "/ignored")
    connection.putheader("Content-Length", str(MAX_BODY + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Connection")) == (200, "close")
    answer.read()
    assert noted.is_left()
    connection.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"PUT /half HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n12345",
        b"PUT /half HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
        b"PUT /half HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        b"PUT /half HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
        b"PUT /half HTTP/1.1\r\nHost: here\r\n",
        b"PUT /half HTTP/1.1\r\nHost: here\r\nContent-Len",
        b"PUT /half HTTP/1.1\r\n",
    ],
)
def test_nothing_is_done_of_a_request_whose_client_died_while_it_sent_it(
    noted: Noted, sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    ASKED.clear()
    with closing(noted.connect()) as connection:
        connection.connect()
        connection.sock.sendall(sent)
        connection.sock.shutdown(socket.SHUT_WR)
        with connection.sock.makefile("rb") as answers:
            assert answers.read() == (b"HTTP/1.1 100 Continue\r\n\r\n" if b"Expect" in sent else b"")
    assert noted.is_left()
    assert ASKED == []
    assert capfd.readouterr().err == ""
    with closing(noted.connect()) as connection:
        assert asked(connection, "GET", "/next") == (200, b"answer to /next")


def test_the_end_of_the_server_ends_its_connections(noted: Noted) -> None:
    connection = noted.connect()
    assert asked(connection, "GET", "/first")[0] == 200
    noted.server.shutdown()
    noted.thread.join()
    assert noted.is_left()
    with pytest.raises((http.client.HTTPException, OSError)):
        asked(connection, "GET", "/second")
    connection.close()


def test_a_session_that_has_read_something_stays_on_the_line(noted: Noted) -> None:
    session = Session(region="us-east-1", endpoint_url=url_of(noted.server), rehearsal=True)
    assert session.identity().account == "123456789012"
    # An app that is open and waits for its operator holds such a session.
    assert noted.server.in_use()


class Ended:
    """An end that comes when it is set; waiting for it takes no time but the clock's."""

    def __init__(self) -> None:
        self.now, self.came = 0.0, False

    def wait(self, seconds: float) -> bool:
        if not self.came:
            self.now += seconds
        return self.came

    def set(self) -> None:
        self.came = True


def test_a_server_with_somebody_on_the_line_is_wanted_however_long_he_says_nothing() -> None:
    ended = Ended()
    wanted = Wanted(idle_s=1800, owns_endpoint=lambda: True, clock=lambda: ended.now)
    _watch(wanted, lambda: ended.now <= 7200, ended, 2.0)  # type: ignore[arg-type] # as an Event, with a clock
    assert ended.now == 7200 + 1800


def test_the_server_is_of_the_kind_that_can_be_asked() -> None:
    server = listen(application)
    assert isinstance(server, Server)
    assert not server.in_use()
    server.server_close()
