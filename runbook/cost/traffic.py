"""Traffic of the tasks by where it goes, for the question which way through the network is cheapest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from runbook.errors import SettingsError
from runbook.model import Usage
from runbook.settings.limits import nearest

ZERO: Final = Decimal(0)
MOST_GIB: Final = Decimal(10**9)
GROUPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "total": (
            "s3_gib",
            "image_pull_gib",
            "ecr_api_gib",
            "logs_gib",
            "secrets_gib",
            "queue_gib",
            "internet_in_gib",
            "internet_out_gib",
            "cross_zone_gib",
        ),
        "services": ("ecr_api_gib", "logs_gib", "secrets_gib", "queue_gib"),
    }
)
"""Kinds of traffic that can grow together; `services` is what an interface endpoint can take off a gateway."""


@dataclass(frozen=True)
class Traffic:
    """GiB a month between all tasks together and each place, both directions unless it says otherwise.

    Parameters
    ----------
    s3_gib: objects.
    image_pull_gib: layers of images, which come from S3.
    ecr_api_gib: tokens and manifests of images.
    logs_gib: to CloudWatch Logs.
    secrets_gib: from Secrets Manager.
    queue_gib: to and from SQS.
    internet_in_gib, internet_out_gib: to and from everything that is not an AWS service of the region.
    cross_zone_gib: between tasks in different zones; no network changes it.
    """

    s3_gib: Decimal = ZERO
    image_pull_gib: Decimal = ZERO
    ecr_api_gib: Decimal = ZERO
    logs_gib: Decimal = ZERO
    secrets_gib: Decimal = ZERO
    queue_gib: Decimal = ZERO
    internet_in_gib: Decimal = ZERO
    internet_out_gib: Decimal = ZERO
    cross_zone_gib: Decimal = ZERO

    def __post_init__(self) -> None:
        """Refuse what cannot be traffic.

        Raises
        ------
        SettingsError: a figure is negative, not finite or absurd; every one is a line of `problems`.
        """
        problems = [
            f"{name}: {gib} is not a number of GiB between 0 and {MOST_GIB}"
            for name, gib in self.items().items()
            if not (Decimal(gib).is_finite() and 0 <= gib <= MOST_GIB)
        ]
        if problems:
            raise SettingsError("this is no traffic", problems=problems, hint="Give GiB a month, 0 for none.")

    @classmethod
    def of(cls, usage: Usage, *, services: int = 2) -> Traffic:
        """The traffic of a usage in which it is said; what is not said counts as none.

        Parameters
        ----------
        services: services of the cluster, each with a log group.
        """
        return cls(
            s3_gib=usage.s3_traffic_gib or ZERO,
            image_pull_gib=usage.image_pull_gib or ZERO,
            ecr_api_gib=usage.ecr_api_gib or ZERO,
            logs_gib=(usage.logs_ingest_gib or ZERO) * services,
            secrets_gib=usage.secrets_gib or ZERO,
            queue_gib=usage.queue_gib or ZERO,
            internet_in_gib=usage.internet_in_gib or ZERO,
            internet_out_gib=usage.internet_out_gib or ZERO,
            cross_zone_gib=usage.cross_zone_gib or ZERO,
        )

    def as_usage(self) -> Usage:
        """The usage of a stack with one log group that has this traffic and nothing else."""
        return Usage(
            s3_traffic_gib=self.s3_gib,
            image_pull_gib=self.image_pull_gib,
            ecr_api_gib=self.ecr_api_gib,
            logs_ingest_gib=self.logs_gib,
            secrets_gib=self.secrets_gib,
            queue_gib=self.queue_gib,
            internet_in_gib=self.internet_in_gib,
            internet_out_gib=self.internet_out_gib,
            cross_zone_gib=self.cross_zone_gib,
        )

    def items(self) -> Mapping[str, Decimal]:
        """Every kind of traffic by its name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.amount("total")

    def along(self, kind: str, gib: Decimal) -> Traffic:
        """The same traffic with another amount of one kind, or of all kinds of a group in the same proportion.

        Raises
        ------
        SettingsError: there is no such kind, or the group has no traffic whose proportion could be kept.
        """
        if kind not in GROUPS:
            if kind not in self.items():
                names = [*GROUPS, *self.items()]
                raise SettingsError(
                    f'"{kind}" is no kind of traffic{nearest(kind, names)}', hint=f"Kinds: {', '.join(names)}."
                )
            return replace(self, **{kind: gib})
        whole = self.amount(kind)
        if not whole:
            raise SettingsError(
                f"there is no traffic in {kind}, so it has no proportion that more of it could keep",
                hint="Say how much of at least one kind there is, or vary one kind.",
            )
        return replace(self, **{name: getattr(self, name) * gib / whole for name in GROUPS[kind]})

    def amount(self, kind: str) -> Decimal:
        """How much there is of a kind or of a group."""
        return sum((getattr(self, name) for name in GROUPS.get(kind, (kind,))), ZERO)
