"""One rehearsal process for each state directory: started once, joined by others, replaced when it is stale."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from rehearsal_clients import make_client

import runbook
from runbook.errors import RehearsalError
from runbook.rehearsal import join
from runbook.rehearsal.endpoint import EndpointFile, endpoint_path, read_endpoint, write_endpoint


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    join.stop(tmp_path)


def ended(pid: int) -> bool:
    """True once the process is gone; waits for it, since it is a child of this one."""
    child = join._children.pop(pid)
    child.wait(timeout=20)
    return child.returncode is not None


def test_two_at_once_start_one_and_later_ones_join_it(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    found: list[join.Endpoint] = []
    threads = [Thread(target=lambda: found.append(join.start_or_join(state))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.delenv("AWS_PROFILE")
    assert sorted(endpoint.started_here for endpoint in found) == [False, True]
    assert len({(endpoint.url, endpoint.pid) for endpoint in found}) == 1

    s3 = make_client(found[0].url, "s3")
    s3.create_bucket(Bucket="karet")
    program = (
        "import sys, pathlib\n"
        "from runbook.rehearsal import join\n"
        "endpoint = join.start_or_join(pathlib.Path(sys.argv[1]), domain='example.com', pace=0.5,\n"
        "                              faults=['s3.CreateBucket:503'])\n"
        "print(endpoint.started_here, endpoint.pid)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(state)], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["False", str(found[0].pid)], done.stderr
    assert set(join.inventory(state)) == {"global s3.buckets", "global route53.zones"}
    assert [call["operation"] for call in join.calls(state)] == ["CreateBucket"]
    join.reset(state)
    assert set(join.inventory(state)) == {"global route53.zones"}
    with pytest.raises(RehearsalError, match="no operation"):
        join.add_faults(state, ["s3.CreateBuckets:503"])
    assert join.stop(state) is True
    assert read_endpoint(state) is None
    assert join.stop(state) is False


@pytest.mark.prove
def test_a_killed_server_is_replaced_and_a_stopped_one_cannot_be_told_anything(state: Path) -> None:
    first = join.start_or_join(state)
    os.kill(first.pid, signal.SIGKILL)
    assert ended(first.pid)
    with pytest.raises(RehearsalError, match="no rehearsal is running"):
        join.reset(state)
    second = join.start_or_join(state)
    assert second.started_here
    assert second.pid != first.pid
    assert join.inventory(state) == {}


@pytest.mark.prove
def test_a_server_of_another_version_is_ended_and_replaced(state: Path) -> None:
    first = join.start_or_join(state)
    file = read_endpoint(state)
    assert file is not None
    write_endpoint(state, EndpointFile(file.url, file.pid, file.started, file.token, "another version"))
    second = join.start_or_join(state)
    assert second.started_here
    assert second.pid != first.pid
    assert first.pid not in join._children


def test_an_idle_server_ends_by_itself_and_takes_its_file_along(state: Path) -> None:
    endpoint = join.start_or_join(state, idle_s=0.2)
    assert ended(endpoint.pid)
    assert read_endpoint(state) is None


def test_a_file_of_a_stranger_is_replaced_without_harming_him(state: Path, aws: Any) -> None:
    # The port is somebody else's by now, and the pid is too: neither is stopped.
    write_endpoint(state, EndpointFile(aws.url, os.getpid(), "now", "not his token", join.source_version()))
    endpoint = join.start_or_join(state)
    assert endpoint.started_here
    assert aws.calls() == []


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 131\r\n\r\n", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n{"],
    ids=["nothing", "half an answer", "no HTTP", "half a JSON"],
)
def test_a_server_that_dies_while_it_answers_is_as_good_as_gone(tmp_path: Path, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer_once() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = Thread(target=answer_once)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        write_endpoint(tmp_path, EndpointFile(url, 1, "now", "token", join.source_version()))
        with pytest.raises(RehearsalError, match="no rehearsal is running"):
            join.reset(tmp_path)
        thread.join()


def test_a_server_that_is_busy_is_waited_for_and_not_thrown_away(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = join.start_or_join(state, pace=0.5)
    asked: list[str] = []
    ask = join._ask

    def late(endpoint: EndpointFile, method: str, door: str, *more: Any, **named: Any) -> Any:
        asked.append(door)
        if len(asked) < 3:
            raise join._Busy("timed out")
        return ask(endpoint, method, door, *more, **named)

    monkeypatch.setattr(join, "_ask", late)
    second = join.start_or_join(state)
    assert (second.pid, second.started_here) == (first.pid, False)
    assert second.pace == first.pace == 0.5
    assert asked == ["health"] * 3


def test_a_bad_fault_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="explode"):
        join.start_or_join(tmp_path, faults=["s3.PutObject:explode"])
    assert not endpoint_path(tmp_path).parent.exists()


def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "moto.py").write_text("raise RuntimeError('no moto today')")
    monkeypatch.setattr(join, "_environment", lambda: {**os.environ, "PYTHONPATH": _path(tmp_path / "broken")})
    with pytest.raises(RehearsalError, match="no moto today"):
        join.start_or_join(tmp_path / "state")


def _path(first: Path) -> str:
    return f"{first}{os.pathsep}{Path(runbook.__file__).parents[1]}"
