"""What keeps the tasks of a service from coming up, on purpose: each cause shows as AWS shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_EVENTS = "AWS docs: Amazon ECS service event messages"
_SEE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
_INIT = "ResourceInitializationError: unable to pull secrets or registry auth"


@dataclass(frozen=True)
class TaskCause:
    """One cause, and how ECS tells it.

    Parameters
    ----------
    what: what happens, for people.
    event: said in the events of the service instead of starting a task; `reason` is a stopped task's.
    container: reason and exit code of the container; `log` is what it wrote before.
    answers: the status with which the container answers every path; 0 when it listens nowhere, None as usual.
    """

    what: str
    source: str
    event: str = ""
    reason: str = ""
    code: str = "TaskFailedToStart"
    container: tuple[str, int | None] = ("", None)
    log: tuple[str, ...] = ()
    answers: int | None = None

    def filled(self, text: str, definition: Any, region: str) -> str:
        """A text with the names of this task in it."""
        container = definition.container_definitions[0]
        secrets = [one["valueFrom"] for one in container.get("secrets") or ()]
        ports = [one["containerPort"] for one in container.get("portMappings") or ()]
        return text.format(
            image=container["image"],
            secret=":".join(secrets[0].split(":")[:7]) if secrets else "",
            role=definition.execution_role_arn or definition.task_role_arn,
            region=region,
            port=ports[0] if ports else 0,
        )


TASK_CAUSES: Final[dict[str, TaskCause]] = {
    "image-missing": TaskCause(
        "the image is not in the registry",
        "GitHub aws/containers-roadmap#2687, 2025-10-10",
        reason="CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
        "{image}: not found",
    ),
    "wrong-architecture": TaskCause(
        "the image is for another processor",
        "GitHub aviswerdlow/relay#71, 2025-11-24",
        reason="CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not "
        "contain descriptor matching platform 'linux/amd64'.",
    ),
    "no-route": TaskCause(
        "the registry cannot be reached",
        "GitHub AndrewGuenther/fck-nat#99, 2024-09-19",
        reason=f"{_INIT}: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the "
        "task and Amazon ECR. Check your task network configuration. RequestError: send request failed caused by: Post "
        '"https://api.ecr.{region}.amazonaws.com/": dial tcp 10.0.0.9:443: i/o timeout',
    ),
    "log-group-missing": TaskCause(
        "the log group does not exist",
        "GitHub cn-terraform/terraform-aws-ecs-fargate-task-definition#1, 2019-08-15",
        reason="CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to "
        "create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. status code: "
        "400",
    ),
    "secret-unavailable": TaskCause(
        "the secret is denied",
        "GitHub GiamPy5/terraform-aws-directus#10, 2024-06-26",
        reason=f"{_INIT}: execution resource retrieval failed: unable to retrieve secret from asm: service call has "
        "been retried 1 time(s): failed to fetch secret {secret} from secrets manager: AccessDeniedException: Access "
        "to KMS is not allowed status code: 400",
    ),
    "out-of-memory": TaskCause(
        "the container is killed for its use of memory",
        "GitHub aws/amazon-ecs-agent#1187, 2018-01-17",
        reason="Essential container in task exited",
        code="EssentialContainerExited",
        container=("OutOfMemoryError: Container killed due to memory usage", 137),
    ),
    "exit-code": TaskCause(
        "the container exits with code 1",
        "botocore 1.44 service model: ecs TaskStopCode; AWS docs: Amazon ECS stopped tasks error messages",
        reason="Essential container in task exited",
        code="EssentialContainerExited",
        container=("", 1),
        log=("starting", "Error: KARET_SESSION_SECRET is not set"),
    ),
    "wrong-health-path": TaskCause(
        "the container answers 404 on every path",
        "AWS docs: Amazon ECS service unhealthy event messages",
        log=("Server listening on port {port}",),
        answers=404,
    ),
    "wrong-port": TaskCause(
        "the container listens on another port",
        "AWS docs: TargetHealth (Elastic Load Balancing API)",
        log=("Server listening on port 8999",),
        answers=0,
    ),
    "short-grace": TaskCause(
        "the container listens only after its health checks have failed",
        "AWS re:Post: ecs-fargate-health-check-failures",
        log=("migrating", "Server listening on port {port}"),
        answers=0,
    ),
    "role-not-assumable": TaskCause(
        "no task is started: ECS cannot assume the role yet",
        "GitHub telia-oss/terraform-aws-ecs-fargate#58, 2021-09-14",
        event="failed to launch a task with (error ECS was unable to assume the role '{role}' that was provided for "
        "this task. Please verify that the role being passed has the proper trust relationship and permissions and "
        "that your IAM user has permissions to pass this role.).",
    ),
    "no-capacity": TaskCause(
        "no task is started: Fargate has no room",
        "AWS re:Post: ecs-fargate-runtask-capacity",
        event="was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in "
        f"a different availability zone. {_SEE}",
    ),
    "quota": TaskCause(
        "no task is started: the account may not run more",
        _EVENTS,
        event="was unable to place a task. Reason: You\N{RIGHT SINGLE QUOTATION MARK}ve reached the limit on the "
        f"number of vCPUs you can run concurrently. {_SEE}",
    ),
}
"""Kind of a fault of `tasks` -> what happens."""
