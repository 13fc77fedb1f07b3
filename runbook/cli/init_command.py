"""karet init: write a commented karet.toml, asking only what has no safe default."""

from __future__ import annotations

import os
from pathlib import Path

import click

from runbook.cli.options import common


@click.command("init")
@click.option("--yes", is_flag=True, help="Do not ask; take --set, --region and the defaults.")
@common
def init(options, yes, as_json) -> int:  # type: ignore[no-untyped-def]
    """Write a commented karet.toml, asking only what has no safe default."""
    from runbook.aws.session import profile_region
    from runbook.cli import terminal
    from runbook.errors import SettingsError
    from runbook.settings import init_text, questions

    path: Path = options.config or Path("karet.toml")
    if path.exists():
        raise SettingsError(f"{path} exists already and is not overwritten", hint="Edit it, or move it away first.")
    answers: dict[str, str] = {}
    for override in options.overrides:
        key, equals, value = override.partition("=")
        if not equals:
            raise SettingsError(
                f"--set {override} is not KEY=VALUE", hint="For example: --set domain=karet.example.com"
            )
        answers[key.strip()] = value
    environ = os.environ
    known = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or profile_region(options.profile)
    region = options.region or answers.get("region") or known
    if region:
        answers["region"] = region
    for question in questions(region):
        if question.key in answers:
            continue
        if not yes and terminal.can_ask():
            answers[question.key] = str(click.prompt(question.text, default=question.default, err=True))
        elif question.required:
            raise SettingsError(f"nobody can be asked for: {question.text}", hint=f"Add --set {question.key}=...")
    text = init_text(answers)
    with path.open("x") as file:
        file.write(text)
    if as_json:
        terminal.emit({"written": str(path)})
    terminal.say(f"Written: {path}. Read it, then `karet plan`; or `karet plan --rehearsal` to try without an account.")
    return 0
