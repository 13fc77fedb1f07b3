"""Every rule has a test that it bites, a source, and a line in the documentation."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from rehearsal_bites import SHOWN

from runbook.rehearsal.not_rehearsed import NOT_REHEARSED
from runbook.rehearsal.page import main, not_rehearsed_table, rules_table, transitions_table
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.rules.table import RULES, rules_for
from runbook.rehearsal.states import TRANSITIONS
from runbook.rehearsal.wire import service_model

PAGE = Path(__file__).parents[3] / "docs" / "rehearsal.md"
SHOWING = tuple(
    importlib.import_module(path.stem)
    for path in sorted(Path(__file__).parent.glob("test_rehearsal_rules_*.py"))
    if path.name != Path(__file__).name
)


def test_every_rule_is_shown_to_bite() -> None:
    assert len(SHOWING) >= 4
    assert {(rule.service, rule.gap) for rule in RULES} == SHOWN


def test_no_two_rules_close_the_same_gap() -> None:
    assert len({(rule.service, rule.gap) for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("service", sorted({rule.service for rule in RULES}))
def test_rules_name_operations_that_exist(service: str) -> None:
    known = set(service_model(service).operation_names)
    for rule in (rule for rule in RULES if rule.service == service):
        assert rule.operations == ("*",) or set(rule.operations) <= known, rule.gap
        assert rule.source


def test_a_rule_for_all_operations_applies_to_each_of_its_service_and_to_no_other() -> None:
    gaps = [rule.gap for rule in rules_for("ec2", "DescribeVpcs")]
    assert any("DryRun" in gap for gap in gaps)
    assert not any("DryRun" in rule.gap for rule in rules_for("s3", "CreateBucket"))


def test_a_rule_with_two_functions_or_without_a_code_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Rule("s3", ("*",), "gap", "source", refuse=lambda *_: None, complete=lambda *_: None, code="X")
    with pytest.raises(ValueError, match="error code"):
        Rule("s3", ("*",), "gap", "source", refuse=lambda *_: None)


@pytest.mark.parametrize("table", [rules_table, transitions_table, not_rehearsed_table])
def test_the_page_holds_the_table_as_it_is(table: object) -> None:
    assert callable(table)
    fresh = table() in PAGE.read_text(encoding="utf-8")
    assert fresh, "write it anew: python -m runbook.rehearsal.page docs/rehearsal.md"


def test_writing_the_tables_keeps_the_text_around_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text(encoding="utf-8").replace(rules_table(), ""), encoding="utf-8")
    main([str(page)])
    assert page.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")


def test_the_tables_name_every_row() -> None:
    assert all(rule.gap in rules_table() for rule in RULES)
    assert all(row.method in transitions_table() for row in TRANSITIONS)
    assert all(row.what in not_rehearsed_table() for row in NOT_REHEARSED)
