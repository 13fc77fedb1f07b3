"""Performers: what is sent, what is asked for, and what is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from runbook.engine.performers import AwsPerformer, BulkPerformer, Performers, PersonPerformer, Workbench
from runbook.errors import AwsError, PlanError, StaleError, WaitingError
from runbook.kinds.kind import Loop
from runbook.model import Call, File, Json, Permission, Secret


@dataclass
class Wire:
    """AWS that notes what is sent."""

    error: AwsError | None = None
    sent: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    def look(self) -> Any:
        raise AssertionError("no performer looks by itself")

    def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return {"read": [service, operation, dict(params)]}

    def first_page(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return self.read(service, operation, params)

    def send(self, service: str, operation: str, params: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        self.sent.append((service, operation, params))
        if self.error:
            raise self.error
        return {"done": True}, "req-1"


def bench(wire: Wire) -> Workbench:
    return Workbench(wire, "0123", lambda _page: None, lambda: False)


def test_documents_files_secrets_and_the_token_are_made_when_they_are_sent(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b"\x00\x01")
    wire = Wire()
    params = {"Policy": Json({"b": 1, "a": ("x",)}), "Body": File.of(path), "Deep": [{"Secret": Secret(12)}]}
    answer = AwsPerformer().perform(Call("s3", "PutObject", params, token="ClientToken"), bench(wire))
    sent = wire.sent[0][2]
    assert sent["Policy"] == '{"a":["x"],"b":1}'
    assert sent["Body"] == b"\x00\x01"
    assert sent["ClientToken"] == "0123"
    assert len(sent["Deep"][0]["Secret"]) == 12
    assert sent["Deep"][0]["Secret"].isalnum()
    assert (answer.body, answer.request_id) == ({"done": True}, "req-1")


def test_a_secret_is_another_one_each_time() -> None:
    wire = Wire()
    for _ in range(2):
        AwsPerformer().perform(Call("x", "Y", {"S": Secret()}), bench(wire))
    first, second = (params["S"] for _, _, params in wire.sent)
    assert first != second


def test_a_file_that_changed_since_the_plan_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b"one")
    call = Call("s3", "PutObject", {"Body": File.of(path)})
    path.write_bytes(b"two")
    wire = Wire()
    with pytest.raises(StaleError, match=r"config\.json"):
        AwsPerformer().perform(call, bench(wire))
    path.unlink()
    with pytest.raises(PlanError, match="cannot be read"):
        AwsPerformer().perform(call, bench(wire))
    assert wire.sent == []


def test_a_call_that_the_service_model_does_not_know_is_refused_before_it_is_sent() -> None:
    performers = Performers({"person": PersonPerformer(), "bulk": BulkPerformer({})})
    calls = {
        "good": (Call("s3", "CreateBucket", {"Bucket": "b"}),),
        "bad": (
            Call("s3", "CreateBukket"),
            Call("s3", "CreateBucket", {"Bukket": "b"}),
            Call("bulk", "Empty"),
            Call("person", "Sign", {"what": "x"}),
            Call("nowhere", "Do"),
        ),
    }
    with pytest.raises(PlanError) as caught:
        performers.check(calls)
    lines = caught.value.message.splitlines()[1:]
    assert all(line.startswith("  bad: ") for line in lines)
    for what in ("s3.CreateBukket", "Bukket", "bulk.Empty", "person.Sign", "nowhere.Do"):
        assert any(what in line for line in lines)
    performers.check({"good": calls["good"]})


def test_a_permission_is_the_action_of_the_call_unless_it_states_its_own() -> None:
    performer = AwsPerformer()
    assert performer.permissions(Call("elbv2", "CreateRule", on="arn:x")) == (
        Permission("elasticloadbalancing:CreateRule", "arn:x"),
    )
    own = Permission("iam:PassRole", "arn:role")
    assert performer.permissions(Call("ecs", "CreateService", permissions=(own,))) == (own,)
    assert PersonPerformer().permissions(Call("person", "Sign")) == ()


def test_a_loop_gets_its_parameters_and_tells_its_pages() -> None:
    pages: list[Mapping[str, Any]] = []

    def empty(params: Mapping[str, Any], work: Workbench) -> dict[str, Any]:
        for number in range(2):
            found = work.read("s3", "ListObjectVersions", Bucket=params["Bucket"])
            work.send("s3", "DeleteObjects", Bucket=params["Bucket"])
            work.page({"number": number, "read": found["read"][1]})
        return {"deleted": 2}

    performer = BulkPerformer({"EmptyBucket": Loop(empty, ("Bucket",), ("s3:DeleteObjectVersion",))})
    call = Call("bulk", "EmptyBucket", {"Bucket": "b"}, on="arn:b")
    wire = Wire()
    answer = performer.perform(call, Workbench(wire, "t", pages.append, lambda: False))
    assert answer.body == {"deleted": 2}
    assert [operation for _, operation, _ in wire.sent] == ["DeleteObjects"] * 2
    assert [page["number"] for page in pages] == [0, 1]
    assert performer.problems(call) == []
    assert performer.problems(Call("bulk", "EmptyBucket", {"Bukket": "b"})) == [
        "bulk.EmptyBucket takes Bucket, but got Bukket"
    ]
    assert performer.permissions(call) == (Permission("s3:DeleteObjectVersion", "arn:b"),)


def test_a_person_is_told_what_to_do_and_how() -> None:
    call = Call("person", "DelegateZone", {"what": "delegate the zone", "how": "at the registrar"})
    assert PersonPerformer().problems(call) == []
    with pytest.raises(WaitingError, match="delegate the zone") as caught:
        PersonPerformer().perform(call, bench(Wire()))
    assert caught.value.hint == "at the registrar"


def test_an_error_without_a_secret_in_it_passes_as_it_is() -> None:
    error = AwsError("no", service="x", operation="Y", code="Invalid")
    with pytest.raises(AwsError) as caught:
        AwsPerformer().perform(Call("x", "Y", {"S": Secret()}), bench(Wire(error)))
    assert caught.value is error
