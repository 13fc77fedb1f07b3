"""What AWS allows: the tables that settings are checked against, each with its source.

Nothing here knows Karet. A check answers with the sentence that explains what is wrong, or with an empty string.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

COMMERCIAL_REGIONS: tuple[str, ...] = (
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
"""Regions of the partition `aws`. Source: botocore 1.44.5 endpoints.json, read 2026-11-23."""

OTHER_PARTITIONS: Mapping[str, str] = MappingProxyType(
    {
        "cn-": "AWS China (partition aws-cn)",
        "us-gov-": "AWS GovCloud (partition aws-us-gov)",
        "us-iso": "an isolated AWS partition",
        "eu-iso": "an isolated AWS partition",
        "eusc-": "the AWS European Sovereign Cloud (partition aws-eusc)",
    }
)
"""Beginnings of region names outside the partition `aws`. Source: botocore 1.44.5 endpoints.json, read 2026-11-23."""

RETENTION_DAYS: tuple[int, ...] = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""Source: botocore 1.44 service model, logs PutRetentionPolicy retentionInDays, read 2026-11-23."""

FARGATE_MEMORY_MIB: Mapping[int, tuple[int, ...]] = MappingProxyType(
    {
        256: (512, 1024, 2048),
        512: tuple(range(1024, 4096 + 1, 1024)),
        1024: tuple(range(2048, 8192 + 1, 1024)),
        2048: tuple(range(4096, 16384 + 1, 1024)),
        4096: tuple(range(8192, 30720 + 1, 1024)),
        8192: tuple(range(16384, 61440 + 1, 4096)),
        16384: tuple(range(32768, 122880 + 1, 8192)),
    }
)
"""Memory in MiB that Fargate offers for each number of CPU units (Linux, platform version 1.4.0).

Source: botocore 1.44 service model, ecs RegisterTaskDefinition memory, read 2026-11-23; the same table is in
AWS docs: Troubleshoot Amazon ECS task definition invalid CPU or memory errors.
"""

