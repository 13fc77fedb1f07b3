"""What the rehearsal knows besides moto: its clock, other accounts' buckets, and the way into moto's own objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

from moto.backends import get_backend

from runbook.rehearsal.endpoint import ACCOUNT_ID

GLOBAL_SERVICES = frozenset({"iam", "route53", "s3", "sts"})
"""Services whose things belong to no region in moto; their backend is filed under the partition."""

SOMEBODY_ELSES_BUCKET = "somebody-elses-bucket"
"""A bucket name that another account always holds, so that the refusal can be rehearsed without any setting."""


@dataclass
class World:
    """One rehearsed account; `reset` brings it back to the day it was opened."""

    clock: Callable[[], float] = monotonic
    account_id: str = ACCOUNT_ID
    foreign_buckets: set[str] = field(default_factory=lambda: {SOMEBODY_ELSES_BUCKET})
    regions: set[str] = field(default_factory=set)
    """Regions that were called, in which the inventory therefore has to look."""
    kept: dict[tuple[str, ...], Any] = field(default_factory=dict)
    """What AWS remembers and moto does not, by a key that names it."""
    lock: Lock = field(default_factory=Lock)

    def backend(self, service: str, region: str) -> Any:
        """moto's own object for a service of this account, the place to read and mend its state."""
        where = "aws" if service in GLOBAL_SERVICES else region
        return get_backend(service)[self.account_id][where]  # type: ignore[call-overload]

    def bucket(self, name: str) -> Any | None:
        """moto's bucket of this name in this account; None when there is none."""
        return self.backend("s3", "aws").buckets.get(name)

    def reset(self) -> None:
        """Forget everything that was kept beside moto."""
        with self.lock:
            self.foreign_buckets.clear()
            self.foreign_buckets.add(SOMEBODY_ELSES_BUCKET)
            self.regions.clear()
            self.kept.clear()
