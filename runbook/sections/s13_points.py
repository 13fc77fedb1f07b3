"""The points of the parity checklist: the eight of the source document, and four that they rest on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """One point of the checklist.

    Parameters
    ----------
    number: 1 to 8 as in the source document; from 9 on ours.
    checks: ids of the checks that prove it.
    judgement: what only a person can say about it; such a point is open until somebody has signed it.
    """

    number: int
    id: str
    statement: str
    checks: tuple[str, ...]
    judgement: str = ""


POINTS: tuple[Point, ...] = (
    Point(1, "roles", "Task roles stand in for static keys", ("parity.roles",)),
    Point(2, "endpoints", "No S3 endpoint is set", ("parity.endpoints",)),
    Point(3, "api-key", "The API key is set, and the API is not open", ("parity.api-key", "parity.api-refuses")),
    Point(4, "bucket", "The bucket keeps versions and blocks public access", ("parity.bucket",)),
    Point(5, "worker", "The worker is well", ("parity.worker",)),
    Point(
        6,
        "https",
        "Visitors use HTTPS, and port 80 leads there",
        ("parity.https", "parity.handshake", "parity.redirect"),
    ),
    Point(7, "logs", "The log groups exist and receive lines", ("parity.logs",)),
    Point(8, "upload", "An upload starts a job on the worker", ("parity.upload", "parity.upload-arrived")),
    Point(9, "images", "Registry, task definition and tasks agree about the images", ("parity.images",)),
    Point(10, "rollout", "Every deployment is complete", ("parity.rollout",)),
    Point(
        11,
        "alarms",
        "Alarms tell somebody",
        ("parity.alarms",),
        judgement="whether these alarms suit you, and whether the right people hear them",
    ),
    Point(12, "name", "The domain leads to the load balancer", ("parity.name",)),
)
