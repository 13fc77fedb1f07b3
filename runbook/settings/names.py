"""The names in AWS that follow from the stack: the default stack `karet` gives the source document's names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from runbook.settings.fields import Account, FixedSetting, Part, Region, Stack, Unset, setting
from runbook.settings.parts import ANOTHER_STACK, OUR_CHOICE

ENDINGS: Mapping[str, str] = MappingProxyType({"web": "", "worker": "-worker", "poller": "-poller"})
"""What follows the stack in names of repositories, families and hosts. Source: source document sections 4, 6 and 8."""


class Names(Part):
    """Stack, account and region, and every name that is made from them."""

    stack: Stack = setting(
        "karet",
        "Name of the stack; stands at the beginning of every name in AWS",
        section=1,
        source="source document, the names of all sections",
        fixed=FixedSetting(
            reason="every name in AWS begins with it, and most of them cannot be changed", way=ANOTHER_STACK
        ),
    )
    account: Annotated[Account | None, Unset] = setting(
        None, "Account to deploy into; when set, any other account is refused", section=1, source=OUR_CHOICE
    )
    region: Region = setting(
        ...,
        "Region to deploy into; without it AWS_REGION, AWS_DEFAULT_REGION or the profile decides",
        section=1,
        source="source document section 1 uses us-east-1",
        fixed=FixedSetting(reason="nothing moves from one region to another", way=ANOTHER_STACK),
    )

    def name(self, ending: str) -> str:
        """`<stack>-<ending>`, the shape of most names: `name("task-role")` is `karet-task-role`."""
        return f"{self.stack}-{ending}"

    @property
    def task_role(self) -> str:
        """Role of the web service's tasks."""
        return self.name("task-role")

    @property
    def worker_task_role(self) -> str:
        """Role of the worker's tasks."""
        return self.name("worker-task-role")

    @property
    def github_role(self) -> str:
        """Role that GitHub takes on to release."""
        return self.name("github-role")

    @property
    def exec_role(self) -> str:
        """Role that ECS itself uses to pull images, write logs and read secrets; not the one that an account shares."""
        return self.name("exec-role")

    @property
    def cluster(self) -> str:
        """The ECS cluster."""
        return self.stack

    @property
    def namespace(self) -> str:
        """The private DNS namespace in Cloud Map."""
        return f"{self.stack}.local"

    def repository(self, part: str) -> str:
        """The ECR repository of `web`, `worker` or `poller`: karet, karet-worker, karet-poller."""
        return f"{self.stack}{ENDINGS[part]}"

    def family(self, service: str) -> str:
        """The task definition family of a service, which is also the name of its container: karet, karet-worker."""
        return f"{self.stack}{ENDINGS[service]}"

    def ecs_service(self, service: str) -> str:
        """The ECS service: karet-svc, karet-worker-svc."""
        return f"{self.stack}{ENDINGS[service]}-svc"

    def host(self, service: str) -> str:
        """The private DNS name of a service: karet-worker.karet.local."""
        return f"{self.stack}{ENDINGS[service]}.{self.namespace}"

    @property
    def upload_queue(self) -> str:
        """The SQS queue that S3 reports uploads to: karet-uploads."""
        return self.name("uploads")

    @property
    def dead_letter_queue(self) -> str:
        """The SQS queue that takes what failed again and again: karet-uploads-dead."""
        return self.name("uploads-dead")

    def queue_arn(self, name: str, account: str) -> str:
        """The ARN of a queue of the stack."""
        return f"arn:aws:sqs:{self.region}:{account}:{name}"

    @property
    def alert_topic(self) -> str:
        """The SNS topic that alarms go to: karet-alerts."""
        return self.name("alerts")

    @property
    def request_metrics(self) -> str:
        """The id of the bucket's metrics configuration, which is the dimension FilterId too: karet-requests."""
        return self.name("requests")

    def log_group(self, part: str) -> str:
        """The log group of `web` or `worker`: /karet/web; the poller writes into the worker's."""
        return f"/{self.stack}/{part}"

    @property
    def secret_prefix(self) -> str:
        """Where the stack's secrets begin: /karet/prod."""
        return f"/{self.stack}/prod"

    def secret(self, path: str) -> str:
        """The whole path of a secret: `api-key` is /karet/prod/api-key; a path that begins with a slash stays."""
        return path if path.startswith("/") else f"{self.secret_prefix}/{path}"

    def secret_resource(self, path: str) -> str:
        """The resource id of a secret, whichever way it is named: `api-key`, /karet/prod/api-key, /other/x.

        The first two are `secrets.api-key`, the third is `secrets.other-x`.
        """
        whole = self.secret(path)
        text = whole.removeprefix(f"{self.secret_prefix}/").strip("/").replace("/", "-")
        plain = re.sub(r"[^a-z0-9-]", "-", text.lower())
        # Ids have fewer letters than paths, so what was lost is told apart by a hash.
        return (
            f"secrets.{plain}" if plain == text else f"secrets.{plain}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
        )

    @property
    def settings_parameter(self) -> str:
        """The SSM parameter that holds the applied settings."""
        return f"/{self.stack}/settings"

    def signed_parameter(self, item: str) -> str:
        """The SSM parameter of a sign-off."""
        return f"/{self.stack}/signed/{item}"

    def proven_parameter(self, what: str) -> str:
        """The SSM parameter of what a probe has seen."""
        return f"/{self.stack}/proven/{what}"

    def registry(self, account: str) -> str:
        """The account's ECR registry in this region."""
        return f"{account}.dkr.ecr.{self.region}.amazonaws.com"
