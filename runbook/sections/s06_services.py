"""Section 6, services: cluster, task definitions, services and private names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runbook.kinds.cloud_map import PrivateDnsNamespace
from runbook.kinds.discovery_service import DiscoveryService
from runbook.kinds.ecs_cluster import Cluster
from runbook.kinds.ecs_service import Service as EcsService
from runbook.kinds.ecs_service import Target
from runbook.kinds.kind import Owner
from runbook.kinds.task_bill import TaskBill
from runbook.kinds.task_definition import TaskDefinition
from runbook.model import Resource, Section, escape, ref
from runbook.sections.network_ids import ids
from runbook.sections.s06_checks import checks
from runbook.sections.s06_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import SERVICES, Deployment, Service

CLUSTER = "services.cluster"
NAMESPACE = "services.namespace"
DISCOVERY = "services.discovery-worker"

_TTL_S = 10
"""Seconds that a web task may go on asking a worker that is gone."""

_POLLER_MIB = 128
"""The most that the poller may take; it was measured at 41 MiB, idle (2026-11-23)."""

_BUFFER = "25m"
"""Log lines that are held while CloudWatch Logs is slow (AWS docs: Preventing log loss with non-blocking mode)."""


def resources(deployment: Deployment) -> Sequence[Resource]:
    """The cluster, the worker's private name, and a task definition and a service for each of the two."""
    return (
        Cluster(
            id=CLUSTER,
            owner=_owner(deployment),
            name=deployment.cluster,
            region=deployment.region,
            account=deployment.account or "",
            insights=deployment.container_insights,
        ),
        PrivateDnsNamespace(
            id=NAMESPACE,
            owner=_owner(deployment),
            name=deployment.namespace,
            vpc=ref(ids(deployment).vpc, "id"),
            description=f"Private names of the stack {deployment.stack}",
        ),
        DiscoveryService(
            id=DISCOVERY,
            owner=_owner(deployment),
            name=deployment.host("worker").partition(".")[0],
            namespace=ref(NAMESPACE, "id"),
            ttl_s=_TTL_S,
            description=f"Where the web tasks of the stack {deployment.stack} find the worker",
        ),
        _task(deployment, "web"),
        _task(deployment, "worker"),
        _service(deployment, "web"),
        _service(deployment, "worker"),
    )


def _owner(deployment: Deployment) -> Owner:
    return Owner(deployment.stack, 6, tags=deployment.tags)


def _names(deployment: Deployment) -> tuple[str, ...]:
    return tuple(deployment.ecs_service(service) for service in SERVICES)


def _task(deployment: Deployment, service: Service) -> TaskDefinition:
    size = deployment.size(service)
    return TaskDefinition(
        id=f"services.task-{service}",
        owner=_owner(deployment),
        family=deployment.family(service),
        cluster=deployment.cluster,
        service=deployment.ecs_service(service),
        read_with=_names(deployment),
        cpu=size.cpu,
        memory_mib=size.memory_mib,
        ephemeral_gib=size.ephemeral_storage_gib,
        architecture=deployment.architecture,
        execution_role=ref("iam.exec-role", "arn"),
        task_role=ref(f"iam.{service}-role", "arn"),
        containers=(
            _container(deployment, service),
            *((_poller(deployment),) if service == "worker" and deployment.events == "sqs" else ()),
        ),
    )


def _container(deployment: Deployment, service: Service) -> dict[str, Any]:
    """The container as the application contract wants it; what AWS would fill in by itself is written down."""
    contract = deployment.contract(service)
    environment = deployment.environment(service, deployment.account or "")
    container: dict[str, Any] = {
        "name": deployment.family(service),
        "image": ref(f"images.{service}", "reference"),
        "essential": True,
        "portMappings": [{"containerPort": contract.port, "protocol": "tcp"}],
        "environment": [{"name": name, "value": escape(value)} for name, value in environment.items()],
        "secrets": [
            {"name": name, "valueFrom": _version_of(deployment.secret_resource(path))}
            for name, path in deployment.secrets(service).items()
        ],
        # Without a process that passes SIGTERM on, public builds are killed in the middle of a job.
        "linuxParameters": {"initProcessEnabled": True},
        "stopTimeout": contract.stop_timeout_s,
        "logConfiguration": _logs(deployment, service, service),
    }
    if contract.health_command:
        container["healthCheck"] = {
            "command": [escape(word) for word in contract.health_command],
            "interval": contract.health_interval_s,
            "timeout": contract.health_timeout_s,
            "retries": contract.health_retries,
            "startPeriod": contract.health_start_s,
        }
    return container


