"""The subcommands by name; each is imported when it is asked for, as a command line needs one of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click


class CommandsOnDemand(click.Group):
    """A group whose command `x` is the `x` of `runbook.cli.x_command`.

    Parameters
    ----------
    name: of the group.
    names: of its commands.
    more: what any group takes.
    """

    def __init__(self, name: str | None = None, *, names: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(name, **more)
        self.names = names

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click hands it over
        return sorted(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        return self.load(cmd_name) if cmd_name in self.names else None

    def load(self, name: str) -> click.Command:
        """The command of this name, which is one of `names`."""
        if name not in self.commands:
            self.add_command(getattr(import_module(f"runbook.cli.{name}_command"), name))
        return self.commands[name]

    def load_all(self) -> dict[str, click.Command]:
        """Every command by its name."""
        return {name: self.load(name) for name in self.names}
