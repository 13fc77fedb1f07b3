"""The HTTP server under a rehearsal: 127.0.0.1, a free port, a thread a connection, and able to say nothing at all."""

from __future__ import annotations

import contextlib
import io
import socket
import sys
import traceback
from collections.abc import Callable
from threading import Lock
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer

from runbook.rehearsal.overlay import MAX_BODY
from runbook.rehearsal.wire_errors import HTTP_WORDS

HOST = "127.0.0.1"
POLL_S = 0.05
"""How soon the server notices that it shall end."""

_NO_BODY = frozenset({204, 304})


class QuietHandler(MotoRequestHandler):
    """Answers one request after the other on a connection, as AWS does; writes no request log, and can cut it off.

    werkzeug's own handler opens a connection and a thread for each request, and waits a moment after each for what the
    client may still send: a third of the time of a small answer.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A rehearsal makes hundreds of calls; they are in the call log, not in the server's."""

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Without this the server would wait for a next request on a connection that has to be gone."""
        self.close_connection = True

    def parse_request(self) -> bool:
        """The headers of a request; http.server takes those of a client that died while it sent them for the whole."""
        connection, self.rfile = self.rfile, _WholeLines(self.rfile)
        try:
            return super().parse_request()
        finally:
            self.rfile = connection

    def run_wsgi(self) -> None:
        """One request, whole, and its answer in one piece."""
        self.environ = environ = self.make_environ()
        self._take_body(environ)
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
            begun[:] = [(status, headers)]

        try:
            body = b"".join(self.server.app(environ, start_response))  # type: ignore[arg-type] # typed for static typing only
            status, headers = begun[0]
        except ConnectionError:
            # Nobody shall hear anything; `handle` ends the connection.
            raise
        except Exception:  # noqa: BLE001 - whatever breaks is one failed request, not the end of the server
            traceback.print_exc(file=sys.stderr)
            body, status, headers = b"", f"500 {HTTP_WORDS[500]}", []
        self._answer(status, headers, body)

    def _take_body(self, environ: dict[str, Any]) -> None:
        """Read all that belongs to this request, so that the next thing on the connection is the next request.

        Raises
        ------
        ConnectionAbortedError: the client died before it had sent all; AWS does nothing of such a request, while a
            CreateBucket whose body is lost would make a bucket without tags, which nobody would know for ours.
        """
        length = self.headers.get("Content-Length") or "0"
        if "wsgi.input_terminated" in environ:
            try:
                body = environ["wsgi.input"].read(MAX_BODY + 1)
            except (OSError, ValueError) as error:
                raise ConnectionAbortedError("a request ended within a chunk") from error
        elif length.isdigit() and int(length) <= MAX_BODY:
            body = self.rfile.read(int(length))
            if len(body) < int(length):
                raise ConnectionAbortedError(f"a request ended after {len(body)} of {length} bytes of its body")
        else:
            self.close_connection = True
            return
        self.close_connection |= len(body) > MAX_BODY
        environ["wsgi.input"] = io.BytesIO(body)

    def _answer(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, words = status.partition(" ")
        self.send_response(int(code), words)
        known = set()
        for name, value in headers:
            known.add(name.lower())
            self.send_header(name, value)
        if "content-length" not in known and int(code) not in _NO_BODY:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        # The headers wait here until now, because two small packets would take longer than one.
        lines: list[bytes] = self._headers_buffer
        lines.append(b"\r\n")
        if self.command != "HEAD" and int(code) not in _NO_BODY:
            lines.append(body)
        self.wfile.write(b"".join(lines))
        lines.clear()


class _WholeLines(io.BufferedIOBase):
    """The lines of a connection, each of which has to have its end."""

    def __init__(self, connection: io.BufferedIOBase) -> None:
        self._connection = connection

    def readline(self, size: int | None = -1) -> bytes:
        """The next line, which is cut only where it is longer than anybody wants it."""
        line = self._connection.readline(size)
        if not line.endswith(b"\n") and len(line) != size:
            raise ConnectionAbortedError("a request ended within its headers")
        return line


class Server(ThreadedWSGIServer):
    """Ends the connections that are still open when it ends itself; their clients would be answered on and on."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(HOST, 0, app, QuietHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A new connection."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """The end of a connection."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def in_use(self) -> bool:
        """Whether anybody is on the line, talking or not."""
        with self._lock:
            return bool(self._open)

    def server_close(self) -> None:
        """Listen no more, and leave nobody on the line."""
        super().server_close()
        with self._lock:
            still = list(self._open)
        for connection in still:
            # One that has just ended by itself is as good.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def listen(app: Callable[..., Any]) -> Server:
    """A server that is bound and listening; `serve_forever` answers."""
    return Server(app)


def url_of(server: BaseWSGIServer) -> str:
    """The address at which the server answers."""
    return f"http://{HOST}:{server.port}"
