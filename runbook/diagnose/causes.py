"""The table of causes: what shows each, how it is said, what to do next; the order decides when several fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from runbook.checks import Evidence
from runbook.diagnose.health import Found, command_fails, short_grace, wrong_path, wrong_port
from runbook.diagnose.seen import Rollout

_PULL, _INIT = "CannotPullContainerError", "ResourceInitializationError"
_EVENTS_PAGE = "AWS docs: Amazon ECS service event messages"
_HEALTH_PAGE = "AWS docs: TargetHealth (Elastic Load Balancing API)"
_UNWELL_PAGE = "AWS docs: Amazon ECS service unhealthy event messages"

STOPPED, EVENTS, LOG = "stopped tasks", "events", "log"
"""Where a text is looked for."""


@dataclass(frozen=True)
class Text:
    """Words that all stand in one text when a cause is there, and who wrote such a text down."""

    words: tuple[str, ...]
    source: str

    def fits(self, text: str) -> bool:
        """Whether all the words stand in it."""
        lower = text.lower()
        return all(word.lower() in lower for word in self.words)


@dataclass(frozen=True)
class Row:
    """One cause.

    Parameters
    ----------
    statement, next_step: with {service}, {part}, {port}, {path}, {grace}, {command}, {code}, {listens} and {lived}.
    texts: any of them is enough; `places` says where they are looked for.
    finds: for what no single text shows.
    shows: what `finds` looks for, in words; `source` is where that is described.
    """

    cause: str
    title: str
    statement: str
    next_step: str
    places: tuple[str, ...] = (STOPPED,)
    texts: tuple[Text, ...] = ()
    finds: Callable[[Rollout], Found | None] | None = None
    shows: str = ""
    source: str = ""
    transient: bool = False


def _exited(rollout: Rollout) -> Found | None:
    """An essential container ended by itself, whatever its exit code."""
    for task in rollout.stopped:
        ended = [one for one in task.containers if one.exit_code is not None]
        if task.stop_code != "EssentialContainerExited" or not ended:
            continue
        first = next((one for one in ended if one.exit_code), ended[0])
        call = f"ecs.DescribeTasks task {task.id[:8]}"
        shown = Evidence(call, f"{task.stop_code}: {task.reason}; {first.name} exit code {first.exit_code}")
        logged = [one for one in rollout.logs if one.task == task.id][-3:]
        lines = [Evidence(f"logs.GetLogEvents task {task.id[:8]}", one.text) for one in logged]
        return Found((shown, *lines), code=str(first.exit_code))
    return None


ROWS: tuple[Row, ...] = (
    Row(
        cause="wrong-architecture",
        title="wrong architecture",
        statement="the image of {service} is built for another processor than its tasks run on",
        next_step="Build it for the processor in the setting `architecture`, or set `architecture` to the image's; "
        "then `karet apply 4 6`.",
        places=(STOPPED, EVENTS, LOG),
        texts=(
            Text((_PULL, "descriptor matching platform"), "GitHub aviswerdlow/relay#71, 2025-11-24"),
            Text((_PULL, "find a descriptor for platform"), "GitHub aws/containers-roadmap#1120, 2020-10-16"),
            Text((_PULL, "no matching manifest"), "GitHub amazonlinux/container-images#127, 2025-02-05"),
            Text(("exec format error",), "AWS re:Post: ecs-task-exec-format-error, read 2026-11-23"),
        ),
    ),
    Row(
        cause="image-missing",
        title="image missing",
        statement="the image that the task definition of {service} names is not in the registry",
        next_step="`karet apply 4` puts it there; with `images.{part}` set, that digest has to exist and may not be "
        "removed by a lifecycle rule.",
        places=(STOPPED, EVENTS),
        texts=(
            Text((_PULL, "not found"), "GitHub aws/containers-roadmap#2687, 2025-10-10"),
            Text((_PULL, "does not exist"), "GitHub RafalWilinski/deploy-with-serverless#11, 2017-10-16"),
        ),
    ),
    Row(
        cause="no-route",
        title="no route to registry",
        statement="the tasks of {service} have no route to the registry or to Secrets Manager",
        next_step="`karet verify 5` names the route, endpoint or group rule that is missing; the setting `network` "
        "chooses the way out, and `karet apply 5` makes it.",
        places=(STOPPED, EVENTS),
        texts=(
            Text((_INIT, "connection issue between the task and"), "GitHub AndrewGuenther/fck-nat#99, 2024-09-19"),
            Text((_INIT, "check your task network configuration"), "GitHub Releem/releem-agent#195, 2023-09-20"),
            Text((_INIT, "context deadline exceeded"), "GitHub Releem/releem-agent#195, 2023-09-20"),
            Text((_INIT, "i/o timeout"), "GitHub AndrewGuenther/fck-nat#99, 2024-09-19"),
            Text((_PULL, "i/o timeout"), "GitHub deepfence/terraform-aws-cloud-scanner#13, 2023-05-18"),
            Text((_PULL, "request canceled while waiting"), "GitHub aws/amazon-ecs-agent#1204, 2018-01-22"),
        ),
    ),
    Row(
        cause="log-group-missing",
        title="log group missing",
        statement="the log group that the tasks of {service} write to does not exist",
        next_step="`karet apply 10` makes it; ECS does not make log groups by itself.",
        places=(STOPPED, EVENTS),
        texts=(
            Text(
                ("log group does not exist",),
                "GitHub cn-terraform/terraform-aws-ecs-fargate-task-definition#1, 2019-08-15",
            ),
        ),
    ),
    Row(
        cause="secret-unavailable",
        title="secret denied or missing",
        statement="a secret that the tasks of {service} start with is denied to the execution role, or is not there",
        next_step="`karet apply 3 9` makes the secrets of `app.{part}.secrets` and the role's right to read them; "
        "a secret with a key of its own needs that key's policy too.",
        places=(STOPPED, EVENTS),
        texts=(
            Text((_INIT, "unable to retrieve secret"), "GitHub GiamPy5/terraform-aws-directus#10, 2024-06-26"),
            Text((_INIT, "failed to fetch secret"), "GitHub GiamPy5/terraform-aws-directus#10, 2024-06-26"),
        ),
    ),
    Row(
        cause="out-of-memory",
        title="out of memory",
        statement="a container of {service} was killed because it used more memory than its task has",
        next_step="Raise `{part}.memory_mib`, then `karet apply 6`.",
        places=(STOPPED, LOG),
        texts=(
            Text(("OutOfMemoryError", "container killed"), "GitHub aws/amazon-ecs-agent#1187, 2018-01-17"),
            Text(("JavaScript heap out of memory",), "Node.js documentation: --max-old-space-size"),
        ),
    ),
    Row(
        cause="exit-code",
        title="exits with code",
        statement="the container of {service} ends by itself with exit code {code}",
        next_step="Read its last lines; what it misses is set by `app.{part}.environment` and `app.{part}.secrets`, "
        "then `karet apply 6`.",
        finds=_exited,
        shows="stopCode EssentialContainerExited and an exit code",
        source="botocore 1.44 service model: ecs TaskStopCode, Container.exitCode",
    ),
    Row(
        cause="wrong-health-path",
        title="wrong health path",
        statement="{service} answers the health check at {path} with {code}",
        next_step="Set `app.{part}.health_path` to a path that answers without a login (and `app.{part}.health_codes` "
        "to its codes), then `karet apply 6 7`.",
        finds=wrong_path,
        shows="Target.ResponseCodeMismatch, or the event for it, with codes from 300 to 499 only",
        source=f"{_HEALTH_PAGE}; {_UNWELL_PAGE}",
    ),
    Row(
        cause="wrong-port",
        title="wrong port",
        statement="nothing answers at port {port} of {service}: {listens}",
        next_step="Set `app.{part}.port` to the port that the application listens on, then `karet apply 5 6 7`.",
        finds=wrong_port,
        shows="Target.FailedHealthChecks, or the event for it, and a log that names another port, or 60 s without one",
        source=f"{_HEALTH_PAGE}; {_UNWELL_PAGE}",
    ),
    Row(
        cause="short-grace",
        title="too short grace",
        statement="ECS stopped a task of {service} for its health checks after {lived} s, before it could answer; "
        "the grace period is {grace} s",
        next_step="Raise `app.{part}.grace_s` above the longest start of the application, then `karet apply 6`.",
        finds=short_grace,
        shows="stopped for ELB health checks without any HTTP code, within 60 s, or while the log names the right port",
        source=f"AWS re:Post: ecs-fargate-health-check-failures; {_UNWELL_PAGE}",
    ),
    Row(
        cause="health-command",
        title="health command fails",
        statement="the health command inside the container of {service} fails: {command}",
        next_step="Set `app.{part}.health_command` to one whose program is in the image and whose port and path are "
        "right, then `karet apply 6`.",
        finds=command_fails,
        shows="stopped for container health checks",
        source="AWS docs: HealthCheck (Amazon ECS API)",
    ),
    Row(
        cause="quota",
        title="quota",
        statement="the account may not run as many tasks or vCPUs on Fargate as {service} asks for",
        next_step="Ask Service Quotas for more of `Fargate On-Demand vCPU resource count`, or lower `{part}.count` or "
        "`{part}.cpu`; then `karet apply 6`.",
        places=(EVENTS, STOPPED),
        texts=(
            Text(("you've reached the limit on the number of",), f"{_EVENTS_PAGE}, read 2026-11-23"),
            Text(("configuration is above your limit",), f"{_EVENTS_PAGE}, read 2026-11-23"),
        ),
    ),
    Row(
        cause="no-capacity",
        title="no capacity",
        statement="Fargate has no room for the tasks of {service} in these zones at the moment",
        next_step="Wait some minutes and run the same command again; a further zone (`zones`) or another "
        "`{part}.cpu` finds room sooner.",
        places=(EVENTS, STOPPED),
        texts=(
            Text(("capacity is unavailable at this time",), "AWS re:Post: ecs-fargate-runtask-capacity"),
        ),
    ),
    Row(
        cause="role-not-assumable",
        title="role not yet assumable",
        statement="ECS cannot assume a role of {service} yet, as is usual in the first minute of a new role",
        next_step="Wait: ECS tries again by itself. If it stays so, `karet verify 3` shows what the role trusts.",
        places=(EVENTS, STOPPED),
        texts=(
            Text(("was unable to assume the role",), "GitHub telia-oss/terraform-aws-ecs-fargate#58, 2021-09-14"),
        ),
        transient=True,
    ),
)  # fmt: skip
"""First what ended tasks, then what their health tells, then what keeps tasks from being placed, the transient last."""


def by_text(row: Row, rollout: Rollout) -> tuple[Found, str] | None:
    """The first text that fits, with its source; None when none does."""
    for call, text in _texts(row.places, rollout):
        for one in row.texts:
            if one.fits(text):
                return Found((Evidence(call, text),)), one.source
    return None


def _texts(places: Iterable[str], rollout: Rollout) -> Iterator[tuple[str, str]]:
    for place in places:
        if place == STOPPED:
            for task in rollout.stopped:
                yield from ((f"ecs.DescribeTasks task {task.id[:8]}", text) for text in task.texts)
        elif place == EVENTS:
            yield from ((f"ecs.DescribeServices {rollout.service} events", one.text) for one in rollout.events)
        else:
            yield from ((f"logs.GetLogEvents task {one.task[:8]}", one.text) for one in rollout.logs)
