"""Which version to go back to: the one before the present one, of those that ran well, as ECS remembers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from runbook.kinds.ecs_history import Deployed

_UNDER_WAY = ("PENDING", "IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED")


@dataclass(frozen=True)
class Version:
    """What a service ran for a while: the images of our containers.

    Parameters
    ----------
    images: part (web, worker, poller) -> REPOSITORY@sha256:...
    began: when its first deployment began.
    """

    images: Mapping[str, str]
    began: datetime
    task_definition: str

    @property
    def short(self) -> str:
        """Its digests, cut short, for people."""
        return " and ".join(one.partition("@sha256:")[2][:12] or one for one in self.images.values())


@dataclass(frozen=True)
class Way:
    """The way back of one service.

    Parameters
    ----------
    now: the version that runs, as far as ECS knows one that ran well.
    to: the version to go back to; None when there is none.
    why: how it was chosen, or why there is none, in one sentence.
    """

    now: Version | None
    to: Version | None
    why: str


def versions(deployed: Sequence[Deployed], parts: Mapping[str, str]) -> list[Version]:
    """The versions that ran well, each on the one that it followed; what was gone back from is not among them.

    Parameters
    ----------
    deployed: the deployments of a service, the newest first.
    parts: name of a container -> part.
    """
    kept: list[Version] = []
    for one in reversed(deployed):
        images = {part: one.images[name] for name, part in parts.items() if name in one.images}
        if not one.ran_well or not images:
            continue
        known = next((at for at, version in enumerate(kept) if version.images == images), None)
        if known is None:
            kept.append(Version(images, one.began, one.task_definition))
        else:
            # Back to a version that ran before, or the same one with other settings: its newest revision counts.
            again = known < len(kept) - 1
            began = one.began if again else kept[known].began
            kept = [*kept[:known], Version(images, began, one.task_definition)]
    return kept


def way_back(service: str, deployed: Sequence[Deployed], parts: Mapping[str, str]) -> Way:
    """The version to go back to, and how it was chosen."""
    kept = versions(deployed, parts)
    if not kept:
        return Way(None, None, f"ECS remembers no deployment of {service} that ran well; it remembers 90 days")
    now = kept[-1]
    if deployed[0].status in _UNDER_WAY and _images(deployed[0], parts) != now.images:
        return Way(now, now, f"{service} is just being deployed; {now.short} was the last version that ran well")
    if len(kept) == 1:
        return Way(now, None, f"{service} runs {now.short}, and ECS remembers no version before it that ran well")
    to = kept[-2]
    return Way(now, to, f"{service} runs {now.short}; before it {to.short} ran well, from {to.began:%Y-%m-%d %H:%M}")


def _images(one: Deployed, parts: Mapping[str, str]) -> Mapping[str, str]:
    return {part: one.images[name] for name, part in parts.items() if name in one.images}
