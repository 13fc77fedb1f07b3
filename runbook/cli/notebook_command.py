"""karet notebook: run a notebook with parameters of one's own, and keep it as one HTML file that opens offline."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("notebook")
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE", help="Another value for a parameter; repeatable.")
@click.option("--html", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write this HTML file.")
@click.option("--code", is_flag=True, help="Show the code of the cells in it too.")
def notebook(name: str | None, given: tuple[str, ...], target: Path | None, code: bool) -> int:
    """Run a notebook and write it as one HTML file; without NAME list them and their parameters."""
    from runbook.cli import terminal
    from runbook.notebooks import printing, shelf

    if name is None:
        if given or target:
            raise click.UsageError("--set and --html need the NAME of a notebook")
        for one in shelf.notebooks():
            terminal.say(f"{one.name}: {one.title}", bold=True)
            terminal.table([(key, repr(default)) for key, default in one.parameters.items()])
        return 0
    chosen = shelf.find(name)
    values = chosen.values(given)
    if target is None:
        raise click.UsageError(f"--html FILE is needed; `make notebooks` opens {name} in JupyterLab")
    printing.write_html(chosen, values, target, code=code)
    terminal.say(f"{target}: {chosen.title}")
    return 0