VPC_RANGES: tuple[ipaddress.IPv4Network, ...] = tuple(
    ipaddress.IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""Private and shared address space. A VPC on public addresses hides the real owners of those addresses from its tasks.

Source: AWS docs: VPC CIDR blocks (RFC 1918 recommended); RFC 6598 for 100.64.0.0/10.
"""

LARGEST_BLOCK, SMALLEST_BLOCK = 16, 28
"""Prefix lengths of VPCs and subnets. Source: botocore 1.44 service model, ec2 CreateSubnet, read 2026-11-23."""

RESERVED_ADDRESSES = 5
"""Addresses that AWS keeps in each subnet. Source: botocore 1.44 service model, ec2 CreateSubnet, read 2026-11-23."""

SMALLEST_ALB_SUBNET = 27
"""Longest prefix of a load balancer's subnet.

Source: AWS docs: Application Load Balancers, subnets (a /27 with 8 free addresses), read 2026-11-23.
"""

MOST_TAGS, LONGEST_TAG_KEY, LONGEST_TAG_VALUE = 50, 128, 256
"""Source: botocore 1.44 service model, ecs Tag, read 2026-11-23. ECS, ECR, SQS, IAM and EC2 state the same limits."""

RESERVED_STACKS: Mapping[str, str] = MappingProxyType(
    {
        "aws": "an SSM parameter's name cannot begin with aws",
        "ssm": "an SSM parameter's name cannot begin with ssm",
        "xn--": "an S3 bucket's name cannot begin with xn--",
        "sthree-": "an S3 bucket's name cannot begin with sthree-",
        "amzn-s3-demo-": "an S3 bucket's name cannot begin with amzn-s3-demo-",
        "sg-": "a security group's name cannot begin with sg-",
        "internal-": "a load balancer's name cannot begin with internal-",
    }
)
"""What `<stack>-` cannot begin with, because AWS refuses a name that is made from it.

Sources: botocore 1.44 service model (ssm PutParameter, ec2 CreateSecurityGroup, elbv2 CreateLoadBalancer), read
2026-11-23; AWS docs: Bucket naming rules.
"""

_TAG_TEXT = re.compile(r"[\w .:/=+\-@]*")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_BUCKET_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_ENDS = ("-s3alias", "--ol-s3", "--x-s3", "--table-s3")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")


def nearest(word: str, choices: Iterable[str]) -> str:
    """A question with the choice that looks most like the word; empty when none does."""
    found = get_close_matches(word.lower(), list(choices), n=1, cutoff=0.6)
    return f'; did you mean "{found[0]}"?' if found else ""


def region_problem(region: str) -> str:
    """Why the runbook cannot deploy to this region; empty when it can."""
    if region in COMMERCIAL_REGIONS:
        return ""
    for start, partition in OTHER_PARTITIONS.items():
        if region.startswith(start):
            return f"is in {partition}, which is not supported: prices, service names and endpoints differ there"
    suggestion = nearest(region, COMMERCIAL_REGIONS)
    if _REGION.fullmatch(region):
        return f"is not a region that the runbook knows{suggestion}"
    return f"is not the name of an AWS region, such as us-east-1{suggestion}"


def bucket_problem(name: str) -> str:
    """Why S3 refuses this bucket name, or why it cannot serve here; empty when it can.

    Source: AWS docs: Bucket naming rules, read 2026-11-23.
    """
    if "." in name:
        return "has a dot, and the certificate of S3 does not cover such names, so that every HTTPS request fails"
    if not _BUCKET.fullmatch(name):
        return "is not 3 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends"
    for start in _BUCKET_STARTS:
        if name.startswith(start):
            return f"begins with {start}, which S3 reserves"
    for end in _BUCKET_ENDS:
        if name.endswith(end):
            return f"ends with {end}, which S3 reserves"
    return ""


def stack_problem(stack: str) -> str:
    """Why AWS would refuse a name that is made from this stack; empty when it would not."""
    if stack.endswith("-"):
        return "ends with a hyphen, which names of repositories and of the DNS namespace cannot"
    for start, reason in RESERVED_STACKS.items():
        if f"{stack}-".startswith(start):
            return f"gives names that AWS refuses: {reason}"
    return ""


def tag_problem(text: str, *, longest: int) -> str:
    """Why AWS refuses this key or value of a tag; empty when it does not."""
    if len(text) > longest:
        return f"is {len(text)} characters long; AWS allows {longest}"
    if text.lower().startswith("aws:"):
        return "begins with aws:, which AWS keeps for itself"
    if not _TAG_TEXT.fullmatch(text):
        return "has a character that tags cannot have; allowed are letters, digits, spaces and + - = . _ : / @"
    return ""


def cidr_problem(text: str) -> str:
    """Why this is no IPv4 network in CIDR notation; empty when it is one."""
    try:
        ipaddress.IPv4Network(text)
    except ValueError:
        return _cidr_advice(text)
    return "" if "/" in text else f'names one address without its size; write "{text}/32"'


def _cidr_advice(text: str) -> str:
    try:
        loose = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return "is not a network in CIDR notation, such as 203.0.113.7/32"
    if loose.version == 6:
        return "is IPv6; the VPC and the load balancer of this stack speak IPv4 only"
    return f'has bits set after the network part; write "{loose}"'


def block_problem(text: str) -> str:
    """Why a VPC or a subnet cannot have this CIDR; empty when it can."""
    problem = cidr_problem(text)
    if problem:
        return problem
    block = ipaddress.IPv4Network(text)
    if not LARGEST_BLOCK <= block.prefixlen <= SMALLEST_BLOCK:
        return f"is a /{block.prefixlen}; AWS allows /{LARGEST_BLOCK} to /{SMALLEST_BLOCK}"
    if not any(block.subnet_of(space) for space in VPC_RANGES):
        return "is outside the private ranges 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 and 100.64.0.0/10"
    return ""


def size_problem(cpu: int, memory_mib: int) -> str:
    """Why Fargate does not offer this pair; empty when it does. The CPU has to be one that Fargate offers."""
    offered = FARGATE_MEMORY_MIB[cpu]
    if memory_mib in offered:
        return ""
    closest = min(offered, key=lambda mib: (abs(mib - memory_mib), mib))
    step = f" in steps of {offered[-1] - offered[-2]}" if len(offered) > 3 else ""
    range_text = f"{offered[0]} to {offered[-1]}{step}" if step else ", ".join(str(mib) for mib in offered)
    return f"Fargate does not offer {memory_mib} MiB with {cpu} CPU units; it offers {range_text}; nearest is {closest}"
