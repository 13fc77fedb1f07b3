"""What the runbook may ask AWS: each read, the IAM actions that it needs, and on what.

A plan looks for what belongs to the stack with every kind, so the reads are the same whichever section is chosen.
Source: AWS docs: Service Authorization Reference; read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runbook.aws.offline import iam_action

_ANY = "anything"

_ON: Mapping[str, Mapping[str, str]] = {
    "acm": {
        "DescribeCertificate": "certificates",
        "ListCertificates": _ANY,
        "ListTagsForCertificate": "certificates",
    },
    "cloudwatch": {"DescribeAlarms": "all-alarms", "ListTagsForResource": "alarms"},
    "ec2": {
        **dict.fromkeys(
            (
                "DescribeAddresses",
                "DescribeAvailabilityZones",
                "DescribeInternetGateways",
                "DescribeNatGateways",
                "DescribeNetworkAcls",
                "DescribeNetworkInterfaces",
                "DescribePrefixLists",
                "DescribeRouteTables",
                "DescribeSecurityGroupRules",
                "DescribeSecurityGroups",
                "DescribeSubnets",
                "DescribeVpcEndpointServices",
                "DescribeVpcEndpoints",
                "DescribeVpcs",
                "DescribeVpnGateways",
            ),
            _ANY,
        ),
        "DescribeVpcAttribute": "vpcs",
    },
    "ecr": {
        "BatchGetImage": "repositories",
        "DescribeImages": "repositories",
        "DescribeRepositories": "all-repositories",
        "GetAuthorizationToken": _ANY,
        "GetLifecyclePolicy": "repositories",
        "ListTagsForResource": "repositories",
    },
    "ecs": {
        "DescribeClusters": "cluster",
        "DescribeServiceRevisions": "revisions",
        "DescribeServices": "services",
        "DescribeTaskDefinition": _ANY,
        "DescribeTasks": "tasks",
        "ListClusters": _ANY,
        "ListContainerInstances": "cluster",
        "ListServiceDeployments": "services",
        "ListServices": _ANY,
        "ListTaskDefinitionFamilies": _ANY,
        "ListTaskDefinitions": _ANY,
        "ListTasks": _ANY,
    },
    "elbv2": dict.fromkeys(
        (
            "DescribeListeners",
            "DescribeLoadBalancerAttributes",
            "DescribeLoadBalancers",
            "DescribeTags",
            "DescribeTargetGroupAttributes",
            "DescribeTargetGroups",
            "DescribeTargetHealth",
        ),
        _ANY,
    ),
    "iam": {
        "GetOpenIDConnectProvider": "providers",
        "GetRole": "roles",
        "GetRolePolicy": "roles",
        "ListAttachedRolePolicies": "roles",
        "ListInstanceProfilesForRole": "roles",
        "ListOpenIDConnectProviders": _ANY,
        "ListRolePolicies": "roles",
        "ListRoleTags": "roles",
        "ListRoles": _ANY,
        "SimulatePrincipalPolicy": "principals",
    },
    "logs": {
        "DescribeLogGroups": _ANY,
        "DescribeLogStreams": "log-groups",
        "FilterLogEvents": "log-groups",
        "GetLogEvents": "log-streams",
        "ListTagsForResource": "log-groups",
    },
    "pricing": {"GetProducts": _ANY},
    "resourcegroupstaggingapi": {"GetResources": _ANY},
    "route53": {
        "GetHostedZone": "zones",
        "ListHostedZones": _ANY,
        "ListResourceRecordSets": "zones",
        "TestDNSAnswer": _ANY,
    },
    "s3": {
        "GetBucketEncryption": "bucket",
        "GetBucketLifecycleConfiguration": "bucket",
        "GetBucketMetricsConfiguration": "bucket",
        "GetBucketNotificationConfiguration": "bucket",
        "GetBucketOwnershipControls": "bucket",
        "GetBucketPolicy": "bucket",
        "GetBucketPolicyStatus": "bucket",
        "GetBucketTagging": "bucket",
        "GetBucketVersioning": "bucket",
        "GetObject": "objects",
        "GetPublicAccessBlock": "bucket",
        "HeadBucket": "bucket",
        "HeadObject": "objects",
        "ListBucketMetricsConfigurations": "bucket",
        "ListBuckets": _ANY,
        "ListMultipartUploads": "bucket",
        "ListObjectVersions": "bucket",
        "ListObjectsV2": "bucket",
    },
    "secretsmanager": {"DescribeSecret": "secrets", "GetSecretValue": "secrets", "ListSecrets": _ANY},
    "service-quotas": {"GetServiceQuota": _ANY},
    "servicediscovery": {
        **dict.fromkeys(
            (
                "GetInstancesHealthStatus",
                "GetOperation",
                "ListInstances",
                "ListNamespaces",
                "ListOperations",
                "ListServices",
                "ListTagsForResource",
            ),
            _ANY,
        ),
        "GetNamespace": "namespaces",
    },
    "sns": {
        "GetTopicAttributes": "topics",
        "ListSubscriptionsByTopic": "topics",
        "ListTagsForResource": "topics",
        "ListTopics": _ANY,
    },
    "sqs": {"GetQueueAttributes": "queues", "GetQueueUrl": "queues", "ListQueueTags": "queues", "ListQueues": _ANY},
    "ssm": {
        "DescribeParameters": _ANY,
        "GetParameter": "parameters",
        "GetParametersByPath": "parameters",
        "ListTagsForResource": "parameters",
    },
    "sts": {"GetCallerIdentity": _ANY},
}
"""Service and operation as boto3 spells them -> what the action is needed on, as `Places` names it."""

_OTHER_ACTIONS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("s3", "HeadBucket"): ("s3:ListBucket",),
    ("s3", "HeadObject"): ("s3:GetObject",),
    ("s3", "GetObject"): ("s3:GetObject", "s3:GetObjectVersion"),
    ("s3", "ListObjectsV2"): ("s3:ListBucket",),
    ("s3", "ListObjectVersions"): ("s3:ListBucketVersions",),
    ("s3", "ListMultipartUploads"): ("s3:ListBucketMultipartUploads",),
    ("s3", "ListBuckets"): ("s3:ListAllMyBuckets",),
    ("s3", "GetPublicAccessBlock"): ("s3:GetBucketPublicAccessBlock",),
    ("s3", "GetBucketEncryption"): ("s3:GetEncryptionConfiguration",),
    ("s3", "GetBucketLifecycleConfiguration"): ("s3:GetLifecycleConfiguration",),
    ("s3", "GetBucketMetricsConfiguration"): ("s3:GetMetricsConfiguration",),
    ("s3", "ListBucketMetricsConfigurations"): ("s3:GetMetricsConfiguration",),
    ("s3", "GetBucketNotificationConfiguration"): ("s3:GetBucketNotification",),
    # ECS asks for the second when an answer is to include tags (AWS docs: Tagging Amazon ECS resources).
    ("ecs", "DescribeClusters"): ("ecs:DescribeClusters", "ecs:ListTagsForResource"),
    ("ecs", "DescribeServices"): ("ecs:DescribeServices", "ecs:ListTagsForResource"),
}
"""Where IAM's name is not the operation's, and what is needed beside it."""


def reads() -> Iterator[tuple[str, str]]:
    """Every read, as boto3's service and operation."""
    yield from ((service, operation) for service, operations in _ON.items() for operation in operations)


def read_actions() -> Iterator[tuple[str, str]]:
    """Every IAM action of a read, with what it is needed on."""
    for service, operation in reads():
        actions = _OTHER_ACTIONS.get((service, operation)) or (iam_action(service, operation),)
        yield from ((action, _ON[service][operation]) for action in actions)
    yield "ecs:ListTagsForResource", "task-definitions"
    # Roles that AWS shares among all of an account have a path of their own.
    yield "iam:GetRole", "shared-roles"
