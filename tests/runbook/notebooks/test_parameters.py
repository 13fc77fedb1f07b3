"""A notebook's parameters: defaults in one place each, unknown ones an error by every way in."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest

from runbook.cost.network_lines import ENDPOINTS
from runbook.cost.traffic import Traffic
from runbook.cost.usage import USAGE
from runbook.errors import SettingsError
from runbook.notebooks.asked import INJECTED
from runbook.notebooks.estimate_question import EstimateQuestion
from runbook.notebooks.networks_question import NetworksQuestion
from runbook.notebooks.shelf import find, notebooks

QUESTIONS: dict[str, Any] = {"estimate": EstimateQuestion, "nat_vs_vpc_endpoints": NetworksQuestion}


def test_every_notebook_has_a_question_and_a_title() -> None:
    assert {one.name for one in notebooks()} == QUESTIONS.keys()
    assert find("nat_vs_vpc_endpoints").title == "NAT gateway or VPC endpoints?"


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_cell_tagged_parameters_has_every_parameter_with_its_default(name: str) -> None:
    assert find(name).parameters == asdict(QUESTIONS[name]())


def test_the_defaults_are_the_typical_usage_of_the_stack() -> None:
    question = NetworksQuestion()
    assert question.traffic == Traffic.of(USAGE["typical"])
    assert tuple(question.endpoints.split(", ")) == ENDPOINTS


def test_texts_become_values_of_the_defaults_types() -> None:
    values = find("nat_vs_vpc_endpoints").values(["zones=3", "logs_gib=7", "region = eu-west-1"])
    assert values == {"zones": 3, "logs_gib": 7.0, "region": "eu-west-1"}
    assert NetworksQuestion(**values).traffic.logs_gib == Decimal(7)


def test_every_wrong_text_is_named_with_the_nearest_parameter() -> None:
    with pytest.raises(SettingsError) as caught:
        find("estimate").values(["zonse=3", "zones=two", "region"])
    assert caught.value.problems == (
        'zonse is no parameter of estimate; did you mean "zones"?',
        "zones: 'two' is not a whole number",
        '"region" is not KEY=VALUE',
    )
    assert "network" in caught.value.hint


def test_an_unknown_notebook_is_named_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match='did you mean "estimate"'):
        find("estimates")


def test_a_value_that_papermill_puts_in_under_an_unknown_name_is_refused() -> None:
    cells = ["", 'region = "us-east-1"', f"{INJECTED}\nregoin = 'eu-west-1'\nzones = 3", "question = 1"]
    with pytest.raises(SettingsError) as caught:
        NetworksQuestion.asked({"region": "us-east-1", "regoin": "eu-west-1", "In": cells})
    assert caught.value.problems == ('regoin is no parameter; did you mean "region"?',)


def test_names_of_ones_own_beside_the_parameters_are_nobodys_business() -> None:
    asked = NetworksQuestion.asked({"zones": 3, "mine": 5, "In": ["zones = 3", "mine = 5"]})
    assert asked.zones == 3


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("zones", 2.5, "a whole number"),
        ("logs_gib", "5", "a number"),
        ("region", 1, "a text"),
        ("zones", True, "whole"),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: object, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        NetworksQuestion.asked({name: value})
    assert told in caught.value.problems[0]


def test_another_word_for_prices_is_refused() -> None:
    with pytest.raises(SettingsError, match="neither auto nor snapshot"):
        _ = EstimateQuestion(prices="lice").found
