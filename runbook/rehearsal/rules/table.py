"""All rules in one tuple; a new service's file is added here, a new rule only in its service's file."""

from __future__ import annotations

from functools import cache

from runbook.rehearsal.rules.acm import ACM_RULES
from runbook.rehearsal.rules.cloudwatch import CLOUDWATCH_RULES
from runbook.rehearsal.rules.ec2 import EC2_RULES
from runbook.rehearsal.rules.ecr import ECR_RULES
from runbook.rehearsal.rules.ecs import ECS_RULES
from runbook.rehearsal.rules.ecs_history import ECS_HISTORY_RULES
from runbook.rehearsal.rules.elbv2 import ELBV2_RULES
from runbook.rehearsal.rules.iam import IAM_RULES
from runbook.rehearsal.rules.logs import LOGS_RULES
from runbook.rehearsal.rules.pricing import PRICING_RULES
from runbook.rehearsal.rules.route53 import ROUTE53_RULES
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.rules.s3 import S3_RULES
from runbook.rehearsal.rules.s3_notifications import S3_NOTIFICATION_RULES
from runbook.rehearsal.rules.secretsmanager import SECRETSMANAGER_RULES
from runbook.rehearsal.rules.service_quotas import SERVICE_QUOTAS_RULES
from runbook.rehearsal.rules.servicediscovery import SERVICEDISCOVERY_RULES
from runbook.rehearsal.rules.sns import SNS_RULES
from runbook.rehearsal.rules.sqs import SQS_RULES
from runbook.rehearsal.rules.ssm import SSM_RULES

RULES: tuple[Rule, ...] = (
    S3_RULES
    + S3_NOTIFICATION_RULES
    + SQS_RULES
    + SNS_RULES
    + CLOUDWATCH_RULES
    + IAM_RULES
    + SSM_RULES
    + SERVICE_QUOTAS_RULES
    + EC2_RULES
    + ROUTE53_RULES
    + ACM_RULES
    + ELBV2_RULES
    + ECR_RULES
    + SECRETSMANAGER_RULES
    + LOGS_RULES
    + ECS_RULES
    + ECS_HISTORY_RULES
    + SERVICEDISCOVERY_RULES
    + PRICING_RULES
)


@cache
def rules_for(service: str, operation: str) -> tuple[Rule, ...]:
    """The rules about one operation, in the order in which AWS would notice."""
    return tuple(rule for rule in RULES if rule.applies(service, operation))
