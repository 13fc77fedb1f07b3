"""Judges what a real run of an image showed against the application contract, and names the settings that fix it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runbook.images.trial_seen import ALIVE_S, Asked, Trial, TrialOrder
from runbook.preflight.contract_profiles import JOB_ROUTE
from runbook.preflight.finding import Item, Outcome
from runbook.preflight.image_tools import health_command, tools_for
from runbook.preflight.source_check import GIVEN_BY_ECS, PLATFORMS
from runbook.preflight.variable_remedy import remedy
from runbook.settings import Deployment, Service

_OTHER_TOOLS = ("sh", "curl", "wget", "node", "python3", "bash", "head", "grep")
"""What a health command can be made from."""
_NAME = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_LACKS = re.compile(r"missing|required|not set|unset|must be set|undefined|empty|not found|environment", re.IGNORECASE)
_SHELL = ("/bin/sh", "-c")
_NO_PROGRAM = (126, 127)
"""Exit codes of shells and of the init process for a program that is not executable, and one that is not there."""
_NO_ROUTE = (404, 405)
_NO_ENTRY = (401, 403)
_SAMPLE = "pipelines/doctor/raw/doctor.csv"


def order_for(deployment: Deployment, service: Service, image: str, environment: Mapping[str, str]) -> TrialOrder:
    """What a service's image is started with and asked.

    Parameters
    ----------
    environment: all variables of the task's container, secrets as placeholders.
    """
    contract, app = deployment.contract(service), deployment.app
    told = service == "worker" and deployment.events != "none"
    command = contract.health_command
    return TrialOrder(
        image=image,
        environment=environment,
        port=contract.port,
        health_path=contract.health_path,
        well=lambda code: fits(contract.health_codes, code),
        posts={app.webhook_path: json.dumps(_body(deployment)).encode()} if told else {},
        # Asked with GET, so that no job is started: 405 says that the route is there.
        gets=("/", JOB_ROUTE) if told and app.webhook_path != JOB_ROUTE else ("/",),
        command=_argv(command),
        command_s=contract.health_timeout_s,
        tools=tuple(dict.fromkeys((*tools_for(command), *_OTHER_TOOLS))),
    )


def fits(codes: str, code: int) -> bool:
    """Whether an HTTP code is among codes as a target group writes them: `200,301-302`."""
    for part in codes.split(","):
        low, _, high = part.partition("-")
        if int(low) <= code <= int(high or low):
            return True
    return False


def _argv(command: tuple[str, ...]) -> tuple[str, ...]:
    """A health command as the container runs it; empty where there is none."""
    if not command or command[0] == "NONE":
        return ()
    if command[0] == "CMD-SHELL":
        return (*_SHELL, " ".join(command[1:]))
    return command[1:] if command[0] == "CMD" else command


def _body(deployment: Deployment) -> dict[str, Any]:
    """What the poller would tell the worker about one upload."""
    if deployment.app.webhook_body == "pipeline":
        return {"pipeline_prefix": "pipelines/doctor/"}
    bucket = deployment.bucket(deployment.account or "000000000000")
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": deployment.region,
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": _SAMPLE, "size": 0}},
    }
    return {"Records": [record]}


@dataclass(frozen=True)
class _About:
    deployment: Deployment
    service: Service
    order: TrialOrder
    trial: Trial

    def item(self, name: str, outcome: Outcome, statement: str, detail: str, **more: Any) -> Item:
        return Item(f"run.{self.service}.{name}", outcome, statement, detail, **more)


def trial_items(deployment: Deployment, service: Service, order: TrialOrder, trial: Trial) -> list[Item]:
    """Every statement that a run of the image decides."""
    about = _About(deployment, service, order, trial)
    found = [_processor(about), _user(about), *_alive(about), _tools(about)]
    if trial.refused or (trial.exit_code is not None and trial.health.code is None):
        return found
    found += [_health(about), *_command(about)]
    if service == "worker" and deployment.events != "none":
        found.append(_webhook(about))
    return [*found, _root(about)]


def _processor(about: _About) -> Item:
    statement = f"The {about.service} image is for the processor that tasks run on"
    found, wanted = about.trial.architecture, PLATFORMS[about.deployment.architecture].rpartition("/")[2]
    detail = f"it is for {found or 'an unknown processor'}, {about.trial.size / 1e6:,.0f} MB"
    if found == wanted:
        return about.item("processor", "ok", statement, detail)
    other = next((name for name, value in PLATFORMS.items() if value.endswith(f"/{found}")), "")
    settings = {"architecture": other} if other else {}
    fix = f"Build it for {wanted}, or change the setting."
    return about.item("processor", "failed", statement, f"{detail}; tasks run on {wanted}", fix=fix, settings=settings)


def _user(about: _About) -> Item:
    statement = f"The {about.service} program does not run as root"
    user = about.trial.user
    if user.partition(":")[0] in ("", "root", "0"):
        fix = "Put a USER into the Dockerfile; nothing in the stack needs root."
        return about.item("user", "warning", statement, "the image names no other user", fix=fix)
    return about.item("user", "ok", statement, f"runs as {user}")


# -- alive -----------------------------------------------------------------------------------------------------------


def _alive(about: _About) -> Iterator[Item]:
    trial = about.trial
    statement = f"The {about.service} program lives with what its task gives it"
    if trial.refused:
        fix = "Correct the image's CMD or ENTRYPOINT, or build for the right processor."
        yield about.item("alive", "failed", statement, f"the engine could not start it: {trial.refused}", fix=fix)
        return
    if trial.exit_code is None:
        detail = f"still runs after {max(trial.lived_s, ALIVE_S):.0f} s"
        yield about.item("alive", "ok", statement, detail)
        return
    said = " | ".join(trial.last_lines[-5:]) or "nothing"
    detail = f"ended with {trial.exit_code} after {trial.lived_s:.0f} s; its last words: {said}"
    lacking = _named(about)
    fix = "" if lacking else "Run it with these variables by hand and correct what it says."
    if trial.exit_code in _NO_PROGRAM:
        fix = "The image's CMD or ENTRYPOINT names a program that is not in it or cannot be started: correct it."
    yield about.item("alive", "failed", statement, detail, fix=fix)
    for name in lacking:
        fix, settings = remedy(about.deployment, about.service, name, lacking)
        statement = f"The {about.service} container gets every variable that it cannot start without"
        yield about.item(
            f"variable-{name}", "failed", statement, f"{name} is named in its last words", fix=fix, settings=settings
        )


def _named(about: _About) -> tuple[str, ...]:
    """Variables that the last words name as lacking, and that the task does not give."""
    given = {*about.order.environment, *GIVEN_BY_ECS}
    found = [name for line in about.trial.last_lines if _LACKS.search(line) for name in _NAME.findall(line)]
    return tuple(sorted({name for name in found if name not in given}))


# -- health ----------------------------------------------------------------------------------------------------------


def _tools(about: _About) -> Item:
    statement = f"The tools of the {about.service} health command are in the image"
    needed = tools_for(about.deployment.contract(about.service).health_command)
    if not needed:
        return about.item("tools", "ok", statement, "ECS runs no command in this container")
    lacking = [one for one in needed if not about.trial.tools.get(one)]
    if not lacking:
        return about.item("tools", "ok", statement, f"{', '.join(needed)}: there")
    detail = f"{', '.join(lacking)} is not in the image: ECS would stop every task as unhealthy"
    return about.item("tools", "failed", statement, detail, **_other_command(about))


def _other_command(about: _About) -> dict[str, Any]:
    contract = about.deployment.contract(about.service)
    here = frozenset(name for name, there in about.trial.tools.items() if there)
    other = health_command(here, port=contract.port, path=contract.health_path)
    fix = "Ask with what is there." if other else "Nothing there can ask: install a tool, or let ECS not ask."
    return {"fix": fix, "settings": {f"app.{about.service}.health_command": list(other)}}


def _command(about: _About) -> Iterator[Item]:
    contract, asked = about.deployment.contract(about.service), about.trial.command
    if not about.order.command:
        return
    statement = f"The health command of the {about.service} container succeeds in it"
    if asked.code == 0:
        yield about.item("command", "ok", statement, "it ended with 0")
        return
    detail = asked.problem or f"it ended with {asked.code}"
    lacking = any(not about.trial.tools.get(one) for one in tools_for(contract.health_command))
    more = _other_command(about) if lacking else {"fix": "See what the health path answered."}
    yield about.item("command", "failed", statement, detail, **more)


def _health(about: _About) -> Item:
    contract, asked = about.deployment.contract(about.service), about.trial.health
    path, codes = contract.health_path, contract.health_codes
    statement = f"The {about.service} program answers {path} with {codes}"
    if about.trial.unasked:
        return about.item("health", "unknown", statement, about.trial.unasked)
    if asked.code is not None and fits(codes, asked.code):
        return about.item("health", "ok", statement, f"GET {path} answered {asked.code}")
    if asked.code is None:
        detail = (
            f"port {contract.port}: {asked.problem}; a program that listens on 127.0.0.1 only is not reached either"
        )
        others = [one for one in about.trial.exposed if one != contract.port]
        settings: dict[str, Any] = {f"app.{about.service}.port": others[0]} if len(others) == 1 else {}
        fix = "Set the port that the program listens on."
        return about.item("health", "failed", statement, detail, fix=fix, settings=settings)
    detail = f"GET {path} answered {asked.code}"
    settings = {}
    if asked.location:
        to = re.sub(r"^https?://[^/]+", "", asked.location).partition("?")[0]
        detail += f", to {to}"
        settings = {f"app.{about.service}.health_path": to} if to.startswith("/") and to != path else {}
    fix = "Ask a page that answers without a session." if settings else "Set the health path, or the codes that count."
    return about.item("health", "failed", statement, detail, fix=fix, settings=settings)


# -- routes ----------------------------------------------------------------------------------------------------------


def _webhook(about: _About) -> Item:
    path = about.deployment.app.webhook_path
    asked = about.trial.posts.get(path, Asked())
    statement = f"The worker hears about uploads at {path}"
    if about.trial.unasked:
        return about.item("webhook", "unknown", statement, about.trial.unasked)
    if asked.code is None:
        detail = asked.problem or "it was not asked"
        return about.item("webhook", "unknown", statement, f"POST {path}: {detail}")
    detail = f"POST {path} answered {asked.code}"
    if asked.code in _NO_ROUTE:
        job = about.trial.gets.get(JOB_ROUTE, Asked()).code
        if job is not None and job != 404:
            fix = f"Let the poller start jobs at {JOB_ROUTE}, which wants the pipeline's prefix."
            settings = {"app.webhook_path": JOB_ROUTE, "app.webhook_body": "pipeline"}
            return about.item("webhook", "failed", statement, detail, fix=fix, settings=settings)
        fix = "Set app.webhook_path to the route that starts a job, or deploy a release that has this one."
        return about.item("webhook", "failed", statement, detail, fix=fix)
    if asked.code in _NO_ENTRY:
        fix = "The poller brings no key: deploy a release whose route is open inside the VPC."
        return about.item("webhook", "failed", statement, detail, fix=fix)
    # Without a bucket behind it the program may well answer an error; that the route is there is all that is asked.
    return about.item("webhook", "ok", statement, f"{detail}: the route is there; jobs cannot be tried without S3")


def _root(about: _About) -> Item:
    asked = about.trial.gets.get("/", Asked())
    statement = f"The {about.service} program answers GET /"
    if about.trial.unasked or asked.code is None:
        return about.item("root", "unknown", statement, about.trial.unasked or asked.problem or "it was not asked")
    detail = f"it answered {asked.code}{f', to {asked.location}' if asked.location else ''}"
    if about.service == "web" and asked.code >= 400:
        fix = "Visitors see this first; look at what the program says."
        return about.item("root", "warning", statement, detail, fix=fix)
    nobody = "" if about.service == "web" else "; nobody asks for it in the stack"
    return about.item("root", "ok", statement, f"{detail}{nobody}")
