"""Uploads on their way to fake workers: the pollers that bring them, what arrived, and the lines written about it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import unquote_plus

from moto.backends import get_backend

from runbook.rehearsal.endpoint import ACCOUNT_ID
from runbook.rehearsal.states import Pacer
from runbook.rehearsal.task_doors import Asked
from runbook.rehearsal.task_poller import Clients, TaskPoller, environment_of, pollers_of

MAX_ARRIVALS: Final = 1_000
MAX_LINES: Final = 5_000
MAX_POLLERS: Final = 100
"""Pollers at once: as many as a worker's largest count, twice while a deployment runs."""


@dataclass(frozen=True)
class Arrival:
    """One upload that a poller brought to a worker.

    Parameters
    ----------
    seconds: from what S3 says to be the time of the upload until the worker heard of it.
    """

    task: str
    key: str
    seconds: float


@dataclass
class Uploads:
    """All pollers of a rehearsal and what they brought.

    Parameters
    ----------
    clients: clients of the embedded AWS from inside; None where nothing polls.
    """

    pacer: Pacer
    clients: Clients | None = None
    arrivals: deque[Arrival] = field(default_factory=lambda: deque(maxlen=MAX_ARRIVALS))
    _pollers: list[tuple[str, TaskPoller]] = field(default_factory=list)
    _ending: list[tuple[str, TaskPoller]] = field(default_factory=list)
    """Those that were told to stop and that nobody has waited for."""
    _lines: deque[tuple[str, str, str, str]] = field(default_factory=lambda: deque(maxlen=MAX_LINES))
    """Region, log group, stream and text that nobody has written yet: threads may not touch moto's things."""

    def begin(self, task: Any) -> None:
        """Start the pollers of a task whose worker is well."""
        for one in [one for one in self._pollers if not one[1].alive]:
            one[1].end()
            self._pollers.remove(one)
        for container in pollers_of(task.definition) if self.clients else ():
            if len(self._pollers) >= MAX_POLLERS or self.clients is None:
                return
            region, group, stream = _log_of(task, container)
            tell = partial(self._note, region, group, stream)
            try:
                poller = TaskPoller(
                    container, task.doors, pace=self.pacer.pace, region=region, clients=self.clients, tell=tell
                )
            except ValueError as error:
                tell(json.dumps({"event": "wrong settings", "why": str(error)}))
                continue
            self._pollers.append((task.id, poller))
            poller.start()

    def _note(self, region: str, group: str, stream: str, text: str) -> None:
        self._lines.append((region, group, stream, text))

    def finish(self, task: Any) -> None:
        """Tell the pollers of a task that it stops; they hand back what they hold."""
        for id_, poller in self._pollers:
            if id_ == task.id:
                poller.stop()

    def forget(self) -> None:
        """Tell all pollers to stop, and forget them and what came; `end` waits for them."""
        for id_, poller in self._pollers:
            poller.stop()
            self._ending.append((id_, poller))
        self._pollers.clear()
        self._lines.clear()
        self.arrivals.clear()

    def end(self) -> None:
        """Stop all pollers and wait until they have ended; nothing of moto may be locked by whoever asks."""
        pollers = [*self._pollers, *self._ending]
        for _, poller in pollers:
            poller.stop()
        for _, poller in pollers:
            poller.end()
        self._ending = [one for one in self._ending if one not in pollers]

    def settle(self) -> None:
        """Wake the pollers that have something to fetch, and write the lines that have come together."""
        for _, poller in self._pollers:
            poller.wake()
        while self._lines:
            _write(*self._lines.popleft())

    def take(self, task: Any, container: Mapping[str, Any], asked: Asked) -> int:
        """The answer of a fake worker that hears of uploads: 200 on the path that the poller was told, else 404."""
        paths = {environment_of(one).get("WORKER_PATH", "") for one in pollers_of(task.definition)}
        if asked.method != "POST" or asked.path not in paths:
            return 404
        now = datetime.now(UTC)
        try:
            arrived = _told(json.loads(asked.body), now)
        except (ValueError, KeyError, TypeError):
            # Whatever is no report of uploads is refused, as a worker would.
            return 400
        region, group, stream = _log_of(task, container)
        for key, at in arrived:
            self.arrivals.append(Arrival(task.id, key, round(max(0.0, (now - at).total_seconds()), 3)))
            self._lines.append((region, group, stream, f"{container['name']} took the upload {key}"))
        return 200

    def report(self) -> list[dict[str, Any]]:
        """What arrived, oldest first."""
        return [asdict(one) for one in list(self.arrivals)]


def _told(body: Any, now: datetime) -> list[tuple[str, datetime]]:
    """Key and time of each upload as S3 reports it, or the pipeline, where the worker is told no more."""
    if "Records" not in body:
        return [(str(body["pipeline_prefix"]), now)]
    return [
        (unquote_plus(one["s3"]["object"]["key"]), datetime.fromisoformat(one["eventTime"])) for one in body["Records"]
    ]


def _log_of(task: Any, container: Mapping[str, Any]) -> tuple[str, str, str]:
    """Region, log group and stream of a container."""
    options = (container.get("logConfiguration") or {}).get("options") or {}
    region = options.get("awslogs-region") or task.task_arn.split(":")[3]
    return (
        region,
        options.get("awslogs-group", ""),
        f"{options.get('awslogs-stream-prefix')}/{container['name']}/{task.id}",
    )


def _write(region: str, group: str, stream: str, text: str) -> None:
    logs = get_backend("logs")[ACCOUNT_ID][region]
    if group not in logs.groups:
        return
    if stream not in logs.groups[group].streams:
        logs.create_log_stream(group, stream)
    now = int(datetime.now(UTC).timestamp() * 1000)
    logs.put_log_events(group, stream, [{"timestamp": now, "message": text}])
