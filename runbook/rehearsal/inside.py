"""boto3 clients that talk to the rehearsal from inside it: no socket, no faults, no entry in the call log."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from werkzeug.test import run_wsgi_app

from runbook.rehearsal.endpoint import DUMMY_ACCESS_KEY, DUMMY_SECRET_KEY
from runbook.rehearsal.overlay import INSIDE

INSIDE_URL = "http://127.0.0.1"
"""Never connected to; only what the clients sign and what the request's Host says."""

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterable[bytes]:  # noqa: ARG002
        while piece := self.read(amt):
            yield piece


def _environ(request: AWSPreparedRequest) -> dict[str, Any]:
    parts = urlsplit(request.url)
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    raw = body.encode() if isinstance(body, str) else bytes(body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _unquoted(parts.path),
        "RAW_URI": f"{parts.path}?{parts.query}" if parts.query else parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(raw),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        INSIDE: True,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = text
    return environ


def _unquoted(path: str) -> str:
    return unquote_to_bytes(path or "/").decode("latin-1")


class InsideClients:
    """Makes and keeps one client for each service and region."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._lock = Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._session = botocore.session.Session()

    def client(self, service: str, region: str) -> Any:
        """The client for one service in one region."""
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = self._make(service, region)
            return self._clients[key]

    def _make(self, service: str, region: str) -> Any:
        client = self._session.create_client(
            service,
            region_name=region,
            endpoint_url=INSIDE_URL,
            aws_access_key_id=DUMMY_ACCESS_KEY,
            aws_secret_access_key=DUMMY_SECRET_KEY,
            config=Config(
                retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, inject_host_prefix=False, proxies={}
            ),
        )
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        pieces, status, headers = run_wsgi_app(self._app, _environ(request), buffered=True)
        return AWSResponse(request.url, int(status.split(" ", 1)[0]), dict(headers.items()), _Raw(b"".join(pieces)))
