"""The ids of the network's resources, for the sections that put something into the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from runbook.settings import Deployment

VPC = "network.vpc"
GATEWAY = "network.igw"
PUBLIC_ROUTES = "network.public-routes"
PUBLIC_OUT = "network.public-out"
S3_ENDPOINT = "network.endpoint-s3"
GROUPS = ("alb", "web", "worker", "endpoints")
_LETTERS = "abc"

_ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")
"""Interface endpoints that every stack needs when it has no other way out.

Source: AWS docs, Amazon ECR interface VPC endpoints; and each task fetches its secrets. Seen 2026-11-23.
"""


@dataclass(frozen=True)
class NetworkIds:
    """Ids of what the other sections point at.

    Parameters
    ----------
    public, private: the subnets, one a zone, in the same order.
    groups: the security groups of `alb`, `web`, `worker` and `endpoints`.
    before_tasks: what has to be ready before a task starts: the way out and the rules.
    before_balancer: what has to be ready before a load balancer is made: the way in.
    """

    vpc: str
    public: tuple[str, ...]
    private: tuple[str, ...]
    groups: Mapping[str, str]
    before_tasks: tuple[str, ...]
    before_balancer: tuple[str, ...]


def letters(deployment: Deployment) -> str:
    """One letter for each zone that the stack uses; not the letter that AWS gives a zone."""
    return _LETTERS[: deployment.zones]


def endpoint_services(deployment: Deployment) -> tuple[str, ...]:
    """The short names of the interface endpoints that this deployment needs with `network = "endpoints"`."""
    queue = ("sqs",) if deployment.events == "sqs" else ()
    return tuple(sorted({*_ENDPOINTS, *queue, *deployment.extra_endpoints}))


def endpoint_id(service: str) -> str:
    """`network.endpoint-ecr-api` for `ecr.api`."""
    return f"network.endpoint-{service.replace('.', '-')}"


def rule_id(group: str, rest: str) -> str:
    """The id of one rule of a group; dots and slashes of addresses become dashes."""
    return f"network.rule-{group}-{rest.replace('.', '-').replace('/', '-')}"


def private_out(deployment: Deployment) -> tuple[str, ...]:
    """The routes out of the private subnets; an existing VPC has its own."""
    return () if deployment.vpc.id else tuple(f"network.private-out-{letter}" for letter in letters(deployment))


def task_rules(deployment: Deployment) -> tuple[str, ...]:
    """The rules between load balancer, web, worker and endpoints."""
    del deployment
    return (
        rule_id("alb", "to-web"),
        rule_id("web", "from-alb"),
        rule_id("worker", "from-web"),
        rule_id("endpoints", "from-web"),
        rule_id("endpoints", "from-worker"),
    )


def ids(deployment: Deployment) -> NetworkIds:
    """The ids for this deployment: which zones and which way out it has."""
    zones = letters(deployment)
    own = not deployment.vpc.id
    endpoints = tuple(endpoint_id(service) for service in endpoint_services(deployment))
    return NetworkIds(
        vpc=VPC,
        public=tuple(f"network.public-{letter}" for letter in zones),
        private=tuple(f"network.private-{letter}" for letter in zones),
        groups=MappingProxyType({group: f"network.group-{group}" for group in GROUPS}),
        # The way out that is not wanted stands here too: it goes only after the services have what they need.
        before_tasks=(
            *private_out(deployment),
            *((S3_ENDPOINT,) if own else ()),
            *endpoints,
            *task_rules(deployment),
        ),
        before_balancer=(PUBLIC_OUT,) if own else (),
    )
