"""Section 6, services: where the runbook does something other than the source document, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="6.1",
        document="Checks the health of the worker with wget.",
        runbook=(
            "Takes the command from app.worker.health_command, the command of the document by default, and checks "
            "that its tool is in the image."
        ),
        reason=(
            "The public image has neither wget nor curl, so ECS would replace the task again and again. It has bash, "
            "which can open the connection itself."
        ),
        source="public Dockerfile of karet-worker, 2026-06-08; a command with bash was tried on Debian 12",
    ),
    Correction(
        number="6.2",
        document="Expects status 200 from the root path of the web application.",
        runbook=(
            "Takes path and accepted codes from app.web.health_path and app.web.health_codes, and tries them against "
            "the image."
        ),
        reason="Public builds send visitors without a session to a login page, which is not a 200.",
        source="public source of karet, seen 2026-06",
    ),
    Correction(
        number="6.3",
        document="Sets the URL of the worker only if the web application needs it.",
        runbook="Always sets it, in the variable that app.web.worker_url_variable names.",
        reason="Without it public builds use a host name that exists in docker compose only.",
        source="public source of karet, seen 2026-06",
    ),
    Correction(
        number="6.4",
        document="Does not say how a task is stopped.",
        runbook="Adds an init process, and gives the worker two minutes, the longest that Fargate allows.",
        reason=(
            "The worker does not react to SIGTERM when it is the first process; it would be killed in the middle of a "
            "job."
        ),
        source=(
            "public source of karet-worker, 2026-06-08; botocore 1.44 service model, ecs ContainerDefinition "
            "stopTimeout"
        ),
    ),
    Correction(
        number="6.5",
        document="Leaves the mode of the log driver open.",
        runbook="Sets mode and buffer size explicitly.",
        reason=(
            "Otherwise the default decides whether a slow log makes the application wait or loses lines; since "
            "2025-06-25 it loses lines."
        ),
        source="botocore 1.44 service model, ecs LogConfiguration",
    ),
    Correction(
        number="6.6",
        document="Relies on the defaults for deployments.",
        runbook="Sets a grace period, a circuit breaker with rollback, and limits for how many tasks run meanwhile.",
        reason=(
            "The grace period is zero otherwise, so that a slow start counts as unhealthy, and a bad revision would "
            "be tried for ever."
        ),
        source="botocore 1.44 service model, ecs CreateService",
    ),
    Correction(
        number="6.7",
        document="Runs two web tasks and one or two of the worker.",
        runbook="Keeps these counts as settings and warns above one.",
        reason=(
            "Public builds collect events in the memory of one web task, and the worker takes no lock, so that two "
            "tasks may run one job."
        ),
        source="public sources of karet and karet-worker, seen 2026-06",
    ),
    Correction(
        number="6.8",
        document="Uses Cloud Map as if it were there at once.",
        runbook=(
            "Waits until the namespace is made, and gives the service a short time to live and a health setting from "
            "the start."
        ),
        reason="The namespace is made in the background, and that health setting cannot be added later.",
        source="botocore 1.44 service model, servicediscovery CreatePrivateDnsNamespace and CreateService",
    ),
    Correction(
        number="6.9",
        document="Forbids static keys and S3 endpoints.",
        runbook=(
            "Refuses both in the settings, apart from the regional endpoint of AWS itself, and tries the image with "
            "exactly the variables of the task."
        ),
        reason=(
            "Public builds of the worker exit unless keys and endpoint are set; they cannot run with a role until "
            "that check is removed."
        ),
        source="public source of karet-worker, 2026-06-08",
    ),
    Correction(
        number="6.10",
        document="Starts the services before the load balancer is made.",
        runbook="Applies this section after log groups, secrets, images, network and listener.",
        reason="ECS refuses a service whose target group has no load balancer yet, and tasks need the rest to start.",
        source="aws-cdk issue 1160 and terraform-provider-aws issue 32908",
    ),
    Correction(
        number="6.11",
        document="Puts an internal load balancer in front of the worker, with the webhook path on its target.",
        runbook="Makes none: uploads reach the worker through a queue, and the web tasks find it in Cloud Map.",
        reason=(
            "Targets have no path, rules do; forwarding everything would also expose a job route that asks for no key."
        ),
        source="AWS docs: Listener rules for your Application Load Balancer; public source of karet-worker, 2026-06-08",
    ),
)
