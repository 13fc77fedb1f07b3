"""One rehearsed AWS account: moto, the overlay around it, the plan of faults, and the doors to steer it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Any

from runbook.errors import RehearsalError
from runbook.rehearsal.call_log import CallLog, Entry
from runbook.rehearsal.faults import GRAMMAR, TASKS, Fault, FaultPlan, parse_faults
from runbook.rehearsal.inside import InsideClients
from runbook.rehearsal.inventory import take_inventory
from runbook.rehearsal.moto_app import moto_application, reset_moto, services_in_use
from runbook.rehearsal.overlay import HOLD_BACK_S, Overlay
from runbook.rehearsal.rules.table import rules_for
from runbook.rehearsal.states import Pacer, pace_service, use_pacer
from runbook.rehearsal.task_service import TaskService
from runbook.rehearsal.wire import service_model
from runbook.rehearsal.world import World

DEFAULT_REGION = "us-east-1"


class Rehearsal:
    """Everything that one rehearsal consists of, without the sockets; the server and the tests both drive this."""

    def __init__(
        self,
        *,
        pace: float = 0.0,
        faults: Sequence[str] = (),
        domain: str = "",
        clock: Callable[[], float] = monotonic,
        hold_back_s: float = HOLD_BACK_S,
    ) -> None:
        self.world = World(clock=clock)
        self._log = CallLog()
        self._faults = FaultPlan(parse_faults(faults))
        self.domain = domain
        self.pacer = Pacer(clock, pace)
        self.tasks = TaskService(self.pacer, self._faults, lambda *which: self._inside.client(*which))
        use_pacer(self.pacer)
        reset_moto()
        self.app = Overlay(
            moto_application(),
            world=self.world,
            faults=self._faults,
            calls=self._log,
            rules_for=rules_for,
            settle=self._settle,
            hold_back_s=hold_back_s,
        )
        self._inside = InsideClients(self.app)
        self._seed()

    def _settle(self, service: str) -> None:
        self.tasks.prepare(service)
        if service == "sqs":
            # Loads moto's model of queues, so not before the first call.
            from runbook.rehearsal import moto_sqs

            moto_sqs.install()
        pace_service(service)
        self.pacer.settle()
        self.tasks.settle()

    @property
    def pace(self) -> float:
        """1 for typical durations, 0 for at once."""
        return self.pacer.pace

    def set_pace(self, pace: float) -> None:
        """Change the pace of what is created or deleted from here on.

        Raises
        ------
        RehearsalError: the pace is negative.
        """
        if pace < 0:
            raise RehearsalError(
                f"the pace {pace} is negative", hint="Use 0 for at once, 1 for AWS's typical durations."
            )
        self.pacer.set_pace(pace)

    def _seed(self) -> None:
        if self.domain:
            self.seed_zone(self.domain)

    def seed_zone(self, domain: str) -> None:
        """Make sure that a public hosted zone exists for the domain, as it does for whoever owns one."""
        self.domain = domain
        name = domain.rstrip(".") + "."
        route53 = self._inside.client("route53", DEFAULT_REGION)
        zones = route53.list_hosted_zones_by_name(DNSName=name)["HostedZones"]
        if not any(zone["Name"] == name and not zone["Config"]["PrivateZone"] for zone in zones):
            route53.create_hosted_zone(Name=name, CallerReference=f"rehearsal-{name}")

    def forget_zone(self) -> None:
        """Let the next reset leave no zone behind."""
        self.domain = ""

    def reset(self) -> None:
        """An empty account again: no things, no faults, no calls; the zone of the domain is there."""
        # A poller that is at work waits for its turn like everybody else, so it has to end before the turn is taken.
        self.tasks.end_pollers()
        with self.app.turn():
            use_pacer(self.pacer)
            reset_moto()
            self.world.reset()
            self.pacer.reset()
            self.tasks.reset()
            self._faults.clear()
            self._log.clear()
            self.app.refuse_writes = False
            self._seed()
        # One that began in between was told to stop, and has the turn that it waited for now.
        self.tasks.end_pollers()

    def add_faults(self, texts: Iterable[str]) -> None:
        """Plan more faults.

        Raises
        ------
        RehearsalError: a fault does not follow the grammar, or names an operation that its service does not have.
        """
        faults = parse_faults(texts)
        for fault in faults:
            _require_operation(fault)
        self._faults.add(faults)

    def clear_faults(self) -> None:
        """Forget every planned fault."""
        self._faults.clear()

    def remaining_faults(self) -> list[str]:
        """The faults that have not struck as often as planned."""
        return self._faults.remaining()

    def refuse_writes(self, on: bool) -> None:
        """Refuse every operation that changes something, or stop doing so."""
        self.app.refuse_writes = on

    def calls(self) -> list[Entry]:
        """The calls that came over the wire, oldest first."""
        return self._log.entries()

    def clear_calls(self) -> None:
        """Forget the calls seen so far."""
        self._log.clear()

    def inventory(self) -> dict[str, list[Any]]:
        """Everything that exists, without what differs from run to run."""
        used = services_in_use()
        regions = set(self.world.regions) | {DEFAULT_REGION}
        return take_inventory(self._inside.client, regions, used.__contains__)

    def stop(self) -> None:
        """Let go of every answer that is being held back."""
        self.app.stopping.set()
        self.tasks.stop()


def _require_operation(fault: Fault) -> None:
    """A fault without wildcards in its service has to name something that the service can do."""
    if fault.service == TASKS or any(sign in fault.service for sign in "*?"):
        return
    operations = service_model(fault.service).operation_names
    if not any(fault.matches(fault.service, operation) for operation in operations):
        raise RehearsalError(f"{fault.service} has no operation that matches {fault.operation!r}", hint=GRAMMAR)
