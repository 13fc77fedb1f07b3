"""Where section 1 does something other than the source document, before anything is built, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="1.1",
        document="Sets AWS_REGION in the shell and relies on it.",
        runbook=(
            "Takes the region from the flag, the settings file, AWS_REGION, AWS_DEFAULT_REGION or the profile, in "
            "this order, says which one decided, and gives it to every client."
        ),
        reason="The AWS CLI reads AWS_REGION, boto3 does not: half of the calls would go to another region.",
        source="botocore 1.44.5 configprovider, probed 2026-11-23",
    ),
    Correction(
        number="1.2",
        document="Reads the account id once, into a shell variable.",
        runbook="Pins account and principal when a run starts and stops when either changes.",
        reason=(
            "A profile that changes or a session that expires halfway would build the rest of the stack in another "
            "account."
        ),
        source="our choice; AWS docs: STS GetCallerIdentity",
    ),
    Correction(
        number="1.3",
        document="Asks for permissions on seven services.",
        runbook=(
            "Derives the actions from the calls of the plan, and checks those by simulation, as a hint and not as "
            "proof."
        ),
        reason=(
            "Later sections also use Route 53, ACM, Secrets Manager, SQS, Cloud Map, SNS, iam:PassRole and "
            "iam:CreateServiceLinkedRole."
        ),
        source="AWS docs: Service Authorization Reference; source document sections 5 to 10",
    ),
    Correction(
        number="1.4",
        document="Does not mention service-linked roles.",
        runbook="Makes those of ECS and Elastic Load Balancing first, and never removes them.",
        reason=(
            "AWS makes them in the background on first use, and the call that was first may be refused until they are "
            "there. They belong to the account."
        ),
        source="AWS docs: Using service-linked roles for Amazon ECS; terraform-provider-aws retries the same refusal",
    ),
    Correction(
        number="1.5",
        document="Calls domain and certificate optional, while its sections 7 and 13 cannot do without.",
        runbook=(
            'Wants a domain for HTTPS; plain HTTP has to be chosen with tls = "none", and then item 6 of the '
            "checklist is not met."
        ),
        reason=(
            "A listener for HTTPS needs a certificate, and no certificate covers the name that AWS gives a load "
            "balancer."
        ),
        source="source document sections 1, 7 and 13; AWS docs: HTTPS listeners for your Application Load Balancer",
    ),
    Correction(
        number="1.6",
        document="Does not mention quotas.",
        runbook=(
            "Compares the quotas for VPCs, addresses, NAT gateways, load balancers and Fargate capacity with what the "
            "account uses."
        ),
        reason="The defaults are small, five VPCs and five addresses in a region, and raising one may take days.",
        source="AWS docs: Amazon VPC quotas, Service Quotas; content as of 2023-06",
    ),
    Correction(
        number="1.7",
        document="Wants the AWS CLI, Docker, and optionally CDK or Terraform.",
        runbook=(
            "Makes all calls itself; a container engine, Docker or podman, is needed to build images and for nothing "
            "else."
        ),
        reason="What the plan shows is then exactly what is sent, and there is no second tool whose version matters.",
        source="our choice",
    ),
    Correction(
        number="1.8",
        document="Keeps its decisions in variables of one shell.",
        runbook="Keeps the applied settings in an SSM parameter of the account.",
        reason="Whoever goes on tomorrow, on another machine, sees what was applied, by whom and when.",
        source="our choice",
    ),
)
