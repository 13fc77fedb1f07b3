"""The groups of settings in karet.toml: task sizes, the VPC, the bucket, the sources and the images."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator

from runbook.settings import limits
from runbook.settings.fields import (
    Block,
    Bucket,
    Digest,
    Email,
    FixedSetting,
    List,
    LocalPath,
    ObjectKey,
    Part,
    Unset,
    refuse,
    setting,
    shaped,
)

DOCUMENT_10 = "source document section 10"
DOCUMENT_12 = "source document section 12"
OUR_CHOICE = "our choice"
DEFAULT_BLOCK = "10.60.0.0/16"
CPU_UNITS = tuple(limits.FARGATE_MEMORY_MIB)

ANOTHER_STACK = "Deploy a second stack with the new value (another `stack` name), move over, then destroy this one."
BLOCKS_FIXED = FixedSetting(reason="AWS cannot change the CIDR of a VPC or of a subnet that exists", way=ANOTHER_STACK)

GithubRepository = Annotated[
    str,
    shaped(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}", "a GitHub repository: owner/name"),
]
GitBranch = Annotated[
    str,
    shaped(
        r"[A-Za-z0-9_](?:[A-Za-z0-9_./-]{0,98}[A-Za-z0-9_-])?", "the name of one branch, such as main; no wildcards"
    ),
]
RegistryHost = Annotated[str, shaped(r"[a-z0-9.-]+:[0-9]{1,5}", "a registry as host:port, such as 127.0.0.1:5000")]
SubnetId = Annotated[str, shaped(r"subnet-[0-9a-f]{8,17}", "the id of a subnet: subnet-0123456789abcdef0")]
VpcId = Annotated[str, shaped(r"vpc-[0-9a-f]{8,17}", "the id of a VPC: vpc-0123456789abcdef0")]


def _offered_cpu(cpu: int) -> int:
    if cpu not in limits.FARGATE_MEMORY_MIB:
        offered = ", ".join(str(units) for units in limits.FARGATE_MEMORY_MIB)
        raise refuse(f"is not a number of CPU units that Fargate offers: {offered} (1024 is one vCPU)")
    return cpu


class TaskSize(Part):
    """How large the tasks of a service are, and how many run."""

    cpu: Annotated[int, AfterValidator(_offered_cpu)] = setting(
        512, "CPU units of one task; 1024 is one vCPU", section=6, source=DOCUMENT_12, allowed=CPU_UNITS
    )
    memory_mib: int = setting(
        1024, "Memory of one task in MiB; Fargate offers certain pairs with cpu", section=6, source=DOCUMENT_12
    )
    count: int = setting(
        2,
        "Tasks that run at the same time; 0 stops the service",
        section=6,
        source="source document section 6",
        ge=0,
        le=50,
    )
    ephemeral_storage_gib: int = setting(
        20, "Disk of one task in GiB; 20 is included in the price", section=6, source="AWS's own default", ge=20, le=200
    )


class WorkerSize(TaskSize):
    """The worker's size in the source document."""

    cpu: Annotated[int, AfterValidator(_offered_cpu)] = setting(
        1024,
        "CPU units of one task; 1024 is one vCPU",
        section=6,
        source="source document section 6",
        allowed=CPU_UNITS,
    )
    memory_mib: int = setting(
        2048,
        "Memory of one task in MiB; Fargate offers certain pairs with cpu",
        section=6,
        source="source document section 6",
    )
    count: int = setting(
        1, "Tasks that run at the same time; 0 stops the service", section=6, source=DOCUMENT_12, ge=0, le=50
    )


