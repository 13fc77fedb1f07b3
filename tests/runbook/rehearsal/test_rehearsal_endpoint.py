"""The endpoint file is whole or absent, and leads nowhere but to this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook.errors import RehearsalError
from runbook.rehearsal.endpoint import (
    EndpointFile,
    dummy_environment,
    endpoint_path,
    read_endpoint,
    remove_endpoint,
    require_loopback,
    write_endpoint,
)

FILE = EndpointFile("http://127.0.0.1:4000", 17, "2026-11-23T00:00:00+00:00", "token", "version")


def test_what_is_written_is_read_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_endpoint(tmp_path, FILE)
    assert read_endpoint(tmp_path) == FILE
    assert [path.name for path in endpoint_path(tmp_path).parent.iterdir()] == ["endpoint.json"]
    assert endpoint_path(tmp_path).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"url": "http://127.0.0.1:1"}', '{"url": 1, "pid": "x", "started": 1, "token": 1}']
)
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    endpoint_path(tmp_path).parent.mkdir(parents=True)
    endpoint_path(tmp_path).write_text(text)
    assert read_endpoint(tmp_path) is None


def test_a_file_that_leads_to_another_machine_is_as_good_as_none(tmp_path: Path) -> None:
    write_endpoint(tmp_path, EndpointFile("http://192.0.2.1:4000", 17, "now", "token", "version"))
    assert read_endpoint(tmp_path) is None


def test_only_the_own_file_is_removed(tmp_path: Path) -> None:
    write_endpoint(tmp_path, FILE)
    remove_endpoint(tmp_path, "another token")
    assert read_endpoint(tmp_path) == FILE
    remove_endpoint(tmp_path, "token")
    assert read_endpoint(tmp_path) is None


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:80", "https://s3.amazonaws.com", "http://127.0.0.1.example.com", "x"]
)
def test_an_address_beyond_this_machine_is_refused(url: str) -> None:
    with pytest.raises(RehearsalError, match="not on this machine"):
        require_loopback(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:80", "http://localhost:1", "http://[::1]:1"])
def test_an_address_on_this_machine_is_accepted(url: str) -> None:
    assert require_loopback(url) == url


def test_the_dummy_environment_holds_nobodys_credentials() -> None:
    environment = dummy_environment()
    assert environment["AWS_ACCESS_KEY_ID"] == environment["AWS_SECRET_ACCESS_KEY"] == "testing"
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