def _logs(deployment: Deployment, service: Service, stream: str) -> dict[str, Any]:
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": ref(f"logs.{service}", "name"),
            "awslogs-region": deployment.region,
            "awslogs-stream-prefix": stream,
            "mode": "non-blocking",
            "max-buffer-size": _BUFFER,
        },
    }


def _poller(deployment: Deployment) -> dict[str, Any]:
    """The poller beside the worker: same task, same role, same loopback address, a sixteenth of its memory."""
    worker, app = deployment.family("worker"), deployment.app
    told = {
        "AWS_REGION": deployment.region,
        "JOB_S": str(app.longest_job_s),
        "QUIET_S": str(app.quiet_s),
        "UPLOAD_LAYOUT": app.upload_layout,
        "WORKER_BODY": app.webhook_body,
        "WORKER_PATH": app.webhook_path,
        "WORKER_URL": f"http://127.0.0.1:{app.worker.port}",
    }
    # A container that depends on another is started after it and stopped before it, so no job is begun in between.
    state = "HEALTHY" if app.worker.health_command else "START"
    return {
        "name": deployment.family("poller"),
        "image": ref("images.poller", "reference"),
        "essential": True,
        "memory": _POLLER_MIB,
        "environment": [
            {"name": "QUEUE_URL", "value": ref("events.queue", "url")},
            *({"name": name, "value": escape(value)} for name, value in told.items()),
        ],
        "dependsOn": [{"containerName": worker, "condition": state}],
        "healthCheck": {
            "command": ["CMD", "python", "-m", "karet_poller.health"],
            "interval": 30,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 60,
        },
        "stopTimeout": 120,
        "logConfiguration": _logs(deployment, "worker", "poller"),
    }


def _version_of(secret: str) -> str:
    """The secret in exactly its present version, so that a new value is a difference and reaches the tasks."""
    return f"{ref(secret, 'arn')}:::{ref(secret, 'version')}"


def _service(deployment: Deployment, service: Service) -> EcsService:
    network, contract, size = ids(deployment), deployment.contract(service), deployment.size(service)
    web = service == "web"
    listener = "balancer.http" if deployment.tls == "none" else "balancer.https"
    checked = web or bool(contract.health_command)
    return EcsService(
        id=f"services.{service}",
        owner=_owner(deployment),
        name=deployment.ecs_service(service),
        read_with=_names(deployment),
        cluster=ref(CLUSTER, "name"),
        cluster_arn=ref(CLUSTER, "arn"),
        task_definition=ref(f"services.task-{service}", "arn"),
        count=size.count,
        subnets=[ref(subnet, "id") for subnet in network.private],
        groups=[ref(network.groups[service], "id")],
        targets=([Target(ref("balancer.target-group", "arn"), deployment.family("web"), contract.port)] if web else []),
        registries=[] if web else [ref(DISCOVERY, "arn")],
        grace_s=contract.grace_s if checked else None,
        bill=TaskBill(size.cpu, size.memory_mib, size.ephemeral_storage_gib, arm=deployment.architecture == "ARM64"),
        # ECS refuses a target group without a listener, and a task that finds no way out, no log group or no rule
        # does not start. The web tasks ask for the worker by name, so the name is there first.
        after=(*network.before_tasks, *((listener, DISCOVERY) if web else ())),
    )


SECTION = Section(
    number=6,
    name="services",
    title="ECS Fargate services",
    text=read_text("s06_services"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(87, 135),
)
