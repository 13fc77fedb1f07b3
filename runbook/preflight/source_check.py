"""Compares a source tree with what the deployment will give its container, and names the settings that fix it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runbook.preflight.contract_profiles import JOB_ROUTE, differing, profile_of
from runbook.preflight.dockerfile import Stage
from runbook.preflight.finding import Item, Outcome
from runbook.preflight.image_tools import health_command, tools_for, tools_of
from runbook.preflight.source_scan import MOST_FILES, SourceSeen, scan
from runbook.preflight.variable_remedy import remedy
from runbook.settings import Deployment, Service

GIVEN_BY_ECS = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "ECS_CONTAINER_METADATA_URI_V4", "HOME", "HOSTNAME", "PATH")
"""AWS docs: Amazon ECS task metadata endpoint v4; task IAM role. The rest is of every Linux container."""
PLATFORMS = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}


@dataclass(frozen=True)
class _About:
    """What one image's items are made from."""

    deployment: Deployment
    service: Service
    seen: SourceSeen

    def item(self, name: str, outcome: Outcome, statement: str, detail: str, **more: Any) -> Item:
        return Item(f"source.{self.service}.{name}", outcome, statement, detail, **more)


def source_items(deployment: Deployment, service: Service, tree: Path) -> list[Item]:
    """Everything that a service's source tree tells about its container; nothing is built or run."""
    about = _About(deployment, service, scan(tree))
    stage = about.seen.stage
    if stage is None:
        hint = f"Set source.{service} to the folder with the Dockerfile, or images.{service} to an image by digest."
        return [about.item("dockerfile", "failed", f"The {service} image can be built", f"{tree} has none", fix=hint)]
    found = [*_profile(about), _image(about, stage), _port(about, stage), _tools(about, stage), _health(about)]
    if service == "worker" and deployment.events != "none":
        found.append(_webhook(about))
    return [*found, *_variables(about, stage)]


def _profile(about: _About) -> Iterator[Item]:
    if about.service != "worker" or not about.seen.routes:
        return
    statement = "The application contract is the one of this release"
    profile = profile_of(about.seen)
    if profile is None:
        yield about.item("profile", "unknown", statement, "the source looks like no release that is known here")
        return
    wrong = differing(profile, about.deployment)
    detail = f"the source looks like {profile.name}"
    if wrong:
        fix = "Write what fits it into karet.toml."
        yield about.item("profile", "warning", statement, f"{detail}, the settings do not", fix=fix, settings=wrong)
    else:
        yield about.item("profile", "ok", statement, detail)


# -- the image -------------------------------------------------------------------------------------------------------


def _image(about: _About, stage: Stage) -> Item:
    statement = f"The {about.service} image is for the processor that tasks run on"
    wanted = PLATFORMS[about.deployment.architecture]
    root = stage.user.partition(":")[0] in ("", "root", "0")
    user = "as root, unless its base image says otherwise" if root else f"as {stage.user}"
    detail = f"made from {stage.base or 'an image whose name is an argument'}; runs {user}"
    fixed = stage.platform if stage.platform.startswith("linux/") else ""
    if fixed and fixed != wanted:
        other = next((name for name, value in PLATFORMS.items() if value == fixed), "")
        fix = f"Take --platform={fixed} out of the Dockerfile, or change the setting."
        settings = {"architecture": other} if other else {}
        return about.item("image", "failed", statement, f"{detail}; fixed to {fixed}", fix=fix, settings=settings)
    return about.item("image", "ok", statement, detail)


def _port(about: _About, stage: Stage) -> Item:
    port = about.deployment.contract(about.service).port
    statement = f"The {about.service} container listens on port {port}"
    if not stage.ports:
        return about.item("port", "unknown", statement, "the Dockerfile exposes no port")
    exposed = ", ".join(map(str, dict.fromkeys(stage.ports)))
    if port in stage.ports:
        return about.item("port", "ok", statement, f"the Dockerfile exposes {exposed}")
    key = f"app.{about.service}.port"
    fix = f"If the program listens there, set {key}."
    settings = {key: stage.ports[0]} if len(set(stage.ports)) == 1 else {}
    return about.item("port", "warning", statement, f"the Dockerfile exposes {exposed}", fix=fix, settings=settings)


