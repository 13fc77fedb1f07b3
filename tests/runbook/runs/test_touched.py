from __future__ import annotations

import pytest

from runbook.runs.touched import touched
from runbook.settings import Deployment, revised

BEFORE = Deployment(region="eu-west-1", domain="karet.example.com").for_account("123456789012")


def test_the_same_settings_touch_nothing() -> None:
    assert touched(BEFORE, revised(BEFORE, {})) == []


def test_another_count_touches_the_service_and_what_was_applied() -> None:
    found = {one.id: one.settings for one in touched(BEFORE, revised(BEFORE, {"web.count": 3}))}
    assert "count" in found.pop("services.web")
    assert list(found) == ["prerequisites.settings"]


@pytest.mark.parametrize(
    ("network", "comes"), [("endpoints", "network.endpoint-logs"), ("nat-per-az", "network.nat-b")]
)
def test_another_network_says_what_comes_and_what_goes(network: str, comes: str) -> None:
    found = {one.id: one.how for one in touched(BEFORE, revised(BEFORE, {"network": network}))}
    assert found[comes] == "new"
    assert ("network.nat-a" in found) == (network == "endpoints")
    assert "network.private-a" not in found, "a subnet stays what it is"


def test_what_goes_is_named_before_what_it_needs() -> None:
    gone = [one.id for one in touched(BEFORE, revised(BEFORE, {"network": "endpoints"})) if one.how == "gone"]
    assert gone.index("network.nat-a") < gone.index("network.address-a")
