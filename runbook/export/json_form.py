"""A run as JSON of a documented form (docs/run-log.schema.json), with the journal's own entries and a seal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from runbook.engine.journal_entry import canonical
from runbook.export.facts import chain
from runbook.export.run_log import LoggedSection, RunLog

FORMAT: Final = "karet-run-log"
VERSION: Final = 1


def as_json(log: RunLog) -> str:
    """The whole run as JSON text: a line for each field, and for each item of a list."""
    fields = (f"{_compact(name)}: {_lines(value)}" for name, value in json_data(log).items())
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _lines(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f" {_compact(item)}" for item in value) + "\n]"
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def json_data(log: RunLog) -> dict[str, Any]:
    """The whole run as JSON data, sealed."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "run": {
            **log.start,
            "id": log.id,
            "started_at": _time(log.started_at),
            "ended_at": _time(log.ended_at) if log.ended_at else None,
            "seconds": log.seconds,
            "outcome": log.outcome,
            "stopped": log.stopped,
            "counts": dict(log.counts),
        },
        "settings": dict(log.settings),
        "prices": None if log.prices is None else dict(log.prices),
        "sections": [_section(section) for section in log.sections],
        "sign_offs": [asdict(one) for one in log.sign_offs],
        "left": [dict(one) for one in log.left],
        "not_rehearsed": [{"what": what, "why": why} for what, why in log.not_rehearsed],
        "notes": list(log.notes),
        "chain": chain(log),
        "entries": [entry.as_json() for entry in log.entries],
    }
    data["seal"] = seal_of(data)
    return data


def seal_of(data: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of everything but the seal itself."""
    return hashlib.sha256(
        canonical({name: value for name, value in data.items() if name != "seal"}).encode()
    ).hexdigest()


def _section(section: LoggedSection) -> dict[str, Any]:
    told = {
        "number": section.number,
        "name": section.name,
        "title": section.title,
        "summary": section.summary,
        "chosen": section.chosen,
        "text": section.text,
        "corrections": [asdict(one) for one in section.corrections],
        "steps": [asdict(step) for step in section.steps],
        "checks": [asdict(check) for check in section.checks],
    }
    plain: dict[str, Any] = _plain(told)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _time(moment: datetime) -> str:
    return moment.isoformat()
