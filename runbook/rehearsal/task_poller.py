"""The real poller beside a fake worker: the program of the image, in threads, against the embedded SQS.

The poller is told what its task definition tells it, but for four things that belong to this machine: the worker is a
port of the loopback, waits are as long as the pace says, the sign of life is a file of its own, and a poll of the queue
does not hold a connection. Its log lines go where its log configuration says.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from moto.backends import get_backend

from runbook.images.poller_source import POLLER_SOURCE
from runbook.rehearsal.endpoint import ACCOUNT_ID

LOOK_EVERY_S: Final = 0.5
"""Seconds after which the queue is asked although nobody said that something came."""
END_WITHIN_S: Final = 10.0

_PACED = ("QUIET_S", "LONGEST_WAIT_S", "RETRY_S", "STOP_S")
_USUAL_S: Final = {"QUIET_S": 5.0, "LONGEST_WAIT_S": 60.0, "RETRY_S": 15.0, "STOP_S": 90.0}
"""What the poller takes when it is not told."""

Clients = Callable[[str, str], Any]
"""Service and region -> a client of the embedded AWS."""


def pollers_of(definition: Any) -> list[Mapping[str, Any]]:
    """The containers of a task definition that poll a queue for a worker."""
    wanted = {"QUEUE_URL", "WORKER_URL"}
    return [one for one in definition.container_definitions if wanted <= environment_of(one).keys()]


def environment_of(container: Mapping[str, Any]) -> dict[str, str]:
    """The variables that a container is given as plain text."""
    return {str(one["name"]): str(one.get("value", "")) for one in container.get("environment") or ()}


class TaskPoller:
    """One poller of one task, from its start until its task stops.

    Parameters
    ----------
    doors: container port -> loopback port.
    tell: takes each line of its log; asked from many threads.

    Raises
    ------
    ValueError: the variables are not what the poller can work with.
    """

    def __init__(
        self,
        container: Mapping[str, Any],
        doors: Mapping[int, int],
        *,
        pace: float,
        region: str,
        clients: Clients,
        tell: Callable[[str], None],
    ) -> None:
        self._alive = Path(tempfile.gettempdir()) / f"karet-poller-{uuid4()}"
        told = environment_of(container)
        port = urlsplit(told["WORKER_URL"]).port or 80
        environment = {
            **told,
            **{name: str(float(told.get(name) or _USUAL_S[name]) * pace) for name in _PACED},
            "WORKER_URL": f"http://127.0.0.1:{doors.get(port, 1)}",
            "WAIT_S": "0",
            "HEALTH_FILE": str(self._alive),
        }
        program = _program()
        settings = program["settings"].from_environment(environment)
        self.queue = told["QUEUE_URL"].rpartition("/")[2]
        self._region = region
        self._something, self._over = Event(), Event()
        queue = _NearQueue(program["sqs_queue"].SqsQueue(clients("sqs", region), settings), self._something, self._over)
        say: Callable[..., None] = lambda event, **facts: tell(json.dumps({"event": event, **facts}))  # noqa: E731
        self._poller = program["poller"].Poller(settings, queue, monotonic, say)
        self._thread = Thread(target=self._poller.run, name="task-poller", daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def wake(self) -> None:
        """Let it ask the queue at once, when there is something in it that nobody has taken."""
        queue = get_backend("sqs")[ACCOUNT_ID][self._region].queues.get(self.queue)
        if queue is not None and not self._something.is_set() and queue.approximate_number_of_messages:
            self._something.set()

    def stop(self) -> None:
        """What SIGTERM does: take nothing more, finish or hand back, end."""
        self._poller.stop()
        self._over.set()
        self._something.set()

    def end(self) -> None:
        """Stop, and wait until it has ended."""
        self.stop()
        if self._thread.is_alive():
            self._thread.join(END_WITHIN_S)
        self._alive.unlink(missing_ok=True)

    @property
    def alive(self) -> bool:
        """Whether its threads still run."""
        return self._thread.is_alive()


class _NearQueue:
    """The poller's own queue, asked when something has come and not by a long poll."""

    def __init__(self, queue: Any, something: Event, over: Event) -> None:
        self._queue, self._something, self._over = queue, something, over
        self.hide, self.delete = queue.hide, queue.delete

    def receive(self, most: int) -> Any:
        self._something.wait(LOOK_EVERY_S)
        self._something.clear()
        return [] if self._over.is_set() else self._queue.receive(most)


def _program() -> dict[str, Any]:
    """The modules of the poller, from the folder that its image is built from."""
    if "karet_poller" not in sys.modules:
        folder = POLLER_SOURCE / "karet_poller"
        spec = importlib.util.spec_from_file_location(
            "karet_poller", folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        if spec is None or spec.loader is None:
            raise FileNotFoundError(f"the poller is not in {folder}")
        package = importlib.util.module_from_spec(spec)
        sys.modules["karet_poller"] = package
        spec.loader.exec_module(package)
    return {name: importlib.import_module(f"karet_poller.{name}") for name in ("poller", "settings", "sqs_queue")}
