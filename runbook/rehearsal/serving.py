"""The HTTP server under a rehearsal: 127.0.0.1, a free port, a thread a request, and able to say nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

HOST = "127.0.0.1"
POLL_S = 0.05
"""How soon the server notices that it shall end."""


class QuietHandler(MotoRequestHandler):
    """Writes no request log, and really closes a connection that shall be cut."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A rehearsal makes hundreds of calls; they are in the call log, not in the server's."""

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Without this the server would wait for a next request on a connection that has to be gone."""
        self.close_connection = True


def listen(app: Callable[..., Any]) -> BaseWSGIServer:
    """A server that is bound and listening; `serve_forever` answers."""
    return make_server(HOST, 0, app, threaded=True, request_handler=QuietHandler)


def url_of(server: BaseWSGIServer) -> str:
    """The address at which the server answers."""
    return f"http://{HOST}:{server.port}"
