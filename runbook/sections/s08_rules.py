"""How long a message is hidden and how often it may come back: what section 8 declares and what it checks."""

from __future__ import annotations

from runbook.settings import Deployment

MOST_RECEIVES = 5
"""Tries until a message counts as a dead letter; our choice, AWS recommends more than one."""

_HIDDEN_MOST_S = 43_200
"""Source: botocore 1.44 service model, sqs VisibilityTimeout: 12 hours."""


def visibility_s(deployment: Deployment) -> int:
    """Half as long again as the longest job, so that nobody else takes a message while a job works on it."""
    return min(deployment.app.longest_job_s * 3 // 2, _HIDDEN_MOST_S)
