"""Deployment: everything the operator decided, frozen, and the names in AWS that follow from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from runbook.errors import SettingsError
from runbook.settings import rules
from runbook.settings.contract import Application, ServiceContract
from runbook.settings.fields import (
    SERVICES,
    CertificateArn,
    Cidr,
    Dollars,
    Domain,
    List,
    Service,
    TagKey,
    TagValue,
    Unset,
    setting,
)
from runbook.settings.limits import RETENTION_DAYS
from runbook.settings.names import Names
from runbook.settings.parts import (
    OUR_CHOICE,
    Alarms,
    Github,
    Images,
    Pipeline,
    Source,
    Storage,
    TaskSize,
    Vpc,
    WorkerSize,
)

Network = Literal["nat", "nat-per-az", "endpoints"]
DEPLOYABLE_NETWORKS: tuple[Network, ...] = get_args(Network)
PRICED_ONLY_NETWORKS = ("nat-no-s3", "public-ip")
"""Networks that the comparison prices and the runbook does not build."""

IMAGES = (*SERVICES, "poller")
"""What images are made for."""

Endpoint = Literal["kms", "monitoring", "ssmmessages", "sts", "xray"]


class Deployment(Names):
    """What the operator decided: account, region, stack, domain, sizes, network and the application contract."""

    domain: Annotated[Domain | None, Unset] = setting(
        None,
        "Name that users type, such as karet.example.com; needed for HTTPS",
        section=7,
        source="source document section 7",
    )
    hosted_zone: Annotated[Domain | None, Unset] = setting(
        None, "Route 53 zone that holds the domain; without it the longest zone that fits", section=7, source=OUR_CHOICE
    )
    tls: Literal["acm", "arn", "none"] = setting(
        "acm",
        "Certificate: acm requests one, arn uses an existing one, none is plain HTTP and fails the checklist",
        section=7,
        source="source document section 7",
    )
    certificate_arn: Annotated[CertificateArn | None, Unset] = setting(
        None, 'ARN of an existing certificate in the same region, with tls = "arn"', section=7, source=OUR_CHOICE
    )
    open_to: Annotated[tuple[Cidr, ...], List] = setting(
        (),
        "Networks that may reach the load balancer; the first visitor sets the password: begin with your own address",
        section=5,
        source="our choice: the source document opens to 0.0.0.0/0 at once",
    )
    network: Network = setting(
        "nat",
        "Way out of the private subnets: nat (one gateway), nat-per-az, or endpoints (no way to the internet)",
        section=5,
        source="source document section 12 (one zone); section 5 asks for one a zone",
    )
    zones: Literal[2, 3] = setting(2, "Availability zones to use", section=5, source="source document section 5")
    extra_endpoints: Annotated[tuple[Endpoint, ...], List] = setting(
        (), "Interface endpoints beside those that the stack needs itself", section=5, source=OUR_CHOICE
    )
    vpc: Vpc = setting(Vpc(), "Address plan", section=5, source=OUR_CHOICE)
    architecture: Literal["X86_64", "ARM64"] = setting(
        "X86_64", "Processor that images are built for and tasks run on", section=6, source="source document section 4"
    )
    web: TaskSize = setting(TaskSize(), "Size of the web service", section=6, source="source document section 12")
    worker: WorkerSize = setting(WorkerSize(), "Size of the worker", section=6, source="source document section 6")
    events: Literal["sqs", "none"] = setting(
        "sqs",
        "How uploads reach the worker: sqs (queue and poller) or none",
        section=8,
        source="source document section 8",
    )
    container_insights: Literal["enabled", "enhanced", "disabled"] = setting(
        "enabled",
        "Container Insights of the cluster; billed as custom metrics",
        section=10,
        source="source document section 10",
    )
    retention_days: int = setting(
        30,
        "Days that CloudWatch Logs keeps what the tasks write",
        section=10,
        source=OUR_CHOICE,
        allowed=RETENTION_DAYS,
    )
    alarms: Alarms = setting(Alarms(), "Alarms", section=10, source="source document section 10")
    budget_usd: Annotated[Dollars | None, Unset] = setting(
        None,
        "Most that the stack may cost in a month; a dearer plan is refused",
        section=12,
        source=OUR_CHOICE,
        local=True,
        gt=0,
        le=1_000_000,
    )
    usage: Literal["low", "typical", "high"] = setting(
        "typical", "Band of traffic that prices are computed for", section=12, source=OUR_CHOICE, local=True
    )
    tags: Mapping[TagKey, TagValue] = setting(
        {}, "Tags on everything, beside those of the runbook", section=1, source=OUR_CHOICE
    )
    storage: Storage = setting(Storage(), "The bucket", section=2, source="source document section 2")
    pipeline: Pipeline = setting(Pipeline(), "Pipeline config", section=2, source="source document section 2")
    source: Source = setting(Source(), "Source trees", section=4, source="source document section 4")
    images: Images = setting(Images(), "Images by digest", section=4, source=OUR_CHOICE)
    github: Github = setting(Github(), "Releases from GitHub", section=11, source=OUR_CHOICE)
    app: Application = setting(Application(), "Application contract", section=6, source="source document section 6")

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        conflicts = list(self._conflicts())
        if conflicts:
            text = "; ".join(f"{conflict.keys[0]}: {conflict.problem}" for conflict in conflicts)
            raise PydanticCustomError("conflicts", "{problem}", {"problem": text, "conflicts": conflicts})
        return self

    def _conflicts(self) -> Iterator[rules.Conflict]:
        if self.retention_days not in RETENTION_DAYS:
            closest = min(RETENTION_DAYS, key=lambda days: (abs(days - self.retention_days), days))
            allowed = ", ".join(str(days) for days in RETENTION_DAYS)
            yield rules.Conflict(
                ("retention_days",), f"{self.retention_days} is not one of {allowed}; nearest is {closest}"
            )
        for service in SERVICES:
            yield from rules.size_conflicts(service, self.size(service))
            yield from rules.contract_conflicts(f"app.{service}", self.contract(service), region=self.region)
        for part in IMAGES:
            if given := getattr(self.images, part):
                yield from rules.image_conflicts(
                    f"images.{part}",
                    given,
                    own=self.repository(part),
                    siblings=[self.repository(other) for other in IMAGES if other != part],
                    region=self.region,
                    account=self.account,
                    network=self.network,
                )
        yield from rules.name_conflicts(
            domain=self.domain,
            hosted_zone=self.hosted_zone,
            tls=self.tls,
            certificate_arn=self.certificate_arn,
            region=self.region,
            account=self.account,
        )
        yield from rules.vpc_conflicts(self.vpc, zones=self.zones, tasks=self.web.count + self.worker.count)
        yield from rules.tag_conflicts(self.tags)
        for field in ("open_to", "extra_endpoints"):
            values = getattr(self, field)
            if len(set(values)) != len(values):
                yield rules.Conflict((field,), "names the same value more than once")

    def warnings(self) -> tuple[str, ...]:
        """What is allowed and worth knowing before it is deployed."""
        found = []
        if self.tls == "none":
            found.append('tls: "none" sends passwords unencrypted and fails item 6 of the checklist')
        if "0.0.0.0/0" in self.open_to:
            found.append("open_to: 0.0.0.0/0 lets anybody be the first visitor, who sets the admin password")
        if not self.open_to:
            found.append("open_to: nobody can reach the load balancer yet")
        if self.web.count > 1:
            found.append("web.count: public builds of Karet debounce jobs in memory and expect one replica")
        if self.worker.count > 1:
            found.append("worker.count: public builds of the worker have no lock, so two tasks may run the same job")
        if self.events == "sqs" and (warning := rules.upload_warning(self.app)):
            found.append(warning)
        return tuple(found)

    @property
    def image_parts(self) -> tuple[str, ...]:
        """What has an image of its own: both services, and the poller when uploads come through a queue."""
        return IMAGES if self.events == "sqs" else SERVICES

    def size(self, service: Service) -> TaskSize:
        """The task size of a service."""
        return self.web if service == "web" else self.worker

    def contract(self, service: Service) -> ServiceContract:
        """The application contract of a service."""
        return self.app.web if service == "web" else self.app.worker

    @property
    def public_subnets(self) -> tuple[str, ...]:
        """The CIDRs of the public subnets, one a zone; empty with an existing VPC."""
        return () if self.vpc.id else self.vpc.blocks(self.zones)[0]

    @property
    def private_subnets(self) -> tuple[str, ...]:
        """The CIDRs of the private subnets, one a zone; empty with an existing VPC."""
        return () if self.vpc.id else self.vpc.blocks(self.zones)[1]

    def bucket(self, account: str) -> str:
        """The bucket's name; it carries the account because bucket names are shared by all accounts."""
        return self.storage.name or f"{self.stack}-data-{account}"

    @property
    def worker_url(self) -> str:
        """The worker's URL inside the VPC."""
        return f"http://{self.host('worker')}:{self.app.worker.port}"

    def environment(self, service: Service, account: str) -> dict[str, str]:
        """The plain variables of a service's container, sorted by name; secrets are not among them."""
        contract = self.contract(service)
        named = (
            (contract.port_variable, str(contract.port)),
            (contract.region_variable, self.region),
            (contract.pipeline_key_variable, self.pipeline.key),
            (contract.worker_url_variable, self.worker_url),
            *((name, self.bucket(account)) for name in contract.bucket_variables),
        )
        values = {**contract.environment, **{name: value for name, value in named if name}}
        return dict(sorted(values.items()))

    def secrets(self, service: Service) -> dict[str, str]:
        """The variables of a service that Secrets Manager fills: variable to whole path, sorted by name."""
        return {name: self.secret(path) for name, path in sorted(self.contract(service).secrets.items())}

    def for_account(self, account: str) -> Deployment:
        """This deployment with the account known.

        Raises
        ------
        SettingsError: the settings are pinned to another account, or name something of another one.
        """
        if self.account not in (None, account):
            raise SettingsError(
                f"the credentials are for account {account}, and the settings are pinned to account {self.account}",
                hint="Choose another profile, or change `account` in karet.toml if the pin is wrong.",
            )
        known = self.model_copy(update={"account": account})
        if conflicts := list(known._conflicts()):
            # What has to be of the same account can be judged only now.
            raise SettingsError(
                f"these settings do not fit account {account}",
                problems=[f"{conflict.keys[0]}: {conflict.problem}" for conflict in conflicts],
                hint="Correct them in karet.toml, or choose another profile.",
            )
        return known
