"""Where section 5 does something other than the source document, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="5.1",
        document="Calls the security groups sg-alb, sg-web and sg-worker.",
        runbook="Puts the name of the stack in front and keeps the label of the document as Name tag.",
        reason="AWS refuses group names that begin with sg-.",
        source="botocore 1.44 service model, ec2 CreateSecurityGroup GroupName",
    ),
    Correction(
        number="5.2",
        document="Lets only port 443 in to the load balancer.",
        runbook="Lets port 80 in too.",
        reason="Section 7 redirects port 80; nobody could reach that redirect.",
        source="source document sections 5 and 7",
    ),
    Correction(
        number="5.3",
        document="Gives the interface endpoints no group.",
        runbook="Gives them one that lets port 443 in from the tasks.",
        reason=(
            "Without one AWS takes the default group of the VPC, which lets the tasks in only if they are in it: "
            "pulling an image would time out."
        ),
        source="botocore 1.44 service model, ec2 CreateVpcEndpoint SecurityGroupIds",
    ),
    Correction(
        number="5.4",
        document="Names subnets and gateways only.",
        runbook="Adds internet gateway, route tables, routes, address ranges and the choice of zones.",
        reason=(
            "Without them nothing comes in or goes out. Zones are chosen by id, because the letter of a zone differs "
            "between accounts."
        ),
        source="AWS docs: Internet gateways, Route tables, Availability Zone IDs",
    ),
    Correction(
        number="5.5",
        document="Does not mention the DNS attributes of the VPC.",
        runbook="Switches both on.",
        reason="Host names are off in a new VPC; private names of endpoints and of Cloud Map need both.",
        source="botocore 1.44 service model, ec2 ModifyVpcAttribute",
    ),
    Correction(
        number="5.6",
        document="Asks for one NAT gateway per public subnet, and prices a single one.",
        runbook=(
            "Makes it a setting: nat is one gateway, nat-per-az one in each zone with routes of its own, endpoints "
            "none."
        ),
        reason="One gateway is cheaper and fails with its zone; both are sound choices, but not at the same time.",
        source="source document sections 5 and 12",
    ),
    Correction(
        number="5.7",
        document="Lists endpoints for S3, ECR and logs.",
        runbook=(
            "Makes ecr.api, ecr.dkr, logs, secretsmanager and the S3 gateway endpoint, and those that the chosen "
            "options need, such as sqs."
        ),
        reason=(
            "ECR needs both of its endpoints plus S3 for layers, and a task that cannot fetch its secret never starts."
        ),
        source="AWS docs: Amazon ECR interface VPC endpoints",
    ),
    Correction(
        number="5.8",
        document="Has the S3 endpoint in place of NAT.",
        runbook="Makes the S3 gateway endpoint with every network.",
        reason="It is free, and traffic through it is not charged by a NAT gateway.",
        source="AWS docs: Gateway endpoints for Amazon S3",
    ),
    Correction(
        number="5.9",
        document="Opens the load balancer to the world at once.",
        runbook="Opens it to the networks in open_to, which begins empty.",
        reason="In public builds the first visitor of a fresh stack sets the password of the administrator.",
        source="public source of karet, seen 2026-06",
    ),
    Correction(
        number="5.10",
        document="Goes on without waiting.",
        runbook="Waits until gateways and endpoints are available before the first task starts.",
        reason="Until then no task reaches the registry, and the first pulls time out.",
        source="AWS docs: NAT gateways; botocore 1.44 has no waiter for endpoints",
    ),
    Correction(
        number="5.11",
        document="Says nothing about what may go out.",
        runbook=(
            "Lets web and worker tasks go out anywhere, the load balancer only to the web tasks, and the endpoints "
            "nowhere."
        ),
        reason=(
            "AWS lets everything out of a new group. A load balancer and an endpoint begin no other connections; "
            "tasks may call whatever their pipelines read from."
        ),
        source="AWS docs: Security group rules",
    ),
)
