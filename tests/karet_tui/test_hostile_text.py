from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fake_runs import BUCKET, POLICY, SECTIONS, FakeRuns
from textual.content import Content
from tui_steps import WIDE, pressed, settled

from karet_tui.outcome_text import became, outcome_parts
from runbook.calls import Call
from runbook.checks import Evidence
from runbook.engine.executor import Report, StepReport
from runbook.errors import AwsError, WaitingError
from runbook.model import Correction, Difference, State

HOSTILE = "[red]x[/][@click=app.quit]x[/][/]\x1b[31mx\x1b]0;t\x07\u202e[link=x]"


def soiled(text: str) -> FakeRuns:
    """A stack in which everything that comes from outside holds the text."""
    change = replace(
        POLICY,
        id=f"s3.{text}",
        step=f"s3.{text}",
        reason=text,
        needs=(text,),
        differences=(Difference(text, {text: text}, [text]),),
        found=State("ready", name=text, foreign=(text,), reason=text),
        calls=(Call("s3", "PutBucketTagging", {text: [text, {text: text}]}),),
    )
    correction = Correction("2.1", text, text, text, text)
    sections = tuple(replace(one, title=f"{one.title} {text}", corrections=(correction,)) for one in SECTIONS)
    return FakeRuns(changes={1: (BUCKET,), 2: (change,), 3: ()}, sections=sections)


async def test_text_from_outside_is_shown_as_it_is_and_never_obeyed(
    make_app: Any, fake: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HOSTILE
    fake.__dict__.update(soiled(text).__dict__)
    usual = fake.verify

    def verify(*args: Any, **more: Any) -> Any:
        return [
            replace(one, statement=text, detail=text, hint=text, evidence=(Evidence(text, text),))
            for one in usual(*args, **more)
        ]

    monkeypatch.setattr(fake, "verify", verify)
    app = make_app()
    shown = []

    def frame() -> None:
        lines = app.screen._compositor.render_strips()
        shown.append("\n".join("".join(segment.text for segment in line) for line in lines))

    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pressed(pilot, "n")
        frame()
        for keys in (("p",), ("a",), ("escape", "v"), ("l",), ("u",)):
            await pressed(pilot, *keys)
            frame()
        assert app.is_running
    assert not [one for one in "".join(shown) if one in "\x1b\x07\u202e"]
    seen = text.replace("\x1b", "\ufffd").replace("\x07", "\ufffd").replace("\u202e", "\ufffd")
    assert all(seen in one for one in shown), "every screen shows the text as it stands"


def test_what_went_wrong_is_shown_as_it_is_too() -> None:
    error = AwsError(HOSTILE, service="s3", operation=HOSTILE, code=HOSTILE, request_id=HOSTILE, hint=HOSTILE)
    change = replace(BUCKET, id=HOSTILE)
    report = Report(
        (
            StepReport(change, "failed", 1.0, error),
            StepReport(change, "waiting", 1.0, WaitingError(HOSTILE, hint=HOSTILE)),
            StepReport(change, "not_started", because=(HOSTILE,)),
        )
    )
    shown = Content("\n").join(outcome_parts(report)).plain
    assert not [one for one in shown if one in "\x1b\x07\u202e"]
    assert shown.count("[@click=app.quit]") >= 8
    assert all(one.isprintable() or one == "\ufffd" for step in report.steps for one in became(step))
