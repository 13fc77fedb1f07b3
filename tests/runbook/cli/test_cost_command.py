"""karet cost: the contract of its machine output, what people see, nothing drawn in a pipe, and wrong input."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runbook.cli import terminal
from runbook.cli.main import run
from runbook.cost.estimate import cents, estimate
from runbook.cost.network_lines import NETWORKS
from runbook.cost.usage import USAGE
from runbook.pricing.snapshot import snapshot
from runbook.settings import load


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Ask = Callable[..., Said]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs `karet cost` in an empty folder, without account and rehearsal."""
    monkeypatch.chdir(tmp_path)

    def one(*arguments: str) -> Said:
        capsys.readouterr()
        code = run(["cost", "--state-dir", str(tmp_path / "state"), *arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return one


def test_the_documents_sizing_as_json_is_the_librarys_estimate(ask: Ask) -> None:
    told = ask("--json", "--region", "us-east-1").json
    setting = load(None, (), environ={}, profile_region=lambda: None, region_flag="us-east-1", rehearsal=True)
    made = estimate(setting.deployment, USAGE["typical"], snapshot())
    assert {"region", "source", "as_of", "lines", "usd_per_month", "at_least"} <= told.keys()
    assert told["usd_per_month"] == pytest.approx(float(made.usd_per_month))
    by_resource: dict[str, float] = {}
    for line in told["lines"]:
        by_resource[line["resource"]] = by_resource.get(line["resource"], 0) + line["usd_per_month"]
    for resource, usd in made.by_resource().items():
        assert by_resource[resource] == pytest.approx(float(usd)), resource
    lines = {(line["resource"], line["label"]): line["usd_per_month"] for line in told["lines"]}
    assert lines["balancer.load-balancer", "load balancer"] == 16.425
    assert lines["balancer.load-balancer", "capacity units"] == 5.84
    assert lines["network.nat-a", "NAT gateway"] == 32.85
    assert lines["network.address-a", "public IPv4 address"] == 3.65


def test_people_see_every_line_the_total_and_where_prices_come_from(ask: Ask) -> None:
    said = ask("--region", "us-east-1")
    assert said.code == 0
    assert said.out == ""
    for text in ("services.web", "$29.55", "Fixed, due without any use", "snapshot of", "Fargate Spot is not in"):
        assert text in said.err
    assert max(len(line) for line in said.err.splitlines() if line.startswith("  ")) <= 100
    assert "█" not in said.err


def test_bars_are_drawn_on_a_terminal_and_nowhere_else(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "interactive", lambda: True)
    said = ask("--region", "us-east-1")
    assert "Fargate tasks" in said.err
    assert "█" in said.err
    assert "█" not in ask("--region", "us-east-1", "--json").out


def test_a_bill_of_eighty_columns_is_whole(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "interactive", lambda: True)
    monkeypatch.setattr(terminal, "width", lambda: 80)
    for more in ((), ("--network", "all"), ("--set", "network=endpoints"), ("--audit",)):
        said = ask("--region", "eu-west-1", *more)
        wide = [line for line in said.err.splitlines() if len(line) > 80]
        assert wide == []


def test_csv_has_a_header_and_with_several_regions_the_region_first(ask: Ask) -> None:
    one = list(csv.DictReader(io.StringIO(ask("--format", "csv", "--region", "us-east-1").out)))
    two = list(csv.DictReader(io.StringIO(ask("--format", "csv", "--regions", "us-east-1,eu-west-1").out)))
    assert len(two) == 2 * len(one)
    assert {row["region"] for row in two} == {"us-east-1", "eu-west-1"}
    assert one[0]["resource"] == "s3.bucket"


def test_several_regions_are_several_documents_under_one_key(ask: Ask) -> None:
    told = ask("--json", "--regions", "eu-west-1,us-east-1", "--regions", "eu-west-1").json
    assert [one["region"] for one in told["regions"]] == ["eu-west-1", "us-east-1"]
    assert told["regions"][0]["usd_per_month"] > told["regions"][1]["usd_per_month"]
    said = ask("--regions", "eu-west-1,us-east-1")
    assert "The same stack in each region" in said.err


def test_all_networks_stand_side_by_side_with_their_break_even_points(ask: Ask) -> None:
    told = ask("--network", "all", "--json", "--region", "us-east-1").json
    assert [one["network"] for one in told["networks"]] == list(NETWORKS)
    for one in told["networks"]:
        alone = ask("--network", one["network"], "--json", "--region", "us-east-1").json
        assert alone["network"] == one["network"]
        assert alone["usd_per_month"] == pytest.approx(one["stack_usd_per_month"])
    said = ask("--network", "all", "--region", "us-east-1").err
    point = next(one for one in told["break_even"] if {one["one"], one["other"]} == {"nat", "endpoints"})
    assert f"{point['gib']:,.1f}  nat is cheaper below, endpoints above" in said
    assert "cheapest built" in said
    assert "- Every task has a public address." in said


def test_usage_bands_and_files_change_the_bill(ask: Ask, tmp_path: Path) -> None:
    low, typical, high = (ask("--json", "--usage", band).json["usd_per_month"] for band in ("low", "typical", "high"))
    assert low < typical < high
    (tmp_path / "mine.toml").write_text("logs_ingest_gib = 100\n")
    assert ask("--json", "--usage", "mine.toml").json["usd_per_month"] - typical == pytest.approx(
        2 * 97.5 * 0.50 + 2 * 97.5 * (0.045 + 0.01), abs=0.01
    )
    (tmp_path / "part.toml").write_text('logs_ingest_gib = "unknown"\n')
    said = ask("--usage", "part.toml")
    assert "at least" in said.err
    assert ask("--usage", "part.toml", "--json").json["at_least"] is True


def test_the_free_tier_is_a_switch(ask: Ask) -> None:
    paid, free = (ask("--json", *more).json for more in ((), ("--free-tier",)))
    assert free["usd_per_month"] < paid["usd_per_month"]
    assert free["free_tier"] is True
    assert "are taken off" in ask("--free-tier").err


def test_the_documents_table_stands_beside_the_bill(ask: Ask) -> None:
    told = ask("--audit", "--json").json
    assert told["document_usd"] == 105
    assert told["computed_usd"] == pytest.approx(ask("--json").json["usd_per_month"])
    said = ask("--audit").err
    assert "Wrong" in said
    assert str(cents(snapshot().rate("nat.hour", "us-east-1").usd * 730)) in said


def test_without_any_region_the_documents_is_taken_and_said(ask: Ask) -> None:
    assert "us-east-1, the document's region" in ask().err
    assert "document's region" not in ask("--region", "us-east-1").err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--regions", "eu-west1"), 'did you mean "eu-west-1"'),
        (("--regions", "cn-north-1"), "AWS China"),
        (("--regions", "us-gov-west-1"), "GovCloud"),
        (("--regions", ","), "names no region"),
        (("--network", "endpoint"), 'did you mean "endpoints"'),
        (("--usage", "hihg"), 'did you mean "high"'),
        (("--usage", "none.toml"), "cannot be read"),
        (("--json", "--format", "csv"), "cannot both"),
        (("--format", "csv", "--network", "all"), "--format json"),
        (("--set", "web.cpu=3"), "web.cpu"),
    ],
)
def test_wrong_input_is_named_and_exits_with_sixty_four(arguments: tuple[str, ...], told: str, ask: Ask) -> None:
    said = ask(*arguments)
    assert said.code == 64
    assert told in said.err
    assert said.out == ""


def test_a_region_without_known_prices_says_unknown_on_every_line(ask: Ask) -> None:
    told = ask("--json", "--regions", "eu-north-1").json
    assert told["at_least"] is True
    assert any(line["usd_per_month"] is None for line in told["lines"])
    assert "unknown" in ask("--regions", "eu-north-1").err


def test_the_gateways_of_an_existing_vpc_are_said_not_to_be_in_the_bill(ask: Ask) -> None:
    subnets = [f'"subnet-0123456789abcdef{at}"' for at in range(4)]
    existing = (
        "vpc.id=vpc-0123456789abcdef0",
        f"vpc.public_subnet_ids=[{subnets[0]}, {subnets[1]}]",
        f"vpc.private_subnet_ids=[{subnets[2]}, {subnets[3]}]",
    )
    said = ask("--region", "us-east-1", *(word for setting in existing for word in ("--set", setting)))
    assert "somebody else's" in said.err
    assert "NAT gateway" not in said.err
