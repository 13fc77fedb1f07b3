"""Things that take their time on AWS: created is pending first, deleted is deleting first, at a chosen pace.

moto's own objects are changed, not the answers on the wire. Every read, with every filter and in every protocol, then
tells the same story, and a later check such as "an address in use cannot be released" sees the state that it would
see on AWS. A row names the method of moto that creates or deletes, so the answer to that very call says pending too.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any


@dataclass(frozen=True)
class Transition:
    """One row: what a method of moto does at once, AWS does in about `typical_s` seconds."""

    service: str
    """boto3's name; the row takes effect when the service is first called."""
    backend: str
    """`module:Class` in moto."""
    method: str
    """The method that creates or deletes; it returns the thing or a list of things."""
    attribute: str
    pending: str
    ready: str
    typical_s: float
    source: str
    thing: Callable[[Any, Any], Any] | None = None
    """Gets the thing from the backend and what the method returned; None when that is the thing itself."""
    ends_at_a_look: str = ""
    """moto's own method that would make the thing ready at the next look; a thing that is held does not have it."""


def _just_deleted(ec2: Any) -> list[Any]:
    """The endpoints that the call which is under way has deleted; moto does not say which."""
    new = [one for one in ec2.vpc_end_points.values() if one.state == "deleted" and not hasattr(one, "seen_deleted")]
    for one in new:
        one.seen_deleted = True
    return new


_DURATIONS = "public terraform logs of 2022 to 2026, medians"

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        service="ec2",
        backend="moto.ec2.models.nat_gateways:NatGatewayBackend",
        method="create_nat_gateway",
        attribute="state",
        pending="pending",
        ready="available",
        typical_s=110,
        source=f"AWS docs: NAT gateway states; {_DURATIONS} (1m35 to 2m05)",
    ),
    Transition(
        service="ec2",
        backend="moto.ec2.models.nat_gateways:NatGatewayBackend",
        method="delete_nat_gateway",
        attribute="state",
        pending="deleting",
        ready="deleted",
        typical_s=50,
        source=f"AWS docs: NAT gateway states; {_DURATIONS} (42 s to 1m01)",
    ),
    Transition(
        service="ec2",
        backend="moto.ec2.models.vpcs:VPCBackend",
        method="create_vpc_endpoint",
        attribute="state",
        pending="pending",
        ready="available",
        typical_s=90,
        source="AWS docs: Interface endpoint states; 1 to 3 minutes from memory; gateway ones at once",
        thing=lambda _, endpoint: [endpoint] if str(endpoint.vpc_endpoint_type).lower() == "interface" else [],
    ),
    Transition(
        service="ec2",
        backend="moto.ec2.models.vpcs:VPCBackend",
        method="delete_vpc_endpoints",
        attribute="state",
        pending="deleting",
        ready="deleted",
        typical_s=60,
        source="AWS docs: Interface endpoint states; about a minute from memory, not measured",
        thing=lambda backend, _: _just_deleted(backend),
    ),
    Transition(
        service="elbv2",
        backend="moto.elbv2.models:ELBv2Backend",
        method="create_load_balancer",
        attribute="state",
        pending="provisioning",
        ready="active",
        typical_s=165,
        source=f"botocore 1.44 service model: elbv2 LoadBalancerState; {_DURATIONS} (2m15 to 3m07)",
        ends_at_a_look="activate",
    ),
    *(
        Transition(
            service="servicediscovery",
            backend="moto.servicediscovery.models:ServiceDiscoveryBackend",
            method=method,
            attribute="status",
            pending="PENDING",
            ready="SUCCESS",
            typical_s=60,
            source="AWS docs: Cloud Map API reference, GetOperation; about a minute from memory, not measured",
            thing=lambda backend, operation: backend.operations[operation],
        )
        for method in ("create_private_dns_namespace", "delete_namespace")
    ),
)


@dataclass(frozen=True)
class _Held:
    due: float
    thing: Any
    row: Transition


class Pacer:
    """Holds things in their pending state until their time has come."""

    def __init__(self, clock: Callable[[], float], pace: float = 0.0) -> None:
        self._clock = clock
        self._lock = Lock()
        self._held: list[_Held] = []
        self.pace = pace
        """1 for typical durations, 0 for at once."""

    def now(self) -> float:
        """Seconds on the clock of this rehearsal."""
        return self._clock()

    def later(self, typical_s: float) -> float:
        """The moment at which something that usually takes so many seconds is over, at the pace of now."""
        return self._clock() + typical_s * max(0.0, self.pace)

    def over(self, due: float) -> bool:
        """Whether a moment has come; at pace 0 every moment has."""
        return self.pace <= 0 or self._clock() >= due

    def hold(self, thing: Any, row: Transition) -> None:
        """Put a thing into its pending state, unless things happen at once."""
        if self.pace <= 0:
            return
        setattr(thing, row.attribute, row.pending)
        if row.ends_at_a_look:
            setattr(thing, row.ends_at_a_look, lambda: None)
        with self._lock:
            self._held.append(_Held(self._clock() + row.typical_s * self.pace, thing, row))

    def settle(self) -> None:
        """Let everything become ready whose time has come."""
        now = self._clock()
        with self._lock:
            due = [held for held in self._held if held.due <= now]
            self._held = [held for held in self._held if held.due > now]
        for held in due:
            # What has been deleted while it was still pending stays as the delete left it.
            if getattr(held.thing, held.row.attribute) == held.row.pending:
                setattr(held.thing, held.row.attribute, held.row.ready)

    def set_pace(self, pace: float) -> None:
        """Change the pace for what is created from here on; 0 also ends every wait that is under way."""
        self.pace = pace
        if pace <= 0:
            self.finish()

    def finish(self) -> None:
        """Let everything become ready at once."""
        with self._lock:
            due, self._held = self._held, []
        for held in due:
            if getattr(held.thing, held.row.attribute) == held.row.pending:
                setattr(held.thing, held.row.attribute, held.row.ready)

    def reset(self) -> None:
        """Forget everything that is held."""
        with self._lock:
            self._held.clear()


class _Patches:
    """moto's classes belong to the process, so they are changed once and ask for the pacer that is current."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._services: set[str] = set()
        self.pacer: Pacer | None = None

    def install(self, service: str) -> None:
        with self._lock:
            if service in self._services:
                return
            self._services.add(service)
            for row in TRANSITIONS:
                if row.service == service:
                    self._wrap(row)

    def _wrap(self, row: Transition) -> None:
        module, _, name = row.backend.partition(":")
        backend = getattr(importlib.import_module(module), name)
        original = getattr(backend, row.method)

        @functools.wraps(original)
        def paced(*arguments: Any, **named: Any) -> Any:
            result = original(*arguments, **named)
            if self.pacer is not None:
                found = row.thing(arguments[0], result) if row.thing else result
                for thing in found if isinstance(found, list) else [found]:
                    self.pacer.hold(thing, row)
            return result

        setattr(backend, row.method, paced)


_patches = _Patches()


def use_pacer(pacer: Pacer) -> None:
    """Make this the pacer that moto's objects are held by."""
    _patches.pacer = pacer


def pace_service(service: str) -> None:
    """Let the rows of a service take effect; done before its first call, so that unused services are not loaded."""
    _patches.install(service)


def current_pacer() -> Pacer | None:
    """The pacer that moto's objects are held by, for rules about things that moto has no object for."""
    return _patches.pacer
