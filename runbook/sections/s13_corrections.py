"""Where section 13 does something other than the source document, about the checklist, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="13.1",
        document="Wants no S3 endpoint variable at all.",
        runbook="Accepts the regional endpoint of AWS and shows it as an expected deviation.",
        reason="Public builds of the worker exit without one.",
        source="public source of karet-worker, 2026-06-08",
    ),
    Correction(
        number="13.2",
        document="Wants the key so that the API is not open.",
        runbook="Checks that it is set, and that a call without it is refused.",
        reason="In public builds an empty key does not open the API; see correction 9.5.",
        source="public source of karet, seen 2026-06",
    ),
    Correction(
        number="13.3",
        document="Wants the worker well behind its target group.",
        runbook="Reads the health of its containers in ECS and of its name in Cloud Map.",
        reason="With a queue the worker has no target group.",
        source="source document sections 8 and 13",
    ),
    Correction(
        number="13.4",
        document="Gives boxes to tick.",
        runbook="Reads each fact from AWS and keeps what was read, when and by whom.",
        reason="A tick says that somebody believed it; evidence can be looked at later.",
        source="our choice",
    ),
    Correction(
        number="13.5",
        document="Wants a test job through the notification.",
        runbook=(
            "Puts a file where the notification listens, again every two minutes, waits up to ten for the poller to "
            "say that the worker dealt with it, and removes it with all versions."
        ),
        reason=(
            "A new notification takes about five minutes, and in a versioned bucket a plain delete leaves the file "
            "behind."
        ),
        source="AWS docs: Amazon S3 Event Notifications; content as of 2023-06",
    ),
)
