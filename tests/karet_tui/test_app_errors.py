from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_runs import FakeRuns
from textual.widgets import DataTable, Static
from textual.worker import WorkerFailed
from tui_steps import SMALL, pressed, settled, until

from karet_tui.app import KaretApp
from karet_tui.error_screen import ErrorScreen
from karet_tui.mfa_screen import MfaScreen
from runbook.errors import AwsError, LockError, SettingsError, WaitingError
from runbook.runs.options import Options

DENIED = AwsError(
    "User is not authorized",
    service="s3",
    operation="HeadBucket",
    code="AccessDenied",
    resource_id="s3.bucket",
    request_id="REQ1",
    hint="Ask for s3:ListBucket.",
)


def box(app: Any) -> str:
    return "\n".join(str(one.render()) for one in app.screen.query(Static))


def opened_by(open_runs: Any, fake: FakeRuns, tmp_path: Path) -> KaretApp:
    return KaretApp(
        Options(rehearsal=True, state_dir=tmp_path), open_runs=open_runs, read_sections=lambda: fake.sections
    )


async def test_wrong_settings_are_shown_whole_and_the_app_ends_with_their_exit_code(
    fake: FakeRuns, tmp_path: Path
) -> None:
    def wrong(*_: object) -> Any:
        raise SettingsError("2 settings are wrong", problems=("karet.toml:3: zones", "karet.toml:9: tls"), hint="Fix.")

    app = opened_by(wrong, fake, tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, ErrorScreen)
        for words in ("2 settings are wrong", "karet.toml:3: zones", "karet.toml:9: tls", "Fix."):
            assert words in box(app)
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value == 64


async def test_opening_can_be_tried_again(fake: FakeRuns, tmp_path: Path) -> None:
    answers: list[Any] = [WaitingError("there are no valid credentials", hint="Run aws sso login."), fake]

    def second_time(*_: object) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, WaitingError):
            raise answer
        return answer

    app = opened_by(second_time, fake, tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        assert "Run aws sso login." in box(app)
        await pressed(pilot, "r")
        assert app.walk.runs is fake


async def test_a_refused_read_names_resource_call_code_and_what_to_do(make_app: Any, fake: FakeRuns) -> None:
    fake.plan_error = DENIED
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p")
        assert str(app.screen.query_one("#box").border_title) == "Cannot plan section 2"
        for words in ("s3.bucket", "s3.HeadBucket", "AccessDenied", "REQ1", "User is not", "Ask for s3:ListBucket."):
            assert words in box(app)
        await pressed(pilot, "enter")
        assert not isinstance(app.screen, ErrorScreen)
        assert app.walk.here.doing == ""


async def test_a_run_that_cannot_begin_says_why_and_leaves_the_plan(make_app: Any, fake: FakeRuns) -> None:
    fake.apply_error = LockError("another apply of this stack runs", hint="Wait for it.")
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a", "enter")
        assert "another apply of this stack runs" in box(app)
        await pressed(pilot, "escape")
        assert app.walk.at_work is None
        assert app.walk.situation.planned


async def test_a_change_that_failed_keeps_its_error_beside_it(make_app: Any, fake: FakeRuns) -> None:
    fake.fails["s3.bucket"] = DENIED
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a", "enter")
        assert app.walk.here.mark.words == "failed"
        assert str(app.query_one("#resources-table", DataTable).get_row_at(0)[0]) == "✗ failed"
        details = " ".join(str(app.query_one("#change-text", Static).render()).split())
    assert "s3.HeadBucket failed with AccessDenied" in details
    assert "Ask for s3:ListBucket." in details


async def test_a_verification_while_another_operator_applies_is_made_and_not_recorded(
    make_app: Any, fake: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = FakeRuns.verify

    def locked(self: FakeRuns, words: Any, *, command: str = "", on_event: Any) -> Any:
        if command:
            raise LockError("ada@laptop applies since 12:00")
        return usual(self, words, on_event=on_event)

    monkeypatch.setattr(FakeRuns, "verify", locked)
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "v")
        assert len(app.walk.here.checks) == 1
        assert "not recorded in the journal: ada@laptop applies since 12:00" in app.view.log_pane._session


async def test_a_mistake_of_the_program_ends_the_app_with_its_traceback(
    make_app: Any, fake: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeRuns, "plan", lambda *_, **__: 1 // 0)
    app = make_app()

    async def use() -> None:
        async with app.run_test(size=SMALL) as pilot:
            await settled(pilot)
            await pilot.press("p")
            await until(pilot, lambda: not app.is_running)

    with pytest.raises(WorkerFailed, match="division"):
        await use()
    assert app.return_code == 1


async def test_an_mfa_code_is_asked_for_on_the_screen_and_never_shown(fake: FakeRuns, tmp_path: Path) -> None:
    given: list[str] = []

    def with_code(_: Any, ask_mfa: Any) -> Any:
        given.append(ask_mfa("Enter MFA code for arn:aws:iam::1:mfa/ada: "))
        return fake

    app = opened_by(with_code, fake, tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MfaScreen))
        assert "arn:aws:iam::1:mfa/ada" in box(app)
        await pilot.press("enter", *"123456")
        await pilot.pause()
        assert "123456" not in app.export_screenshot()
        await pressed(pilot, "enter")
        assert app.walk.runs is fake
    assert given == ["123456"]


async def test_without_an_mfa_code_the_stack_stays_closed(fake: FakeRuns, tmp_path: Path) -> None:
    app = opened_by(lambda _, ask_mfa: ask_mfa("code: "), fake, tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MfaScreen))
        await pressed(pilot, "escape")
        assert "no MFA code was given" in box(app)
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value == WaitingError.exit_code


async def test_leaving_while_a_code_is_asked_for_lets_the_thread_go(fake: FakeRuns, tmp_path: Path) -> None:
    app = opened_by(lambda _, ask_mfa: ask_mfa("code: "), fake, tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MfaScreen))
        await pilot.press("ctrl+q")
        await pilot.pause()
    assert app.return_value == 0
    assert app._asked is not None
    assert app._asked.cancelled()
