"""Which IAM permissions a request on the wire needs: a table of its own, which knows nothing of the runbook's calls.

Source: AWS docs: Service Authorization Reference, actions, resource types and condition keys; read 2026-11-23.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.ec2 import ec2_backends

ACCOUNT = "123456789012"
Asked = tuple[str, str, dict[str, Any]]
"""Action, resource, context keys."""

_PREFIX = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas", "resourcegroupstaggingapi": "tag"}
_S3 = {
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjectsV2": "ListBucket",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
_EC2_TYPES = {
    "vpc": "vpc",
    "subnet": "subnet",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "rtb": "route-table",
    "igw": "internet-gateway",
    "eipalloc": "elastic-ip",
    "nat": "natgateway",
    "vpce": "vpc-endpoint",
}
_EC2_MAKES = {
    "AllocateAddress": "elastic-ip",
    "CreateInternetGateway": "internet-gateway",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
}
_TAGS_WITH = {
    "acm": "AddTagsToCertificate",
    "cloudwatch": "TagResource",
    "ecr": "TagResource",
    "ecs": "TagResource",
    "elbv2": "AddTags",
    "iam": "TagRole",
    "logs": "TagResource",
    "secretsmanager": "TagResource",
    "servicediscovery": "TagResource",
    "sns": "TagResource",
    "sqs": "TagQueue",
    "ssm": "AddTagsToResource",
}
"""What a call that makes something with tags needs beside it."""


def asked(service: str, operation: str, params: Mapping[str, Any], region: str) -> Iterator[Asked]:
    """Every permission that AWS looks for before it does this."""
    everywhere = {"aws:RequestedRegion": region}
    for action, resource, context in _asked(service, operation, params, region):
        yield action, resource, {**everywhere, **context}


def _asked(service: str, operation: str, params: Mapping[str, Any], region: str) -> Iterator[Asked]:
    if service == "ec2":
        yield from _ec2(operation, params, region)
        return
    if service == "s3":
        yield from _s3(operation, params)
        return
    prefix = _PREFIX.get(service, service)
    resources = list(_resources(service, operation, params, region)) or ["*"]
    context = _context(service, operation, params)
    for resource in resources:
        yield f"{prefix}:{operation}", resource, context
    if (params.get("Tags") or params.get("tags")) and not operation.startswith(("Tag", "Add")):
        for resource in _made(service, operation, params, region) or resources:
            yield f"{prefix}:{_TAGS_WITH[service]}", resource, {}
    if (service, operation) == ("ecs", "RegisterTaskDefinition"):
        for role in (params["executionRoleArn"], params["taskRoleArn"]):
            yield "iam:PassRole", role, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}


def _s3(operation: str, params: Mapping[str, Any]) -> Iterator[Asked]:
    bucket = f"arn:aws:s3:::{params.get('Bucket', '')}"
    action = f"s3:{_S3.get(operation, operation)}"
    if operation == "ListBuckets":
        yield action, "*", {}
    elif operation == "DeleteObjects":
        for one in params["Delete"]["Objects"]:
            which = "s3:DeleteObjectVersion" if one.get("VersionId") else "s3:DeleteObject"
            yield which, f"{bucket}/{one['Key']}", {}
    elif "Key" in params:
        version = operation in ("GetObject", "DeleteObject") and params.get("VersionId")
        yield f"{action}Version" if version else action, f"{bucket}/{params['Key']}", {}
    else:
        yield action, bucket, {}
    if operation == "CreateBucket" and params.get("CreateBucketConfiguration", {}).get("Tags"):
        yield "s3:TagResource", bucket, {}


def _ec2(operation: str, params: Mapping[str, Any], region: str) -> Iterator[Asked]:
    action = f"ec2:{operation}"
    if operation.startswith("Describe"):
        # Only this one of those that are used can be limited to a thing.
        ids = [params["VpcId"]] if operation == "DescribeVpcAttribute" else []
        yield action, _ec2_arn(ids[0], region) if ids else "*", {}
        return
    tags = {
        f"aws:RequestTag/{tag['Key']}": tag["Value"]
        for one in params.get("TagSpecifications") or ()
        for tag in one.get("Tags", ())
    }
    made = _EC2_MAKES.get(operation, "")
    if made:
        yield action, f"arn:aws:ec2:{region}:{ACCOUNT}:{made}/x", tags
    for id_ in _ec2_ids(operation, params, region):
        yield action, _ec2_arn(id_, region), _ec2_tags(id_, region)
    if tags:
        kind = made or "security-group-rule"
        yield "ec2:CreateTags", f"arn:aws:ec2:{region}:{ACCOUNT}:{kind}/x", {**tags, "ec2:CreateAction": operation}


def _ec2_ids(operation: str, params: Mapping[str, Any], region: str) -> list[str]:
    """The things that a call acts on; what it only mentions (a route's target, a rule's peer) is not asked about."""
    if operation in ("CreateRoute", "DeleteRoute", "ReplaceRoute"):
        return [params["RouteTableId"]]
    if "SecurityGroup" in operation and "GroupId" in params:
        return [params["GroupId"]]
    if operation == "DisassociateRouteTable":
        tables = ec2_backends[ACCOUNT][region].route_tables.values()
        return [one.id for one in tables if params["AssociationId"] in one.associations]
    found: list[str] = []
    for key, value in params.items():
        if key not in ("TagSpecifications", "ClientToken", "PolicyDocument"):
            found += [one for one in _texts(value) if re.fullmatch(r"[a-z]+-[0-9a-f]{8,17}", one)]
    return [one for one in found if one.split("-")[0] in _EC2_TYPES]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _ec2_arn(id_: str, region: str) -> str:
    return f"arn:aws:ec2:{region}:{ACCOUNT}:{_EC2_TYPES[id_.split('-')[0]]}/{id_}"


def _ec2_tags(id_: str, region: str) -> dict[str, Any]:
    tags = ec2_backends[ACCOUNT][region].describe_tags(filters={"resource-id": [id_]})
    return {f"aws:ResourceTag/{one['key']}": one["value"] for one in tags}


def _context(service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    if operation == "CreateServiceLinkedRole":
        return {"iam:AWSServiceName": params["AWSServiceName"]}
    if operation in ("AttachRolePolicy", "DetachRolePolicy"):
        return {"iam:PolicyARN": params["PolicyArn"]}
    if operation == "ChangeResourceRecordSets":
        names = [one["ResourceRecordSet"]["Name"].rstrip(".") for one in params["ChangeBatch"]["Changes"]]
        return {"route53:ChangeResourceRecordSetsNormalizedRecordNames": names}
    if service == "ecs" and params.get("cluster"):
        return {"ecs:cluster": _cluster(params["cluster"], "us-east-1")}
    return {}


def _cluster(name: str, region: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:ecs:{region}:{ACCOUNT}:cluster/{name}"


def _made(service: str, operation: str, params: Mapping[str, Any], region: str) -> list[str]:
    """What tags are put on, where that is not what the call itself acts on."""
    at = f"{region}:{ACCOUNT}"
    if operation == "CreateListener":
        balancer = params["LoadBalancerArn"].partition("loadbalancer/")[2]
        return [f"arn:aws:elasticloadbalancing:{at}:listener/{balancer}/x"]
    if operation == "RequestCertificate":
        return [f"arn:aws:acm:{at}:certificate/x"]
    return ["*"] if service == "servicediscovery" else []


def _resources(service: str, operation: str, params: Mapping[str, Any], region: str) -> Iterator[str]:
    at = f"{region}:{ACCOUNT}"
    given = [
        value
        for key in ("ResourceARN", "ResourceArn", "resourceArn", "CertificateArn", "LoadBalancerArn", "ListenerArn")
        if str(value := params.get(key, "")).startswith("arn:")
    ]
    given += [one for one in (params.get("TopicArn"), params.get("TargetGroupArn")) if one]
    if operation in ("AddTags", "RemoveTags"):
        yield from params["ResourceArns"]
    elif service == "elbv2" and operation.startswith("Describe"):
        return
    elif given:
        yield from (one.removesuffix(":*") for one in given)
    elif service == "elbv2":
        kind = "loadbalancer/app" if operation == "CreateLoadBalancer" else "targetgroup"
        yield f"arn:aws:elasticloadbalancing:{at}:{kind}/{params['Name']}/x"
    elif service == "iam" and params.get("RoleName"):
        name = params["RoleName"]
        path = "aws-service-role/x/" if name.startswith("AWSServiceRole") else ""
        yield f"arn:aws:iam::{ACCOUNT}:role/{path}{name}"
    elif operation == "CreateServiceLinkedRole":
        yield f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{params['AWSServiceName']}/x"
    elif operation == "SimulatePrincipalPolicy":
        yield params["PolicySourceArn"]
    elif service == "ecr" and params.get("repositoryName"):
        yield f"arn:aws:ecr:{at}:repository/{params['repositoryName']}"
    elif operation == "DescribeRepositories":
        yield f"arn:aws:ecr:{at}:repository/any"
    elif service == "secretsmanager" and operation != "ListSecrets":
        name = params.get("SecretId") or params["Name"]
        yield name if name.startswith("arn:") else f"arn:aws:secretsmanager:{at}:secret:{name}-AbCdEf"
    elif service == "ssm" and operation != "DescribeParameters":
        name = params.get("Name") or params.get("Path") or params.get("ResourceId", "")
        yield f"arn:aws:ssm:{at}:parameter/{name.strip('/')}{'/' if operation == 'GetParametersByPath' else ''}"
    elif service == "sqs" and operation != "ListQueues":
        name = params.get("QueueName") or params["QueueUrl"].rpartition("/")[2]
        yield f"arn:aws:sqs:{at}:{name}"
    elif service == "sns" and params.get("Name"):
        yield f"arn:aws:sns:{at}:{params['Name']}"
    elif service == "logs" and params.get("logGroupName"):
        stream = f":log-stream:{params['logStreamName']}" if params.get("logStreamName") else ""
        yield f"arn:aws:logs:{at}:log-group:{params['logGroupName']}{stream}"
    elif service == "cloudwatch":
        names = params.get("AlarmNames") or [params.get("AlarmName", "any")]
        yield from (f"arn:aws:cloudwatch:{at}:alarm:{name}" for name in names)
    elif service == "route53" and params.get("HostedZoneId") and operation != "TestDNSAnswer":
        yield f"arn:aws:route53:::hostedzone/{params['HostedZoneId'].rpartition('/')[2]}"
    elif operation == "GetHostedZone":
        yield f"arn:aws:route53:::hostedzone/{params['Id'].rpartition('/')[2]}"
    elif service == "servicediscovery":
        yield from _of_cloud_map(operation, params, at)
    elif service == "ecs":
        yield from _of_ecs(operation, params, region)


def _of_cloud_map(operation: str, params: Mapping[str, Any], at: str) -> Iterator[str]:
    arn = f"arn:aws:servicediscovery:{at}"
    if operation == "CreateService":
        yield f"{arn}:namespace/{params['NamespaceId']}"
        yield f"{arn}:service/x"
    elif operation in ("GetNamespace", "DeleteNamespace"):
        yield f"{arn}:namespace/{params['Id']}"
    elif operation in ("DeleteService", "UpdateService"):
        yield f"{arn}:service/{params['Id']}"
    elif operation == "DeregisterInstance":
        yield f"{arn}:service/{params['ServiceId']}"


def _of_ecs(operation: str, params: Mapping[str, Any], region: str) -> Iterator[str]:
    arn = f"arn:aws:ecs:{region}:{ACCOUNT}"
    cluster = str(params.get("cluster", "")).rpartition("/")[2]
    if operation in ("CreateService", "UpdateService", "DeleteService", "DescribeServices", "ListServiceDeployments"):
        names = params.get("services") or [params.get("serviceName") or params["service"]]
        yield from (f"{arn}:service/{cluster}/{name.rpartition('/')[2]}" for name in names)
    elif operation == "DescribeTasks":
        yield from (f"{arn}:task/{cluster}/{one.rpartition('/')[2]}" for one in params["tasks"])
    elif operation in ("DescribeClusters", "CreateCluster", "DeleteCluster", "ListContainerInstances"):
        names = params.get("clusters") or [params.get("clusterName") or cluster]
        yield from (_cluster(name, region) for name in names)
    elif operation == "RegisterTaskDefinition":
        yield f"{arn}:task-definition/{params['family']}:1"
    elif operation == "DeleteTaskDefinitions":
        yield from params["taskDefinitions"]
    elif operation == "DescribeServiceRevisions":
        yield from params["serviceRevisionArns"]
