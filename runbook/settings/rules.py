"""Rules between settings: values that are right alone and wrong together.

Each rule answers with Conflicts. The first key of a conflict is the one to show it at; all of its keys had to be right
for the rule to say anything.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from runbook.settings import limits
from runbook.settings.contract import Application, ServiceContract
from runbook.settings.parts import DEFAULT_BLOCK, TaskSize, Vpc

ENDPOINT_ADDRESSES = 8
"""Addresses kept free in a private subnet for interface endpoints: four of every stack, four that options add."""

OWN_TAGS = 6
"""Tags kept free for karet:stack, karet:section, karet:id, karet:region, Name and one more."""

FORBIDDEN_VARIABLES: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "the task role gives the credentials; a key in the environment would win over it",
    "AWS_SECRET_ACCESS_KEY": "the task role gives the credentials; a key in the environment would win over it",
    "AWS_SESSION_TOKEN": "the task role gives the credentials; a key in the environment would win over it",
    "S3_ENDPOINT": "the AWS SDK finds the real S3 by itself",
}
"""Source: source document sections 6 and 13."""

_ECR = re.compile(r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
"""Host name of a private registry (AWS docs: Amazon ECR private registry)."""

ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSW|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL", re.IGNORECASE)


@dataclass(frozen=True)
class Conflict:
    """Values that do not go together: the keys they stand at, and why."""

    keys: tuple[str, ...]
    problem: str


def size_conflicts(key: str, size: TaskSize) -> Iterator[Conflict]:
    """CPU and memory have to be a pair that Fargate offers."""
    problem = limits.size_problem(size.cpu, size.memory_mib)
    if problem:
        yield Conflict((f"{key}.memory_mib", f"{key}.cpu"), problem)


def name_conflicts(
    *,
    domain: str | None,
    hosted_zone: str | None,
    tls: str,
    certificate_arn: str | None,
    region: str,
    account: str | None,
) -> Iterator[Conflict]:
    """Domain, hosted zone and certificate have to belong together."""
    if hosted_zone and not domain:
        yield Conflict(("hosted_zone", "domain"), "is given without a domain; add domain, a name inside this zone")
    if domain and hosted_zone and domain != hosted_zone and not domain.endswith(f".{hosted_zone}"):
        yield Conflict(("domain", "hosted_zone"), f'"{domain}" is not inside the hosted zone "{hosted_zone}"')
    if tls != "none" and not domain:
        yield Conflict(
            ("tls", "domain"),
            f'"{tls}" needs a domain, because no certificate covers the name of a load balancer; '
            'set domain, or tls = "none" for plain HTTP',
        )
    if tls == "acm" and domain and len(domain) > 64:
        # Source: botocore 1.44 service model, acm RequestCertificate DomainName (RFC 5280), read 2026-11-23.
        yield Conflict(("domain", "tls"), f"has {len(domain)} characters; a certificate from ACM allows 64")
    if tls == "arn" and not certificate_arn:
        yield Conflict(("certificate_arn", "tls"), 'is missing; tls = "arn" uses an existing certificate')
    if tls != "arn" and certificate_arn:
        yield Conflict(("certificate_arn", "tls"), f'is not used with tls = "{tls}"; remove it, or set tls = "arn"')
    if certificate_arn:
        of_region, of_account = certificate_arn.split(":")[3:5]
        if of_region != region:
            yield Conflict(
                ("certificate_arn", "region"),
                f"is a certificate of {of_region}; a load balancer in {region} takes certificates of that region only",
            )
        if account and of_account != account:
            yield Conflict(
                ("certificate_arn", "account"), f"is a certificate of account {of_account}, not of {account}"
            )


def image_conflicts(
    key: str, given: str, *, own: str, siblings: Sequence[str], region: str, account: str | None, network: str
) -> Iterator[Conflict]:
    """An image has to be where the tasks can pull it from.

    Parameters
    ----------
    given: the image by digest.
    own, siblings: the stack's repository for it, and those for its other images.
    """
    repository = given.partition("@")[0]
    host, slash, path = repository.partition("/")
    ecr = _ECR.fullmatch(host) if slash else None
    if (path if ecr else repository) in siblings:
        yield Conflict((key,), f'"{repository}" is the repository of another image of the stack; this one is "{own}"')
    elif ecr and ecr["region"] != region:
        yield Conflict(
            (key, "region"), f'"{repository}" is a registry of {ecr["region"]}; push the image to {region} first'
        )
    elif ecr and account and ecr["account"] != account:
        yield Conflict(
            (key, "account"),
            f'"{repository}" is a registry of account {ecr["account"]}, where the roles of {account} may not pull; '
            "push the image to your own registry first",
        )
    elif not ecr and repository != own and not (slash and ("." in host or ":" in host)):
        yield Conflict((key,), f'"{repository}" names no registry; write "{own}", or REGISTRY/NAME for another one')
    elif not ecr and repository != own and network == "endpoints":
        yield Conflict(
            (key, "network"),
            f'tasks cannot reach "{host}", because network = "endpoints" has no way to the internet; '
            "push the image to ECR first, or choose another network",
        )


def vpc_conflicts(vpc: Vpc, *, zones: int, tasks: int) -> Iterator[Conflict]:
    """Subnets have to be as many as zones, inside the VPC, apart from each other, and large enough."""
    ids = (("vpc.public_subnet_ids", vpc.public_subnet_ids), ("vpc.private_subnet_ids", vpc.private_subnet_ids))
    if vpc.id:
        yield from _existing_conflicts(vpc, ids, zones)
        return
    for key, given in ids:
        if given:
            yield Conflict((key, "vpc.id"), "is given without vpc.id; name the existing VPC, or give CIDRs")
    for key, blocks in (("vpc.public_subnets", vpc.public_subnets), ("vpc.private_subnets", vpc.private_subnets)):
        if blocks and len(blocks) != zones:
            yield Conflict((key, "zones"), f"has {len(blocks)} subnets; zones = {zones} needs {zones}")
    yield from _block_conflicts(vpc, zones, tasks)


def _existing_conflicts(vpc: Vpc, ids: Sequence[tuple[str, tuple[str, ...]]], zones: int) -> Iterator[Conflict]:
    for key, given in ids:
        if len(given) != zones:
            yield Conflict(
                (key, "vpc.id", "zones"), f"has {len(given)} subnets; zones = {zones} needs {zones} in {vpc.id}"
            )
    twice = sorted({one for one in (*ids[0][1], *ids[1][1]) if (*ids[0][1], *ids[1][1]).count(one) > 1})
    if twice:
        yield Conflict((ids[0][0], ids[1][0]), f"{', '.join(twice)} is named more than once")
    if vpc.cidr != DEFAULT_BLOCK:
        yield Conflict(("vpc.cidr", "vpc.id"), f"is for a new VPC; {vpc.id} has its own addresses")
    for key, blocks in (("vpc.public_subnets", vpc.public_subnets), ("vpc.private_subnets", vpc.private_subnets)):
        if blocks:
            yield Conflict((key, "vpc.id"), f"is for a new VPC; {vpc.id} has its own subnets")


def _block_conflicts(vpc: Vpc, zones: int, tasks: int) -> Iterator[Conflict]:
    whole = ipaddress.IPv4Network(vpc.cidr)
    public, private = ([ipaddress.IPv4Network(block) for block in blocks] for blocks in vpc.blocks(zones))
    own = {"vpc.public_subnets": public, "vpc.private_subnets": private}
    if not public or not private:
        yield Conflict(
            ("vpc.cidr", "vpc.public_subnets", "vpc.private_subnets"),
            f"/{whole.prefixlen} is too small to be cut into eight subnets; use /24 or larger, or give the subnets",
        )
        return
    # A subnet that was cut from the VPC is shown at vpc.cidr, the line that the operator can change.
    places = {key: key if getattr(vpc, key.partition(".")[2]) else "vpc.cidr" for key in own}
    for key, blocks in own.items():
        for block in blocks:
            if not block.subnet_of(whole):
                yield Conflict((places[key], "vpc.cidr"), f"{block} is not inside the VPC {whole}")
    for one, other in combinations([(key, block) for key, blocks in own.items() for block in blocks], 2):
        if one[1].overlaps(other[1]):
            yield Conflict((places[other[0]], places[one[0]], "zones"), f"{other[1]} overlaps {one[1]}")
    for block in public:
        if block.prefixlen > limits.SMALLEST_ALB_SUBNET:
            yield Conflict(
                (places["vpc.public_subnets"], "vpc.cidr"),
                f"{block} is too small; a load balancer needs /{limits.SMALLEST_ALB_SUBNET} or larger",
            )
    needed = -(-2 * tasks // zones) + ENDPOINT_ADDRESSES
    for block in private:
        free = block.num_addresses - limits.RESERVED_ADDRESSES
        if free < needed:
            yield Conflict(
                (places["vpc.private_subnets"], "zones", "web.count", "worker.count"),
                f"{block} has {free} addresses; a rollout of {tasks} tasks over {zones} zones needs {needed} "
                f"({ENDPOINT_ADDRESSES} of them for endpoints)",
            )


def contract_conflicts(key: str, contract: ServiceContract, *, region: str) -> Iterator[Conflict]:
    """A variable is set once, and nothing that opens a door stands in the plain environment."""
    named = {
        "port_variable": (contract.port_variable,),
        "region_variable": (contract.region_variable,),
        "pipeline_key_variable": (contract.pipeline_key_variable,),
        "worker_url_variable": (contract.worker_url_variable,),
        "bucket_variables": contract.bucket_variables,
        "environment": tuple(contract.environment),
        "secrets": tuple(contract.secrets),
    }
    seen: dict[str, str] = {}
    for field, names in named.items():
        for name in names:
            if name is None:
                continue
            if name in seen:
                yield Conflict((f"{key}.{field}", f"{key}.{seen[name]}"), f"{name} is set by {key}.{seen[name]} too")
            seen.setdefault(name, field)
            if name in FORBIDDEN_VARIABLES:
                yield Conflict((f"{key}.{field}",), f"{name} must not be set on AWS: {FORBIDDEN_VARIABLES[name]}")
    endpoint = f"https://s3.{region}.amazonaws.com"
    for name, value in contract.environment.items():
        if name in ENDPOINT_VARIABLES:
            if value != endpoint:
                yield Conflict(
                    (f"{key}.environment.{name}", "region"), f"can only be {endpoint}; without it the SDK uses that"
                )
        elif name not in FORBIDDEN_VARIABLES and _SECRET_NAME.search(name):
            yield Conflict(
                (f"{key}.environment.{name}",),
                f"looks like a secret, and the environment of a task can be read by many; move it to {key}.secrets",
            )


def tag_conflicts(tags: Mapping[str, str]) -> Iterator[Conflict]:
    """Each resource carries the runbook's own tags beside the operator's, and AWS counts them all."""
    own = OWN_TAGS
    if len(tags) > limits.MOST_TAGS - own:
        yield Conflict(
            ("tags",),
            f"has {len(tags)} tags; AWS allows {limits.MOST_TAGS} and the runbook adds up to {own} of its own",
        )
    if "Name" in tags:
        yield Conflict(("tags.Name", "tags"), "is set by the runbook, each resource has its own name")


def upload_warning(application: Application) -> str:
    """Why no upload of this layout can reach the worker; empty when one can."""
    tokens = re.findall(r"<[a-z]+>|.", application.upload_layout)
    for key, begins, wanted, order in (
        ("app.upload_prefix", "begins", application.upload_prefix, tokens),
        ("app.upload_suffix", "ends", application.upload_suffix, tokens[::-1]),
    ):
        if not _can_begin(order, wanted if begins == "begins" else wanted[::-1]):
            return (
                f'{key}: no upload laid out as "{application.upload_layout}" has a key that {begins} with "{wanted}", '
                "so no upload reaches the worker"
            )
    return ""


def _can_begin(tokens: Sequence[str], text: str) -> bool:
    """Whether some key of the layout begins with the text; a `<...>` stands for one or more characters but slashes."""
    at = {0}
    for char in text:
        after: set[int] = set()
        for state in at:
            if state == len(tokens):
                continue
            if len(tokens[state]) > 1:
                after |= {state, state + 1} if char != "/" else set()
            elif tokens[state] == char:
                after.add(state + 1)
        at = after
    return bool(at)
