"""Releases of the worker that are known, with the settings of the application contract that fit each.

Source: the source document, sections 6 and 8; public source and history of karet-worker, seen 2026-06.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runbook.preflight.source_scan import SourceSeen
from runbook.settings import Deployment

JOB_ROUTE = "/jobs/run"
WEBHOOK = "/webhooks/s3/on-upload"


@dataclass(frozen=True)
class Profile:
    """A release, as its source shows it.

    Parameters
    ----------
    has, has_not: routes that the source must and must not have.
    settings: dotted setting -> value, without what depends on the region or the image.
    """

    name: str
    has: tuple[str, ...]
    has_not: tuple[str, ...]
    settings: Mapping[str, Any]

    def fits(self, seen: SourceSeen) -> bool:
        """Whether a source tree looks like this release."""
        return all(map(seen.route, self.has)) and not any(map(seen.route, self.has_not))


PROFILES: tuple[Profile, ...] = (
    Profile(
        name="the source document's worker",
        has=(WEBHOOK,),
        has_not=(),
        settings={"app.webhook_path": WEBHOOK, "app.webhook_body": "records"},
    ),
    Profile(
        name="the public worker build",
        has=(JOB_ROUTE,),
        has_not=(WEBHOOK,),
        settings={
            "app.webhook_path": JOB_ROUTE,
            "app.webhook_body": "pipeline",
            "app.upload_prefix": "pipelines/",
            "app.worker.pipeline_key_variable": "",
        },
    ),
)


def profile_of(seen: SourceSeen) -> Profile | None:
    """The release that a worker's source tree looks like; None when it looks like none of them."""
    return next((one for one in PROFILES if one.fits(seen)), None)


def differing(profile: Profile, deployment: Deployment) -> dict[str, Any]:
    """The settings of a release that this deployment has otherwise."""
    wanted = profile.settings
    return {key: value for key, value in wanted.items() if value_at(deployment, key) != (value or None)}


def value_at(deployment: Deployment, key: str) -> Any:
    """The value of a dotted setting; an empty text counts as not set."""
    found: Any = deployment
    for part in key.split("."):
        found = getattr(found, part)
    return found or None
