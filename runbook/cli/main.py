"""The `karet` command: chooses the subcommand, and turns errors into messages and exit codes of the contract."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from runbook import __version__
from runbook.cli import terminal
from runbook.cli.on_demand import CommandsOnDemand
from runbook.errors import AwsError, CancelledError, RunbookError, WaitingError

WRONG_INPUT = 64


COMMANDS = (
    "tui",
    "init",
    "doctor",
    "plan",
    "apply",
    "verify",
    "destroy",
    "status",
    "release",
    "rotate",
    "sign",
    "cost",
    "prices",
    "notebook",
    "log",
    "export",
    "doc",
    "rehearse",
)


@click.group(
    cls=CommandsOnDemand,
    names=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="karet")
@click.pass_context
def karet(context: click.Context) -> int | None:
    """Deploy the Karet stack to AWS, section by section of its document.

    Without a command the terminal app opens. SECTION is a number or a name, such as 2 or s3. Exit codes: 0 ok,
    1 failed, 2 changes (plan --detailed-exitcode), 3 locked, 4 waiting for a person, 64 wrong input, 130 cancelled.
    """
    if context.invoked_subcommand is None:
        tui = karet.load("tui")
        return int(context.invoke(tui, **_defaults(tui)))
    return None


def _defaults(command: click.Command) -> dict[str, object]:
    """The options of a command as if it had been called without any."""
    with command.make_context("karet", []) as context:
        return dict(context.params)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code; errors for people are written to stderr."""
    try:
        done = karet.main(list(arguments), prog_name="karet", standalone_mode=False)
    except click.UsageError as error:
        error.show(sys.stderr)
        return WRONG_INPUT
    except click.ClickException as error:
        error.show(sys.stderr)
        return WRONG_INPUT
    except (KeyboardInterrupt, click.Abort):
        terminal.say("\nCancelled. Whatever was done is in the account and in the journal; run it again to go on.")
        return CancelledError.exit_code
    except RunbookError as error:
        terminal.say(str(error), colour="red")
        return WaitingError.exit_code if _needs_login(error) else error.exit_code
    except BrokenPipeError:
        # Whoever read our output has enough of it (`karet log show | head`).
        sys.stderr.close()
        return 0
    return done if isinstance(done, int) else 0


def _needs_login(error: RunbookError) -> bool:
    """Whether AWS refused a read because the credentials ran out: then a person is waited for."""
    if not isinstance(error, AwsError):
        return False
    from runbook.aws.answers import meaning

    return meaning(error) == "expired"
