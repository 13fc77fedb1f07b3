"""The application contract: what a release of Karet expects from the place where it runs.

Releases differ in ports, paths, variables and secrets. The defaults are the source document's; `karet doctor` compares
them with the actual images, and a wrong one is corrected in `karet.toml`, not in code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from runbook.settings.fields import (
    Codes,
    Environment,
    HealthCommand,
    KeyPart,
    KeyPattern,
    List,
    Part,
    SecretPath,
    Unset,
    UrlPath,
    VariableName,
    setting,
    shaped,
)

DOCUMENT_6 = "source document section 6"
DOCUMENT_3 = "source document section 3"
OUR_CHOICE = "our choice"

KeyPatterns = Annotated[tuple[KeyPattern, ...], List]
VariableNames = Annotated[tuple[VariableName, ...], List]
PipelineName = Annotated[str, shaped(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", "the name of a pipeline, such as sales")]
KeyLayout = Annotated[
    str, shaped(r"([A-Za-z0-9!_.*'()/=-]|<[a-z]+>)+", "a layout of keys, such as pipelines/<pipeline>/raw/<file>")
]


class BucketAccess(Part):
    """Which keys of the bucket a service may list, read, write and delete, as IAM patterns."""

    list_keys: KeyPatterns = setting(("*",), "Keys whose names may be listed", section=3, source=DOCUMENT_3)
    read_keys: KeyPatterns = setting(("*",), "Keys that may be read", section=3, source=DOCUMENT_3)
    write_keys: KeyPatterns = setting(("*",), "Keys that may be written", section=3, source=DOCUMENT_3)
    delete_keys: KeyPatterns = setting((), "Keys that may be deleted", section=3, source=DOCUMENT_3)


class WorkerBucketAccess(BucketAccess):
    """The worker's keys: it deletes too."""

    delete_keys: KeyPatterns = setting(("*",), "Keys that may be deleted", section=3, source=DOCUMENT_3)


class ServiceContract(Part):
    """What one service expects: its port, how its health is asked, its variables, its secrets, its keys."""

    port: int = setting(3000, "Port that the container listens on", section=6, source=DOCUMENT_6, ge=1, le=65535)
    health_path: UrlPath = setting("/", "Path that answers when the service is well", section=6, source=DOCUMENT_6)
    health_codes: Codes = setting("200", "HTTP codes that count as well", section=7, source="source document section 7")
    health_command: HealthCommand = setting(
        (),
        "Command that ECS runs inside the container; empty leaves the verdict to the load balancer",
        section=6,
        source="our choice: the source document gives a command for the worker only",
    )
    health_interval_s: int = setting(
        30, "Seconds between two runs of the command", section=6, source=DOCUMENT_6, ge=5, le=300
    )
    health_timeout_s: int = setting(
        5, "Seconds until one run counts as failed", section=6, source=DOCUMENT_6, ge=2, le=60
    )
    health_retries: int = setting(
        3, "Failed runs until ECS replaces the task", section=6, source=DOCUMENT_6, ge=1, le=10
    )
    health_start_s: int = setting(
        10, "Seconds after the start in which failed runs do not count", section=6, source=DOCUMENT_6, ge=0, le=300
    )
    grace_s: int = setting(
        90,
        "Seconds after a task's start in which ECS ignores every health check",
        section=6,
        source=OUR_CHOICE,
        ge=0,
        le=3600,
    )
    stop_timeout_s: int = setting(
        30, "Seconds between SIGTERM and SIGKILL", section=6, source="AWS's own default", ge=2, le=120
    )
    port_variable: Annotated[VariableName | None, Unset] = setting(
        "PORT", "Variable that carries the port", section=6, source=DOCUMENT_6
    )
    region_variable: Annotated[VariableName | None, Unset] = setting(
        "AWS_REGION", "Variable that carries the region", section=6, source=DOCUMENT_6
    )
    bucket_variables: VariableNames = setting(
        ("S3_BUCKET",), "Variables that carry the bucket's name", section=6, source=DOCUMENT_6
    )
    pipeline_key_variable: Annotated[VariableName | None, Unset] = setting(
        "PIPELINE_CONFIG_KEY", "Variable that carries the key of the pipeline config", section=6, source=DOCUMENT_6
    )
    worker_url_variable: Annotated[VariableName | None, Unset] = setting(
        None, "Variable that carries the worker's internal URL", section=6, source=DOCUMENT_6
    )
    environment: Environment = setting({}, "Further variables; never a secret", section=6, source=DOCUMENT_6)
    secrets: Mapping[VariableName, SecretPath] = setting(
        {},
        "Variables filled by Secrets Manager: a path under /<stack>/prod/, or a whole path that begins with a slash",
        section=9,
        source="source document section 9",
    )
    s3: BucketAccess = setting(
        BucketAccess(), "Keys of the bucket that the task role opens", section=3, source=DOCUMENT_3
    )


