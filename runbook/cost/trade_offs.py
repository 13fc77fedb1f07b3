"""What no bill shows about the networks: what fails with a zone, who can be reached from outside, what cannot be
reached."""

from __future__ import annotations

from collections.abc import Sequence


def trade_offs(network: str, zones: int, endpoints: Sequence[str]) -> tuple[str, ...]:
    """The trade-offs of a network in sentences: zone failure, exposure, reach, and what else to know."""
    several = f"the {zones} zones" if zones > 1 else "the zone"
    one_gateway = (
        "When the zone of the gateway fails, tasks in the other zones lose the way to ECR, logs, secrets and the "
        "internet: what runs goes on, new tasks do not start."
        if zones > 1
        else "There is one zone only: with it everything fails."
    )
    private = "Tasks have no public address; nobody can open a connection to them from outside."
    reach = "Tasks reach every address on the internet."
    free_s3 = "S3 goes through the free gateway endpoint and is never billed by the GiB."
    words = {
        "nat": (one_gateway, private, reach, free_s3),
        "nat-per-az": (
            f"Each of {several} has a gateway of its own: when one fails, the tasks elsewhere keep their way out.",
            private,
            reach,
            free_s3,
            "No traffic to a gateway crosses zones.",
        ),
        "endpoints": (
            f"Every endpoint has an address in each of {several}: when one fails, the others go on.",
            "Tasks have no public address and no way to the internet, so stolen data has no way out either.",
            (
                f"Tasks reach S3 and {', '.join(sorted(endpoints)) or 'nothing else'}; no other service, no public "
                "registry and no webhook: what Karet calls outside of AWS fails."
            ),
            "Each further AWS service that the application uses needs an endpoint more, billed in every zone.",
        ),
        "nat-no-s3": (
            one_gateway,
            private,
            reach,
            (
                "Objects and image layers pass the gateway and are billed by the GiB, although the gateway endpoint "
                "for S3 would be free. It is here to show what leaving it out costs; the runbook does not build it."
            ),
        ),
        "public-ip": (
            "No part of the way out belongs to a single zone.",
            (
                "Every task has a public address. Only its security group keeps the internet away: one wrong rule, and "
                "the worker, which asks nobody for a password, stands open."
            ),
            reach,
            "Cheap for few tasks; the runbook does not build it.",
        ),
    }
    return words[network]
