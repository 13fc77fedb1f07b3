"""Real HTTP for containers that do not exist: one thread answers on a free loopback port for each container."""

from __future__ import annotations

import re
import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Lock, Thread

HOST = "127.0.0.1"
MAX_DOORS = 256
"""Ports open at once: both services at their largest count of 50, twice while a deployment runs, and room to spare."""

ASK_WITHIN_S = 2.0
"""How long a health check waits for its answer; the answering side is a thread of the same process."""

_MAX_REQUEST = 4096
_MAX_BODY = 4 << 20
"""Bytes of what a container is sent: a few hundred uploads as S3 reports them."""
_READ_WITHIN_S = 1.0
_STOP_WITHIN_S = 5.0


@dataclass(frozen=True)
class Asked:
    """One request, as a container sees it."""

    method: str
    path: str
    body: bytes = b""


_CONTENT_LENGTH = re.compile(rb"(?i)\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*(?=\r\n|$)")

Reply = Callable[[Asked], int]
"""What was asked -> the status code that the container answers with."""


class NoDoorError(OSError):
    """All ports that a rehearsal may open are open."""


class TaskDoors:
    """The listening ports of all fake containers, and how often somebody was answered there."""

    def __init__(self, most: int = MAX_DOORS) -> None:
        self._most = most
        self._lock = Lock()
        self._doors: dict[int, socket.socket] = {}
        self._selector: selectors.BaseSelector | None = None
        self._thread: Thread | None = None
        self._wake: socket.socket | None = None
        self._answers: dict[int, int] = {}

    @property
    def answers(self) -> dict[int, int]:
        """Status code -> how many health checks were answered with it."""
        with self._lock:
            return dict(self._answers)

    def open(self, reply: Reply) -> int:
        """Listen on a free port.

        Parameters
        ----------
        reply: what the container answers, asked for each request.

        Raises
        ------
        NoDoorError: the bound of open ports is reached.
        """
        with self._lock:
            if len(self._doors) >= self._most:
                raise NoDoorError(f"{self._most} ports are open, which is the most that a rehearsal opens")
            selector = self._started()
            door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            door.bind((HOST, 0))
            door.listen(16)
            door.setblocking(False)
            port = int(door.getsockname()[1])
            self._doors[port] = door
            selector.register(door, selectors.EVENT_READ, reply)
            self._nudge()
        return port

    def close(self, port: int) -> None:
        """Stop listening; what nobody listens on refuses connections, as a stopped container does."""
        with self._lock:
            door = self._doors.pop(port, None)
            if door is not None and self._selector is not None:
                self._selector.unregister(door)
                door.close()

    def close_all(self) -> None:
        """Stop listening everywhere, and forget the answers."""
        for port in list(self._doors):
            self.close(port)
        with self._lock:
            self._answers.clear()

    def stop(self) -> None:
        """End the thread; the next `open` starts another."""
        self.close_all()
        with self._lock:
            thread, self._thread = self._thread, None
            if self._wake is not None:
                self._wake.close()
                self._wake = None
        if thread is not None:
            thread.join(_STOP_WITHIN_S)

    def _started(self) -> selectors.BaseSelector:
        if self._thread is None or self._selector is None:
            self._selector = selectors.DefaultSelector()
            self._wake, woken = socket.socketpair()
            woken.setblocking(False)
            self._selector.register(woken, selectors.EVENT_READ, None)
            self._thread = Thread(target=self._serve, args=(self._selector, woken), name="task-doors", daemon=True)
            self._thread.start()
        return self._selector

    def _nudge(self) -> None:
        """Let a thread that is asleep in `select` see the new port."""
        if self._wake is not None:
            self._wake.send(b".")

    def _serve(self, selector: selectors.BaseSelector, woken: socket.socket) -> None:
        while True:
            for key, _ in selector.select():
                if key.fileobj is woken:
                    if not woken.recv(4096):
                        woken.close()
                        selector.close()
                        return
                else:
                    self._accept(key.fileobj, key.data)  # type: ignore[arg-type]  # only sockets are registered

    def _accept(self, door: socket.socket, reply: Reply) -> None:
        # A door that was closed a moment ago, and a caller that hangs up, are both nothing to answer.
        with suppress(OSError):
            connection, _ = door.accept()
            with connection:
                connection.settimeout(_READ_WITHIN_S)
                self._answer(connection, reply)

    def _answer(self, connection: socket.socket, reply: Reply) -> None:
        head, body = b"", b""
        while b"\r\n\r\n" not in head and len(head) < _MAX_REQUEST:
            piece = connection.recv(_MAX_REQUEST)
            if not piece:
                return
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        length = _CONTENT_LENGTH.search(head)
        wanted = min(int(length[1]), _MAX_BODY) if length else 0
        while len(body) < wanted:
            piece = connection.recv(min(wanted - len(body), 1 << 16))
            if not piece:
                return
            body += piece
        words = head.split(b"\r\n", 1)[0].split(b" ")
        method, path = (words[0].decode("latin-1"), words[1].decode("latin-1")) if len(words) == 3 else ("", "")
        asked = Asked(method, path.partition("?")[0], body[:wanted])
        status = reply(asked)
        if asked.method == "GET":
            # Health checks are counted; what a container is sent is told by whoever takes it.
            with self._lock:
                self._answers[status] = self._answers.get(status, 0) + 1
        connection.sendall(f"HTTP/1.0 {status} Rehearsed\r\nContent-Length: 0\r\n\r\n".encode())


def ask(port: int, path: str) -> int | None:
    """One health check over HTTP: the status code, or None when nobody answers."""
    connection = HTTPConnection(HOST, port, timeout=ASK_WITHIN_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
