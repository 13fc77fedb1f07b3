from __future__ import annotations

from typing import Any

from screen_app import text_of
from textual.app import App, ComposeResult

from karet_tui.line_log import LineLog


class LogApp(App[None]):
    def compose(self) -> ComposeResult:
        yield LineLog(most=100, id="log")


def shown(app: Any) -> list[str]:
    return [line.rstrip(" ▁▂▃▄▅▆▇█▏") for line in text_of(app).splitlines()]


async def test_a_log_follows_its_end_until_somebody_looks_elsewhere_and_keeps_a_bounded_number() -> None:
    app = LogApp()
    async with app.run_test(size=(22, 5)) as pilot:
        log = app.query_one(LineLog)
        log.focus()
        log.add_lines(f"line {number}" for number in range(8))
        await pilot.pause()
        assert shown(app) == ["line 3", "line 4", "line 5", "line 6", "line 7"]
        log.add_lines(["a line that is longer than the screen is wide"])
        await pilot.pause()
        assert [len(line) <= 20 for line in shown(app)] == [True] * 5
        assert "".join(shown(app)[-3:]).replace(" ", "") == "alinethatislongerthanthescreeniswide"
        await pilot.press("home")
        await pilot.pause()
        assert shown(app)[0] == "line 0"
        log.add_lines(["later"])
        await pilot.pause()
        assert shown(app)[0] == "line 0", "who reads is not pushed away"
        await pilot.press("end")
        log.add_lines(f"more {number}" for number in range(150))
        await pilot.pause()
        assert len(log.lines) == 90
        assert shown(app)[-1] == "more 149"
        log.show_lines(["日本語" * 5, "✗ e\u0301nd \x1b[31m"])
        await pilot.pause()
        assert "".join(shown(app)[:2]).replace(" ", "") == "日本語" * 5
        assert "\x1b" not in text_of(app)
        await pilot.resize_terminal(60, 5)
        await pilot.pause()
        assert shown(app)[0] == "日本語" * 5
