"""What notebooks show: the same figures as the library and the command line, to the cent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runbook.cli.main import run
from runbook.cost.estimate import cents, estimate
from runbook.cost.usage import USAGE
from runbook.cost.whole_stack import Stack
from runbook.notebooks.estimate_question import EstimateQuestion
from runbook.notebooks.networks_question import NetworksQuestion
from runbook.notebooks.shown import FIGURE, Shown
from runbook.notebooks.sliders import STATIC, Sliders
from runbook.pricing.snapshot import snapshot
from runbook.settings import load

Cost = Callable[..., Any]


@pytest.fixture
def cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cost:
    """Runs `karet cost --json` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def one(*arguments: str) -> Any:
        capsys.readouterr()
        assert run(["cost", "--json", "--state-dir", str(tmp_path / "state"), *arguments]) == 0
        return json.loads(capsys.readouterr().out)

    return one


def _data(shown: Shown) -> dict[str, Any]:
    data: dict[str, Any] = shown._repr_mimebundle_()[FIGURE]
    return data


@pytest.mark.parametrize(
    ("region", "network", "usage", "zones"),
    [
        ("us-east-1", "nat", "typical", 2),
        ("eu-west-1", "endpoints", "high", 3),
        ("ap-northeast-1", "nat-per-az", "low", 2),
    ],
)
def test_notebook_command_line_and_library_agree_to_the_cent(
    region: str, network: str, usage: str, zones: int, cost: Cost
) -> None:
    told = cost("--region", region, "--network", network, "--usage", usage, "--set", f"zones={zones}")
    question = EstimateQuestion(region=region, network=network, usage=usage, zones=zones, prices="snapshot")
    loaded = load(
        None,
        (f"network={network}", f"zones={zones}"),
        environ={},
        profile_region=lambda: None,
        region_flag=region,
        rehearsal=True,
    )
    library = estimate(loaded.deployment, USAGE[usage], snapshot())
    shown = cents(question.found.usd_per_month)
    assert shown == cents(library.usd_per_month)
    assert float(shown) == pytest.approx(told["usd_per_month"], abs=0.0051)
    assert _data(question.answer)["usd_per_month"] == told["usd_per_month"]
    assert f"${shown:,}" in question.answer.text
    assert f"{shown:,}" in question.lines.text.splitlines()[-1]


def test_networks_of_notebook_and_command_line_agree(cost: Cost) -> None:
    told = cost("--region", "eu-west-1", "--network", "all", "--set", "zones=3")
    shown = _data(NetworksQuestion(region="eu-west-1", zones=3, prices="snapshot").answer)
    assert shown["usd_per_month"] == {one["network"]: one["usd_per_month"] for one in told["networks"]}


@pytest.fixture(scope="module")
def networks() -> NetworksQuestion:
    return NetworksQuestion(prices="snapshot")


def test_the_break_even_table_shows_the_division_that_gives_the_amount(networks: NetworksQuestion) -> None:
    point = networks.found.between("nat", "endpoints")[0]
    row = next(line for line in networks.points.text.splitlines() if line.startswith("nat = endpoints"))
    assert f"{point.gib:,.1f}" in row
    assert "per GiB) =" in row


def test_source_date_and_parameters_stand_above_the_figures(networks: NetworksQuestion) -> None:
    said = networks.source.text
    assert f"as of {snapshot().as_of}" in said
    assert "snapshot" in said
    assert "zones 2" in said
    assert "logs_gib 5" in said


def test_every_line_has_a_product_and_a_date(networks: NetworksQuestion) -> None:
    lines = networks.lines.text.splitlines()[1:]
    assert len(lines) > 10
    skus = {line.sku for one in networks.found.options for line in one.bill.lines}
    assert all(line.split()[-2] in skus for line in lines)


def test_networks_that_cannot_carry_the_traffic_are_not_on_the_map() -> None:
    drawn = NetworksQuestion(internet_in_gib=20, prices="snapshot").map
    assert "endpoints" not in drawn._repr_mimebundle_()["text/plain"]


def test_without_traffic_and_without_prices_something_is_shown_all_the_same() -> None:
    none = NetworksQuestion(ecr_api_gib=0, logs_gib=0, secrets_gib=0, queue_gib=0, prices="snapshot")
    assert "No two of the networks" in none.points.text
    assert "No two lines cross" in none.curves.says
    unknown = NetworksQuestion(region="eu-north-1", prices="snapshot")
    assert "no network can be called the cheapest" in unknown.answer.text
    assert "There is no map" in unknown.map._repr_mimebundle_()["text/plain"]
    assert "at least" in unknown.bills.text


def test_a_network_that_is_priced_only_can_be_estimated() -> None:
    question = EstimateQuestion(network="public-ip", prices="snapshot")
    bill = Stack.of(question.deployment, "public-ip").estimate(USAGE["typical"], snapshot())
    assert f"${cents(bill.usd_per_month):,}" in question.answer.text


def test_the_documents_table_has_its_sum_and_its_claims_are_judged() -> None:
    question = EstimateQuestion(prices="snapshot")
    last = question.document_table.text.splitlines()[-1].split()
    assert last[:3] == ["sum", "105", str(cents(question.found.usd_per_month))]
    assert question.claims.text.count("Wrong") == 2


def test_dollars_in_html_are_never_taken_for_formulas() -> None:
    shown = EstimateQuestion(prices="snapshot").answer
    assert "$" in shown.html
    assert "$" not in shown.html.replace("<span>$</span>", "")


def test_sliders_draw_answer_and_curves_anew_and_say_what_is_wrong(networks: NetworksQuestion) -> None:
    sliders = Sliders(networks)
    assert networks.answer.html in sliders.picture.value
    sliders.controls["endpoints"].value = ("logs",)
    assert networks.but(endpoints="logs").answer.html in sliders.picture.value
    assert "no way for" in sliders.picture.value
    assert "<svg" in sliders.picture.value
    bundle = sliders._repr_mimebundle_()
    assert bundle["text/plain"] == STATIC
    assert any("widget-view" in kind for kind in bundle)
