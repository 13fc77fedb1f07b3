"""The table of everything that may exist in the rehearsed account: which call lists it and what of it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Detail:
    """A further read about one listed thing."""

    name: str
    """Under which key the answer is noted."""
    operation: str
    params: Mapping[str, str]
    """Parameter -> JMESPath into the listed thing and the details before this one."""
    keep: str
    """JMESPath into the answer."""
    absent: tuple[str, ...] = ()
    """Error codes that mean that there is none."""


@dataclass(frozen=True)
class Listing:
    """One kind of thing."""

    service: str
    name: str
    operation: str
    items: str
    """JMESPath into the answer: the list of things, without those that AWS made by itself."""
    label: str
    """JMESPath into a thing: the name that people gave it."""
    ids: tuple[str, ...] = ()
    """Keys whose values AWS chose; wherever they are mentioned, the label is written instead."""
    drop: tuple[str, ...] = ()
    """Keys whose values differ from run to run and say nothing about what exists."""
    params: Mapping[str, object] = field(default_factory=dict)
    details: tuple[Detail, ...] = ()


_TAG = "(Tags[?Key=='karet:id'].Value | [0]) || (Tags[?Key=='Name'].Value | [0])"
_BUCKET = {"Bucket": "Name"}
_ROLE = {"RoleName": "RoleName"}

S3 = (
    Listing(
        "s3",
        "buckets",
        "list_buckets",
        "Buckets",
        "Name",
        details=(
            Detail("location", "get_bucket_location", _BUCKET, "LocationConstraint"),
            Detail("versioning", "get_bucket_versioning", _BUCKET, "Status"),
            Detail("encryption", "get_bucket_encryption", _BUCKET, "ServerSideEncryptionConfiguration",
                   ("ServerSideEncryptionConfigurationNotFoundError",)),
            Detail("public_access", "get_public_access_block", _BUCKET, "PublicAccessBlockConfiguration",
                   ("NoSuchPublicAccessBlockConfiguration",)),
            Detail("ownership", "get_bucket_ownership_controls", _BUCKET, "OwnershipControls",
                   ("OwnershipControlsNotFoundError",)),
            Detail("policy", "get_bucket_policy", _BUCKET, "Policy", ("NoSuchBucketPolicy",)),
            Detail("tags", "get_bucket_tagging", _BUCKET, "TagSet", ("NoSuchTagSet",)),
            Detail("lifecycle", "get_bucket_lifecycle_configuration", _BUCKET, "Rules",
                   ("NoSuchLifecycleConfiguration",)),
            Detail("notifications", "get_bucket_notification_configuration", _BUCKET,
                   "{queues: QueueConfigurations, topics: TopicConfigurations, bridge: EventBridgeConfiguration}"),
            Detail("metrics", "list_bucket_metrics_configurations", _BUCKET, "MetricsConfigurationList"),
            Detail("objects", "list_object_versions", _BUCKET,
                   "Versions[].{key: Key, etag: ETag, size: Size, latest: IsLatest}"),
            Detail("delete_markers", "list_object_versions", _BUCKET, "DeleteMarkers[].{key: Key, latest: IsLatest}"),
            Detail("uploads", "list_multipart_uploads", _BUCKET, "Uploads[].Key"),
        ),
    ),
)  # fmt: skip

IAM = (
    Listing(
        "iam",
        "roles",
        "list_roles",
        "Roles",
        "RoleName",
        drop=("RoleId", "RoleLastUsed"),
        details=(
            Detail("inline", "list_role_policies", _ROLE, "PolicyNames"),
            Detail("document", "get_role_policy", {**_ROLE, "PolicyName": "inline[0]"}, "PolicyDocument"),
            Detail("attached", "list_attached_role_policies", _ROLE, "AttachedPolicies[].PolicyArn"),
            Detail("tags", "list_role_tags", _ROLE, "Tags"),
        ),
    ),
    Listing(
        "iam", "policies", "list_policies", "Policies", "PolicyName", drop=("PolicyId",), params={"Scope": "Local"}
    ),
    Listing("iam", "users", "list_users", "Users", "UserName", drop=("UserId",)),
    Listing("iam", "instance_profiles", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName",
            drop=("InstanceProfileId", "RoleId")),
    Listing("iam", "oidc_providers", "list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"),
)  # fmt: skip

EC2 = (
    Listing("ec2", "vpcs", "describe_vpcs", "Vpcs[?IsDefault==`false`]", _TAG, ids=("VpcId",), drop=("DhcpOptionsId",),
            details=(
                Detail("dns_support", "describe_vpc_attribute", {"VpcId": "VpcId", "Attribute": "'enableDnsSupport'"},
                       "EnableDnsSupport.Value"),
                Detail("dns_hostnames", "describe_vpc_attribute",
                       {"VpcId": "VpcId", "Attribute": "'enableDnsHostnames'"}, "EnableDnsHostnames.Value"),
            )),
    Listing("ec2", "subnets", "describe_subnets", "Subnets[?DefaultForAz==`false`]", _TAG, ids=("SubnetId",),
            drop=("SubnetArn", "AvailableIpAddressCount")),
    Listing("ec2", "internet_gateways", "describe_internet_gateways", "InternetGateways", _TAG,
            ids=("InternetGatewayId",)),
    Listing("ec2", "security_groups", "describe_security_groups", "SecurityGroups", "GroupName", ids=("GroupId",),
            drop=("SecurityGroupArn",)),
    # Rules without tags show in their groups; those that AWS makes itself are of no interest here.
    Listing("ec2", "security_group_rules", "describe_security_group_rules", "SecurityGroupRules[?Tags]", _TAG,
            ids=("SecurityGroupRuleId",), drop=("SecurityGroupRuleArn",)),
    Listing("ec2", "addresses", "describe_addresses", "Addresses", _TAG, ids=("AllocationId", "AssociationId"),
            drop=("PublicIp", "PrivateIpAddress", "NetworkInterfaceId")),
    Listing("ec2", "nat_gateways", "describe_nat_gateways", "NatGateways[?State!='deleted']", _TAG,
            ids=("NatGatewayId",), drop=("PublicIp", "PrivateIp", "NetworkInterfaceId")),
    Listing("ec2", "vpc_endpoints", "describe_vpc_endpoints", "VpcEndpoints[?State!='deleted']", _TAG,
            ids=("VpcEndpointId",), drop=("DnsEntries", "NetworkInterfaceIds")),
    Listing("ec2", "route_tables", "describe_route_tables", "RouteTables", _TAG, ids=("RouteTableId",),
            drop=("RouteTableAssociationId",)),
    Listing("ec2", "network_interfaces", "describe_network_interfaces", "NetworkInterfaces", "Description",
            ids=("NetworkInterfaceId",),
            drop=("PrivateIpAddress", "PrivateIpAddresses", "PrivateDnsName", "MacAddress", "Association")),
)  # fmt: skip

OTHERS = (
    Listing("ssm", "parameters", "describe_parameters", "Parameters", "Name", drop=("Version", "LastModifiedUser"),
            details=(
                Detail("value", "get_parameter", {"Name": "Name"},
                       # What a probe has seen carries the time at which it saw it.
                       "Parameter.{type: Type, value: Type != 'SecureString' && !contains(Name, '/proven/') && Value "
                       "|| 'hidden'}"),
                Detail("tags", "list_tags_for_resource", {"ResourceId": "Name", "ResourceType": "'Parameter'"},
                       "TagList"),
            )),
    Listing("route53", "zones", "list_hosted_zones", "HostedZones", "Name", ids=("Id",), drop=("CallerReference",),
            details=(Detail("records", "list_resource_record_sets", {"HostedZoneId": "Id"}, "ResourceRecordSets"),)),
    Listing("ecr", "repositories", "describe_repositories", "repositories", "repositoryName",
            details=(
                Detail("images", "describe_images", {"repositoryName": "repositoryName"},
                       "imageDetails[].{digest: imageDigest, tags: imageTags}"),
                Detail("lifecycle", "get_lifecycle_policy", {"repositoryName": "repositoryName"},
                       "lifecyclePolicyText", ("LifecyclePolicyNotFoundException",)),
            )),
    Listing("elbv2", "target_groups", "describe_target_groups", "TargetGroups", "TargetGroupName",
            ids=("TargetGroupArn",),
            details=(
                Detail("attributes", "describe_target_group_attributes", {"TargetGroupArn": "TargetGroupArn"},
                       "Attributes"),
                Detail("targets", "describe_target_health", {"TargetGroupArn": "TargetGroupArn"},
                       "TargetHealthDescriptions[].{port: Target.Port, state: TargetHealth.State}"),
                Detail("tags", "describe_tags", {"ResourceArns": "[TargetGroupArn]"}, "TagDescriptions[].Tags[]"),
            )),
    Listing("elbv2", "load_balancers", "describe_load_balancers", "LoadBalancers", "LoadBalancerName",
            ids=("LoadBalancerArn", "DNSName"), drop=("LoadBalancerAddresses",),
            details=(
                Detail("listeners", "describe_listeners", {"LoadBalancerArn": "LoadBalancerArn"},
                       "Listeners[].{port: Port, protocol: Protocol, actions: DefaultActions, policy: SslPolicy, "
                       "certificates: Certificates[].CertificateArn}"),
                Detail("attributes", "describe_load_balancer_attributes", {"LoadBalancerArn": "LoadBalancerArn"},
                       "Attributes"),
                Detail("tags", "describe_tags", {"ResourceArns": "[LoadBalancerArn]"}, "TagDescriptions[].Tags[]"),
            )),
    Listing("acm", "certificates", "list_certificates", "CertificateSummaryList", "DomainName",
            ids=("CertificateArn",)),
    Listing("servicediscovery", "namespaces", "list_namespaces", "Namespaces", "Name", ids=("Id", "Arn"),
            drop=("HostedZoneId",)),
    Listing("servicediscovery", "services", "list_services", "Services", "Name", ids=("Id", "Arn")),
    Listing("ecs", "clusters", "list_clusters", "clusterArns[].{arn: @}", "arn",
            details=(
                Detail("cluster", "describe_clusters", {"clusters": "[arn]"},
                       "clusters[].{name: clusterName, status: status, settings: settings}"),
                Detail("service_arns", "list_services", {"cluster": "arn"}, "serviceArns"),
                Detail("services", "describe_services",
                       {"cluster": "arn", "services": "service_arns", "include": "['TAGS']"},
                       "services[].{name: serviceName, status: status, desired: desiredCount, running: runningCount, "
                       "definition: taskDefinition, network: networkConfiguration, balancers: loadBalancers, "
                       "registries: serviceRegistries, deployment: deploymentConfiguration, tags: tags, "
                       "grace: healthCheckGracePeriodSeconds, platform: platformVersion, "
                       "rollouts: deployments[].status}",
                       absent=("InvalidParameterException",)),
                Detail("tasks", "list_tasks", {"cluster": "arn"}, "length(taskArns)"),
            )),
    # The number of a revision counts how often somebody registered one, not what exists.
    Listing("ecs", "task_definitions", "list_task_definitions", "taskDefinitionArns[].{arn: @}", "definition.family",
            ids=("arn",), drop=("revision", "taskDefinitionArn"),
            details=(
                Detail("definition", "describe_task_definition", {"taskDefinition": "arn"}, "taskDefinition"),
                Detail("tags", "describe_task_definition", {"taskDefinition": "arn", "include": "['TAGS']"}, "tags"),
            )),
    Listing("secretsmanager", "secrets", "list_secrets", "SecretList", "Name", ids=("ARN",),
            drop=("SecretVersionsToStages",)),
    Listing("logs", "log_groups", "describe_log_groups", "logGroups", "logGroupName",
            drop=("creationTime", "storedBytes")),
    Listing("sqs", "queues", "list_queues", "QueueUrls[].{url: @}", "url",
            details=(
                Detail("attributes", "get_queue_attributes", {"QueueUrl": "url", "AttributeNames": "['All']"},
                       "Attributes.{policy: Policy, redrive: RedrivePolicy, visibility: VisibilityTimeout}"),
            )),
    Listing("sns", "topics", "list_topics", "Topics", "TopicArn"),
    Listing("sns", "subscriptions", "list_subscriptions", "Subscriptions", "Endpoint", ids=("SubscriptionArn",)),
    Listing("cloudwatch", "alarms", "describe_alarms", "MetricAlarms", "AlarmName",
            drop=("StateReason", "StateReasonData")),
    Listing("events", "rules", "list_rules", "Rules", "Name"),
    Listing("events", "connections", "list_connections", "Connections", "Name", ids=("ConnectionArn",)),
    Listing("events", "api_destinations", "list_api_destinations", "ApiDestinations", "Name",
            ids=("ApiDestinationArn",)),
)  # fmt: skip

LISTINGS: tuple[Listing, ...] = S3 + IAM + EC2 + OTHERS
"""Ids are collected in this order, so things that others mention stand first."""