class WebContract(ServiceContract):
    """The web service's values in the source document."""

    worker_url_variable: Annotated[VariableName | None, Unset] = setting(
        "WORKER_URL", "Variable that carries the worker's internal URL", section=6, source=DOCUMENT_6
    )
    secrets: Mapping[VariableName, SecretPath] = setting(
        {"KARET_API_KEY": "api-key"},
        "Variables filled by Secrets Manager: a path under /<stack>/prod/, or a whole path that begins with a slash",
        section=9,
        source="source document section 9",
    )


class WorkerContract(ServiceContract):
    """The worker's values in the source document."""

    port: int = setting(8080, "Port that the container listens on", section=6, source=DOCUMENT_6, ge=1, le=65535)
    health_path: UrlPath = setting(
        "/health", "Path that answers when the service is well", section=6, source=DOCUMENT_6
    )
    health_command: HealthCommand = setting(
        ("CMD-SHELL", "wget -qO- http://localhost:8080/health || exit 1"),
        "Command that ECS runs inside the container; empty means that ECS does not ask",
        section=6,
        source=DOCUMENT_6,
    )
    stop_timeout_s: int = setting(
        120,
        "Seconds between SIGTERM and SIGKILL; the most that Fargate gives, because a job may be running",
        section=6,
        source=OUR_CHOICE,
        ge=2,
        le=120,
    )
    environment: Environment = setting(
        {"POLARS_MAX_THREADS": "2"}, "Further variables; never a secret", section=6, source=DOCUMENT_6
    )
    s3: WorkerBucketAccess = setting(
        WorkerBucketAccess(), "Keys of the bucket that the task role opens", section=3, source=DOCUMENT_3
    )


class Application(Part):
    """The contract of the whole application: both services, and how an upload reaches the worker."""

    web: WebContract = setting(WebContract(), "The web service", section=6, source=DOCUMENT_6)
    worker: WorkerContract = setting(WorkerContract(), "The worker", section=6, source=DOCUMENT_6)
    webhook_path: UrlPath = setting(
        "/webhooks/s3/on-upload",
        "Path of the worker that hears about uploads",
        section=8,
        source="source document section 8",
    )
    webhook_body: Literal["records", "pipeline"] = setting(
        "records",
        "What that path is told: records (as S3 wrote them) or pipeline (the prefix, as the job route wants it)",
        section=8,
        source="our choice: the source document does not say; the job route of public builds wants the prefix",
    )
    longest_job_s: int = setting(
        1800,
        "Seconds that the longest job takes; messages stay hidden half as long again",
        section=8,
        source="public source of karet, seen 2026-06: the web application waits 30 minutes for a job",
        ge=10,
        le=28_000,
    )
    quiet_s: int = setting(
        5,
        "Seconds without another upload until a pipeline is run, so that files that arrive together run together",
        section=8,
        source=OUR_CHOICE,
        ge=0,
        le=600,
    )
    upload_prefix: KeyPart = setting(
        "raw/", "Uploads whose key begins so are reported to the worker", section=8, source="source document section 8"
    )
    upload_suffix: KeyPart = setting(
        "", "Uploads whose key ends so are reported to the worker", section=8, source="source document section 8"
    )
    probe_pipeline: PipelineName = setting(
        "karet-probe",
        "Pipeline that section 13 sends a small file to, where the layout names one; your worker has to take it",
        section=13,
        source=OUR_CHOICE,
    )
    upload_layout: KeyLayout = setting(
        "pipelines/<pipeline>/raw/<file>",
        "How this release lays out uploads, with <...> for any text; used to warn when no upload can be reported",
        section=8,
        source="the public builds of Karet, seen 2026-06",
    )
