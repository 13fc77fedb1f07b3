"""What a rehearsal does beside moto: services that run tasks, and names that come and go; loaded when first needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runbook.errors import RehearsalError
from runbook.rehearsal.faults import FaultPlan
from runbook.rehearsal.states import Pacer
from runbook.rehearsal.task_causes import TASK_CAUSES, TaskCause

if TYPE_CHECKING:
    from runbook.rehearsal.moto_ecs import Services

_NEEDED_BY = frozenset({"ecs", "elbv2", "servicediscovery"})


class TaskService:
    """The door to the fake tasks; a rehearsal without any of them never loads moto's modules for them.

    Parameters
    ----------
    pacer: the pace of the rehearsal.
    faults: asked for each task whether it shall come up.
    clients: clients of the embedded AWS for the pollers beside the workers.
    """

    def __init__(self, pacer: Pacer, faults: FaultPlan, clients: Callable[[str, str], Any]) -> None:
        self._pacer = pacer
        self._clients = clients
        self._faults = faults
        self._services: Services | None = None

    def prepare(self, service: str) -> None:
        """Change moto before the first call of a service that has to do with tasks."""
        if service in _NEEDED_BY and self._services is None:
            from runbook.rehearsal import moto_cloud_map, moto_ecs
            from runbook.rehearsal.fake_tasks import Fleet
            from runbook.rehearsal.task_uploads import Uploads

            fleet = Fleet(self._pacer, Uploads(self._pacer, self._clients), self._cause_of)
            self._services = moto_ecs.Services(fleet)
            moto_ecs.install()
            moto_cloud_map.install()
            moto_ecs.use_services(self._services)

    def _cause_of(self, service: str) -> TaskCause | None:
        fault = self._faults.take_task(service)
        return None if fault is None else TASK_CAUSES[fault.kind]

    def settle(self) -> None:
        """Let tasks start, become well and stop whose time has come."""
        if self._services is not None:
            from runbook.rehearsal import moto_cloud_map

            self._services.settle()
            self._services.fleet.uploads.settle()
            moto_cloud_map.settle()

    def end_pollers(self) -> None:
        """Stop all pollers and wait until they have ended; whoever asks may not keep their calls waiting."""
        if self._services is not None:
            self._services.fleet.uploads.end()

    def reset(self) -> None:
        """No tasks, no open ports, no history; pollers are told to stop, and nobody waits for them."""
        if self._services is not None:
            from runbook.rehearsal import moto_ecs

            self._services.reset()
            moto_ecs.use_services(self._services)

    def stop(self) -> None:
        """End the pollers, close every port and end the thread that answers."""
        if self._services is not None:
            self._services.fleet.uploads.end()
            self._services.fleet.doors.stop()

    def let_fail(self, service: str, on: bool) -> None:
        """Let new tasks of an ECS service exit right after their start, or stop doing so.

        Raises
        ------
        RehearsalError: no service is named.
        """
        if not service:
            raise RehearsalError("a service whose tasks shall fail needs a name", hint="Such as karet-svc.")
        self.prepare("ecs")
        if self._services is not None:
            (self._services.fleet.failing.add if on else self._services.fleet.failing.discard)(service)

    def health_answers(self) -> dict[str, int]:
        """Status code -> health checks that were answered with it over HTTP."""
        answers = {} if self._services is None else self._services.fleet.doors.answers
        return {str(status): count for status, count in sorted(answers.items())}

    def report(self) -> dict[str, Any]:
        """The tasks that there are, how many there were at each moment, and the health checks answered over HTTP."""
        fleet = None if self._services is None else self._services.fleet
        return {
            "tasks": [
                {
                    "service": task.group.partition(":")[2],
                    "task": task.id,
                    "definition": task.definition.arn.rpartition("/")[2],
                    "status": task.last_status,
                    "ready": task.ready,
                    "address": task.address,
                    "ports": {str(port): door for port, door in task.doors.items()},
                }
                for task in (list(fleet.tasks) if fleet else ())
            ],
            "history": [
                {
                    "at": count.at,
                    "service": count.service,
                    "desired": count.desired,
                    "running": count.running,
                    "ready": count.ready,
                }
                for count in (list(fleet.history) if fleet else ())
            ],
            "health_answers": self.health_answers(),
            "uploads": fleet.uploads.report() if fleet else [],
        }