class Vpc(Part):
    """The address plan of a new VPC, or the ids of an existing one that is looked at and never changed."""

    cidr: Block = setting(
        DEFAULT_BLOCK, "Addresses of the new VPC, /16 to /28", section=5, source=OUR_CHOICE, fixed=BLOCKS_FIXED
    )
    public_subnets: Annotated[tuple[Block, ...], List] = setting(
        (),
        "CIDRs of the public subnets, one a zone; empty cuts the VPC into eight equal blocks",
        section=5,
        source=OUR_CHOICE,
        fixed=BLOCKS_FIXED,
    )
    private_subnets: Annotated[tuple[Block, ...], List] = setting(
        (),
        "CIDRs of the private subnets, one a zone; empty cuts the VPC into eight equal blocks",
        section=5,
        source=OUR_CHOICE,
        fixed=BLOCKS_FIXED,
    )
    id: Annotated[VpcId | None, Unset] = setting(
        None,
        "An existing VPC to deploy into; it is looked at, never changed",
        section=5,
        source=OUR_CHOICE,
        fixed=FixedSetting(
            reason="load balancer, security groups and subnets cannot move to another VPC", way=ANOTHER_STACK
        ),
    )
    public_subnet_ids: Annotated[tuple[SubnetId, ...], List] = setting(
        (), "Public subnets of the existing VPC, one a zone", section=5, source=OUR_CHOICE
    )
    private_subnet_ids: Annotated[tuple[SubnetId, ...], List] = setting(
        (), "Private subnets of the existing VPC, one a zone", section=5, source=OUR_CHOICE
    )

    def blocks(self, zones: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The CIDRs of the public and the private subnets.

        Without CIDRs in the file the VPC is cut into eight blocks: public ones from the first, private ones from the
        fifth. A third zone therefore adds two blocks and moves none.
        """
        step = 3
        network = ipaddress.IPv4Network(self.cidr)
        if network.prefixlen + step > limits.SMALLEST_BLOCK:
            cut: list[str] = []
        else:
            cut = [str(block) for block in network.subnets(prefixlen_diff=step)]
        return self.public_subnets or tuple(cut[:zones]), self.private_subnets or tuple(cut[4 : 4 + zones])


class Storage(Part):
    """The bucket's name and how long it keeps what nobody sees any more."""

    name: Annotated[Bucket | None, Unset] = setting(
        None,
        "Name of the bucket; without it <stack>-data-<account>",
        section=2,
        source="source document section 2",
        fixed=FixedSetting(
            reason="S3 cannot rename a bucket, and the data would stay in the old one",
            way="Keep the name, or deploy a second stack and copy the objects.",
        ),
    )
    noncurrent_days: int = setting(
        30, "Days that an overwritten or deleted version is kept", section=2, source=OUR_CHOICE, ge=1, le=3650
    )
    unfinished_upload_days: int = setting(
        7, "Days after which an unfinished multipart upload is removed", section=2, source=OUR_CHOICE, ge=1, le=3650
    )


class Alarms(Part):
    """Who is told when something goes wrong, and from which figure on it does."""

    enabled: Literal["yes", "no"] = setting(
        "yes",
        "Alarms, their topic and request metrics of the bucket: yes, or no for none",
        section=10,
        source=OUR_CHOICE,
    )
    email: Annotated[Email | None, Unset] = setting(
        None, "Address that alarms go to; it has to confirm a mail from AWS first", section=10, source=OUR_CHOICE
    )
    errors_percent: int = setting(
        1, "Alarm above this share of 5xx answers in 5 minutes", section=10, source=DOCUMENT_10, ge=1, le=100
    )
    errors_requests: int = setting(
        100,
        "Requests in 5 minutes from which that share counts; among fewer, one error would be an alarm",
        section=10,
        source=OUR_CHOICE,
        ge=1,
        le=1_000_000,
    )
    cpu_percent: int = setting(
        85, "Alarm above this CPU of the worker's tasks for 10 minutes", section=10, source=DOCUMENT_10, ge=1, le=100
    )
    refused_percent: int = setting(
        5,
        "Alarm above this share of 4xx answers of the bucket for 15 minutes",
        section=10,
        source="our choice: the source document names the metric and no figure",
        ge=1,
        le=100,
    )


class Pipeline(Part):
    """The pipeline config: the file on the operator's machine and its key in the bucket."""

    file: LocalPath = setting(
        "scripts/mock/pipeline.json",
        "Pipeline config to upload when the bucket has none",
        section=2,
        source="source document section 2",
        local=True,
    )
    key: ObjectKey = setting(
        "config/pipeline.json",
        "Key of the pipeline config in the bucket",
        section=2,
        source="source document section 2",
    )


class Github(Part):
    """The one repository and branch that may release, through a role that GitHub takes on without a stored key."""

    repository: Annotated[GithubRepository | None, Unset] = setting(
        None,
        "GitHub repository that releases, owner/name; without it no role is made for GitHub",
        section=11,
        source=OUR_CHOICE,
    )
    branch: GitBranch = setting(
        "main",
        "Branch whose pushes release",
        section=11,
        source="the public repositories; source document section 11 names mainline",
    )


class Source(Part):
    """Where the source trees of the images are."""

    web: LocalPath = setting(
        "src/karet", "Folder with the web image's Dockerfile", section=4, source="source document section 4", local=True
    )
    worker: LocalPath = setting(
        "src/karet-worker",
        "Folder with the worker image's Dockerfile",
        section=4,
        source="source document section 4",
        local=True,
    )
    poller: Annotated[LocalPath | None, Unset] = setting(
        None,
        "Folder with the poller image's Dockerfile; without it the one that comes with the runbook",
        section=4,
        source="our choice: the source document mentions a poller and has none",
        local=True,
    )


class Images(Part):
    """Images that exist already, by digest, in place of building from source."""

    web: Annotated[Digest | None, Unset] = setting(
        None, "Web image by digest, REPOSITORY@sha256:...; without it the source is built", section=4, source=OUR_CHOICE
    )
    worker: Annotated[Digest | None, Unset] = setting(
        None,
        "Worker image by digest, REPOSITORY@sha256:...; without it the source is built",
        section=4,
        source=OUR_CHOICE,
    )
    poller: Annotated[Digest | None, Unset] = setting(
        None,
        "Poller image by digest, REPOSITORY@sha256:...; without it the source is built",
        section=4,
        source=OUR_CHOICE,
    )
    registry: Annotated[RegistryHost | None, Unset] = setting(
        None,
        "Registry that takes pushes in place of ECR's, host:port; for rehearsals with a real container engine",
        section=4,
        source=OUR_CHOICE,
        local=True,
    )
