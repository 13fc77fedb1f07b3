"""A run of a stack in each of its forms, and whether an exported file is as it was written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, get_args

from pydantic import ValidationError

from runbook.engine.journal_entry import Entry
from runbook.engine.journal_read import JournalReader
from runbook.errors import ExportError
from runbook.export.escaping import file_name
from runbook.export.html_page import as_html
from runbook.export.json_form import as_json
from runbook.export.markdown import as_markdown
from runbook.export.notebook import as_notebook
from runbook.export.reading import read_run
from runbook.export.run_log import RunLog
from runbook.export.shell_script import as_shell_script
from runbook.export.verify import Verified, verify_text
from runbook.redaction import redactor_of
from runbook.runs.history import resolve
from runbook.runs.place import Place
from runbook.settings import Deployment

Format = Literal["md", "html", "json", "ipynb", "sh"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_WRITERS: Final[Mapping[Format, Callable[[RunLog], str]]] = {
    "md": as_markdown,
    "html": as_html,
    "json": as_json,
    "ipynb": as_notebook,
    "sh": as_shell_script,
}


def export_run(place: Place, run: str, format: Format) -> str:  # noqa: A002 - the name of the option
    """One run in one form.

    Parameters
    ----------
    run: its id, the beginning of one, or `latest`.

    Raises
    ------
    JournalError: there is no such run, or the journal cannot be read.
    ExportError: the run cannot be written in this form.
    """
    return _WRITERS[format](log_of(place, run))


def export_all(place: Place, run: str, folder: Path) -> list[Path]:
    """One run in every form, as files whose names begin with its id.

    Raises
    ------
    ExportError: the folder or a file in it cannot be written.
    """
    log = log_of(place, run)
    made = []
    for ending, write in _WRITERS.items():
        path = folder / f"{file_name(log.id)}.{ending}"
        save(write(log), path)
        made.append(path)
    return made


def save(text: str, path: Path) -> None:
    """Write a file in one step, so that nobody ever reads half of it.

    Raises
    ------
    ExportError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}", hint="Choose another place.") from error


def log_of(place: Place, run: str) -> RunLog:
    """The log of one run; what looks like a secret is hidden once more, for journals of older versions."""
    with JournalReader.read(place.journal) as journal:
        own = list(journal.entries(resolve(place, run)))
        # Entries of other runs in between, such as a settled call, keep the chain without a gap.
        last = own[-1].seq
        entries = []
        for entry in journal.entries(after=own[0].seq - 1):
            if entry.seq > last:
                break
            entries.append(entry)
        signed = [one for one in journal.entries() if one.kind == "event" and one.body.get("event") == "sign_off"]
    redactor = redactor_of(place.journal.parent)
    shown = [_hidden(entry, redactor.data(dict(entry.body))) for entry in entries]
    redacted = [entry.seq for entry, one in zip(entries, shown, strict=True) if one is not entry]
    deployment, notes = _deployment(place, shown[0])
    if redacted:
        notes.append("Something was hidden only for this export, so the hash of these entries cannot be computed: "
                     + ", ".join(map(str, redacted)))  # fmt: skip
    return read_run(
        shown,
        deployment,
        notes=notes,
        signed=[_hidden(one, redactor.data(dict(one.body))) for one in signed],
        redacted=redacted,
    )


def _hidden(entry: Entry, body: Mapping[str, object]) -> Entry:
    return entry if body == entry.body else replace(entry, body=body)


def _deployment(place: Place, start: Entry) -> tuple[Deployment, list[str]]:
    """The settings that the run was made with; those of now where an older version recorded others."""
    try:
        return Deployment.model_validate(start.body.get("settings")), []
    except ValidationError:
        return place.deployment, [
            "The texts are filled with the settings of now: those of the run are of another form."
        ]


def verify_file(path: Path) -> Verified:
    """Check an exported JSON or HTML file.

    Raises
    ------
    ExportError: it cannot be read, or is no exported log.
    """
    try:
        return verify_text(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(
            f"{path} cannot be read: {error}", hint="Give a file that `karet log export` wrote."
        ) from error
