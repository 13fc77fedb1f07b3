"""Every value that a later call uses is told with the answer it stood in, as a path that finds it again elsewhere."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.engine.provenance import Provenance
from runbook.model import Call, Known, Wait, ref

VPC = "vpc-0a1b2c3d4e5f60718"
GROUPS = {
    "SecurityGroups": [
        {"GroupId": "sg-11111111111111111", "GroupName": "web"},
        {"GroupId": "sg-22222222222222222", "GroupName": "alb"},
    ]
}


class Answers:
    """AWS that answers every read with the same."""

    account, region, partition = "123456789012", "us-east-1", "aws"

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body

    def read(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        return self.body

    def find(self, service: str, operation: str, absent: Any, **params: Any) -> dict[str, Any] | None:
        return self.body


def looked(body: dict[str, Any], id_: str = "a.b") -> Provenance:
    provenance = Provenance()
    provenance.looking(id_, Answers(body)).read("ec2", "DescribeThings", Ids=["x"])
    return provenance


def test_the_answer_to_the_call_itself_comes_before_any_read() -> None:
    provenance = looked({"Vpcs": [{"VpcId": VPC}]})
    provenance.answered("a.b", "digest", {"Vpc": {"VpcId": VPC}})
    told = provenance.told("a.b", {"id": VPC}, None, Known({}))
    assert told == {"outputs": {"id": VPC}, "sources": {"id": {"digest": "digest", "path": "Vpc.VpcId"}}}


def test_an_item_of_a_list_is_found_by_what_is_the_same_in_every_account() -> None:
    told = looked(GROUPS).told("a.b", {"id": "sg-22222222222222222"}, None, Known({}))
    assert told["sources"]["id"]["path"] == "SecurityGroups[?GroupName=='alb'].GroupId | [0]"
    assert told["sources"]["id"]["params"] == {"Ids": ["x"]}


def test_what_the_runbook_put_together_has_no_source() -> None:
    assert looked(GROUPS).told("a.b", {"id": "made/up"}, None, Known({}))["sources"] == {}


def test_ids_in_the_parameters_of_a_call_are_told_with_the_read_before_it() -> None:
    provenance = looked({"HostedZones": [{"Id": "/hostedzone/Z0123456789", "Name": "example.com."}], "X": "TTL"})
    found = provenance.of_values("a.b", {"HostedZoneId": "Z0123456789", "Kind": "TTL"})
    assert list(found) == ["Z0123456789"]
    assert found["Z0123456789"]["path"] == "HostedZones[0].Id"


def test_a_wait_is_told_and_keeps_what_is_not_known_any_more() -> None:
    wait = Wait(Call("ec2", "DescribeVpcs", {"VpcIds": [ref("a.b", "id")]}), "length(Vpcs) > `0`", "the VPC")
    assert looked(GROUPS).told("a.b", {}, wait, Known({"a.b": {"id": VPC}}))["wait"]["call"]["params"] == {
        "VpcIds": [VPC]
    }
    assert looked(GROUPS).told("a.b", {}, wait, Known({"a.b": {}}))["wait"]["call"]["params"] == {
        "VpcIds": ["${a.b.id}"]
    }


def test_a_told_resource_is_forgotten() -> None:
    provenance = looked(GROUPS)
    provenance.told("a.b", {}, None, Known({}))
    assert provenance.of_values("a.b", ["sg-22222222222222222"]) == {}


names = st.sampled_from(["Id", "Name", "Items", "More", "odd-name"])
bodies = st.dictionaries(
    names,
    st.recursive(
        st.text("abc123", min_size=1, max_size=9) | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=12,
    ),
    max_size=4,
)


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inside for text in texts(one)]


@given(bodies)
def test_every_path_finds_its_value_in_the_answer(body: dict[str, Any]) -> None:
    for text in texts(body):
        told = looked(body).told("a.b", {"id": text}, None, Known({}))
        for source in told["sources"].values():
            assert jmespath.search(source["path"], body) == text


@pytest.mark.parametrize("name", ["it's", "back\\slash"])
def test_a_name_that_a_filter_cannot_hold_is_not_put_into_one(name: str) -> None:
    body = {"Items": [{"Name": name, "Id": "a-123456789"}, {"Name": "other", "Id": "b-123456789"}]}
    told = looked(body).told("a.b", {"id": "a-123456789"}, None, Known({}))
    assert jmespath.search(told["sources"]["id"]["path"], body) == "a-123456789"