def _tools(about: _About, stage: Stage) -> Item:
    contract = about.deployment.contract(about.service)
    statement = f"The tools of the {about.service} health command are in the image"
    needed = tools_for(contract.health_command)
    if not needed:
        return about.item("tools", "ok", statement, "ECS runs no command in this container")
    here = tools_of(stage)
    if here is None:
        detail = f"needs {', '.join(needed)}; what {stage.base} has is not known here"
        return about.item("tools", "unknown", statement, detail)
    lacking = [one for one in needed if one not in here]
    if not lacking:
        return about.item("tools", "ok", statement, f"{', '.join(needed)}: in {stage.base}, or installed")
    detail = f"{', '.join(lacking)} is not in {stage.base} and is not installed: ECS would stop every task as unhealthy"
    other = health_command(here, port=contract.port, path=contract.health_path)
    key = f"app.{about.service}.health_command"
    fix = "Ask with what is there." if other else "Nothing there can ask: install a tool, or let ECS not ask."
    return about.item("tools", "failed", statement, detail, fix=fix, settings={key: list(other)})


# -- routes ------------------------------------------------------------------------------------------------------------


def _health(about: _About) -> Item:
    path = about.deployment.contract(about.service).health_path
    statement = f"The {about.service} program answers {path}"
    if not about.seen.routes:
        return about.item("health", "unknown", statement, f"no route was recognised in {about.seen.files} source files")
    if (found := about.seen.route(path)) is not None:
        if about.seen.redirects and "/login" in about.seen.routes and path == "/":
            return about.item(
                "health",
                "warning",
                statement,
                f"{about.seen.redirects} redirects who has no session, and a redirect is no 200",
                fix="Ask a page that answers without a session.",
                settings={f"app.{about.service}.health_path": "/login"},
            )
        return about.item("health", "ok", statement, f"{path} in {found.where}")
    others = [one for one in about.seen.routes if "health" in one or one in ("/login", "/ping", "/ready")]
    settings = {f"app.{about.service}.health_path": others[0]} if others else {}
    return about.item(
        "health",
        "failed",
        statement,
        f"there is no such route; there is {_list(about.seen)}",
        fix="Ask a route that is there." if others else "Set the health path to a route that answers without a login.",
        settings=settings,
    )


def _webhook(about: _About) -> Item:
    path = about.deployment.app.webhook_path
    statement = f"The worker hears about uploads at {path}"
    if not about.seen.routes:
        return about.item("webhook", "unknown", statement, f"no route was recognised in {about.seen.files} files")
    found = about.seen.route(path)
    if found and (not found.verbs or "POST" in found.verbs):
        return about.item("webhook", "ok", statement, f"POST {path} in {found.where}")
    if found:
        return about.item(
            "webhook", "failed", statement, f"{path} in {found.where} takes {', '.join(sorted(found.verbs))}, not POST"
        )
    missing = f"there is no route {path}; there is {_list(about.seen)}"
    if about.seen.route(JOB_ROUTE):
        return about.item(
            "webhook",
            "failed",
            statement,
            missing,
            fix=f"Let the poller start jobs at {JOB_ROUTE}, which wants the pipeline's prefix.",
            settings={"app.webhook_path": JOB_ROUTE, "app.webhook_body": "pipeline"},
        )
    fix = "Set app.webhook_path to the route that starts a job, or build a release that has this one."
    return about.item("webhook", "failed", statement, missing, fix=fix)


def _list(seen: SourceSeen) -> str:
    names = sorted(seen.routes)
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


# -- variables -------------------------------------------------------------------------------------------------------


def _variables(about: _About, stage: Stage) -> Iterator[Item]:
    deployment, service, seen = about.deployment, about.service, about.seen
    statement = f"The {service} container gets every variable that it cannot start without"
    plain = deployment.environment(service, deployment.account or "")
    given = {*plain, *deployment.secrets(service), *stage.environment, *GIVEN_BY_ECS}
    lacking = {name: one for name, one in sorted(seen.variables.items()) if one.required and name not in given}
    for name, one in lacking.items():
        fix, settings = remedy(deployment, service, name, tuple(lacking))
        detail = f"{name} is required in {one.where} and is not given"
        yield about.item(f"variable-{name}", "failed", statement, detail, fix=fix, settings=settings)
    if not lacking:
        required = sorted(name for name, one in seen.variables.items() if one.required)
        told = f"required: {', '.join(required)}" if required else f"none is marked as required in {seen.files} files"
        whole = "" if seen.whole else f"; only the first {MOST_FILES} files were read"
        yield about.item("variables", "ok" if required else "unknown", statement, f"{told}{whole}")
    # Frameworks read the port themselves.
    named = (name for name in sorted(plain) if name != deployment.contract(service).port_variable)
    unread = [name for name in named if name not in seen.variables]
    if unread and seen.variables:
        statement = f"The {service} program reads what it is given"
        detail = f"not found in its source: {', '.join(unread)}"
        yield about.item("unread", "warning", statement, detail, fix="Harmless, unless another name was meant.")
