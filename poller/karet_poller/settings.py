"""What the poller is told by its environment, checked once at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

Body = Literal["records", "pipeline"]

RECEIVE_WAIT_MOST: Final = 20
"""Seconds that a poll of SQS can wait (botocore 1.44 service model, sqs ReceiveMessage)."""


class WrongSettingsError(ValueError):
    """The environment lacks something, or says something that cannot be meant."""


@dataclass(frozen=True)
class Settings:
    """Everything that can be set, in seconds where it is a time.

    Parameters
    ----------
    path, body: what of the worker is called, and how: the records as S3 wrote them, or the prefix of the pipeline.
    layout: how keys are laid out; the part `<pipeline>` says which pipeline a key belongs to.
    quiet_s, longest_wait_s: a pipeline runs when nothing arrived for so long, or when its first upload is so old.
    job_s: the longest that a call of the worker may take.
    lease_s: how long messages stay hidden after the poller is gone; it is renewed while they are held.
    retry_s: the first pause before a message that failed comes back; each further one is twice as long.
    unreachable_s: how long a worker that does not answer is waited for before messages are handed back.
    stop_s: how long running calls may go on after SIGTERM.
    jobs: pipelines that run at the same time.
    held: messages that are held at the same time; no more are taken then.
    """

    queue_url: str
    region: str
    worker_url: str = "http://127.0.0.1:8080"
    path: str = "/webhooks/s3/on-upload"
    body: Body = "records"
    layout: str = "pipelines/<pipeline>/raw/<file>"
    endpoint_url: str = ""
    quiet_s: float = 5.0
    longest_wait_s: float = 60.0
    job_s: float = 1800.0
    lease_s: int = 120
    wait_s: int = RECEIVE_WAIT_MOST
    retry_s: float = 15.0
    unreachable_s: float = 600.0
    stop_s: float = 90.0
    jobs: int = 4
    held: int = 500
    health_file: str = "/tmp/karet-poller-alive"  # noqa: S108 - the container has no other user and no other program


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    WrongSettingsError: something is missing or wrong; the message names the variable, never the value of another.
    """
    missing = [name for name in ("QUEUE_URL", "AWS_REGION") if not environment.get(name)]
    if missing:
        raise WrongSettingsError(f"{' and '.join(missing)} must be set")
    body = environment.get("WORKER_BODY", "records")
    if body not in ("records", "pipeline"):
        raise WrongSettingsError(f"WORKER_BODY is {body!r}; it has to be records or pipeline")
    made = Settings(
        queue_url=_url(environment, "QUEUE_URL", ""),
        region=environment["AWS_REGION"],
        worker_url=_url(environment, "WORKER_URL", Settings.worker_url),
        path=environment.get("WORKER_PATH", Settings.path),
        body="pipeline" if body == "pipeline" else "records",
        layout=environment.get("UPLOAD_LAYOUT", Settings.layout),
        endpoint_url=environment.get("SQS_ENDPOINT_URL", ""),
        quiet_s=_number(environment, "QUIET_S", Settings.quiet_s, 0, 600),
        longest_wait_s=_number(environment, "LONGEST_WAIT_S", Settings.longest_wait_s, 0, 3600),
        job_s=_number(environment, "JOB_S", Settings.job_s, 1, 40_000),
        lease_s=int(_number(environment, "LEASE_S", Settings.lease_s, 2, 3600)),
        wait_s=int(_number(environment, "WAIT_S", Settings.wait_s, 0, RECEIVE_WAIT_MOST)),
        retry_s=_number(environment, "RETRY_S", Settings.retry_s, 0, 3600),
        unreachable_s=_number(environment, "UNREACHABLE_S", Settings.unreachable_s, 0, 36_000),
        stop_s=_number(environment, "STOP_S", Settings.stop_s, 0, 110),
        jobs=int(_number(environment, "JOBS", Settings.jobs, 1, 64)),
        held=int(_number(environment, "HELD", Settings.held, 10, 10_000)),
        health_file=environment.get("HEALTH_FILE", Settings.health_file),
    )
    if not made.path.startswith("/"):
        raise WrongSettingsError("WORKER_PATH has to begin with a slash")
    return made


def _url(environment: Mapping[str, str], name: str, default: str) -> str:
    value = environment.get(name, default)
    if urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname:
        raise WrongSettingsError(f"{name} is no http or https address")
    return value


def _number(environment: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = environment.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise WrongSettingsError(f"{name} is no number") from None
    if not least <= value <= most:
        raise WrongSettingsError(f"{name} has to be between {least:g} and {most:g}")
    return value
