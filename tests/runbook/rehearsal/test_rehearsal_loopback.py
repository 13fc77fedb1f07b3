"""Nothing inside the rehearsal reaches another machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runbook.rehearsal.join import _environment
from runbook.rehearsal.loopback import is_loopback

PROGRAM = """
import socket
from runbook.rehearsal.loopback import BeyondLoopbackError, stay_on_this_machine
stay_on_this_machine()
stay_on_this_machine()
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), timeout=5).close()
socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()
refused = []
for attempt in (
    lambda: socket.create_connection(("192.0.2.1", 80), timeout=0.2),
    lambda: socket.create_connection(("s3.amazonaws.com", 443), timeout=0.2),
    lambda: socket.getaddrinfo("example.com", 80),
    lambda: socket.gethostbyname("example.com"),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
    lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM).connect(("2001:db8::1", 80)),
):
    try:
        attempt()
    except BeyondLoopbackError:
        refused.append(True)
print(len(refused))
"""


def test_connections_and_lookups_beyond_this_machine_are_refused() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "6", done.stderr


SERVER = """
import pathlib, socket, sys
from runbook.rehearsal import server
def serve(options):
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=0.2)
    except OSError as error:
        (options.state_dir / "said").write_text(type(error).__name__)
server.serve = serve
server.main(["--state-dir", sys.argv[1]])
"""


def test_the_server_process_is_guarded_before_it_serves(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", SERVER, str(tmp_path)], check=True, timeout=60)
    assert (tmp_path / "said").read_text() == "BeyondLoopbackError"


def test_the_server_gets_nobodys_credentials_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "HTTPS_PROXY", "all_proxy", "MOTO_PORT"):
        monkeypatch.setenv(name, "canary-2b91")
    environment = _environment()
    assert "canary-2b91" not in environment.values()
    assert environment["AWS_ACCESS_KEY_ID"] == "testing"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "", b"127.0.0.1", None, "::1%lo"])
def test_this_machine_is_loopback(host: object) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "10.0.0.1", "169.254.169.254", "example.com", "localhost.example.com", b"x"]
)
def test_other_machines_are_not_loopback(host: object) -> None:
    assert not is_loopback(host)


def test_joining_loads_neither_moto_nor_boto3() -> None:
    program = (
        "import sys, runbook.rehearsal.join, runbook.rehearsal.not_rehearsed\n"
        "print([name for name in ('moto', 'boto3', 'botocore', 'flask', 'werkzeug') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
