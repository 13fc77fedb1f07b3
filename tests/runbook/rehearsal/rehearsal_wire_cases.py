"""Calls in boto3's words and what the rehearsal has to understand of them: service, method, parameters, operation."""

from __future__ import annotations

from typing import Any

B = {"Bucket": "karet-data"}
ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/karet/0123456789abcdef"

CASES: list[tuple[str, str, dict[str, Any], str]] = [
    ("sts", "get_caller_identity", {}, "GetCallerIdentity"),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "se"}, "AssumeRole"),
    ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": '{"a": "b&c"}'}, "CreateRole"),
    ("iam", "get_role", {"RoleName": "r"}, "GetRole"),
    ("iam", "put_role_policy", {"RoleName": "r", "PolicyName": "p", "PolicyDocument": "{}"}, "PutRolePolicy"),
    ("iam", "attach_role_policy", {"RoleName": "r", "PolicyArn": "a" * 20}, "AttachRolePolicy"),
    ("iam", "tag_role", {"RoleName": "r", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": ""}]}, "TagRole"),
    ("iam", "create_service_linked_role", {"AWSServiceName": "ecs.amazonaws.com"}, "CreateServiceLinkedRole"),
    (
        "iam",
        "simulate_principal_policy",
        {"PolicySourceArn": "a" * 20, "ActionNames": ["s3:GetObject", "s3:PutObject"], "ResourceArns": ["*"]},
        "SimulatePrincipalPolicy",
    ),
    ("s3", "list_buckets", {}, "ListBuckets"),
    ("s3", "create_bucket", {**B, "CreateBucketConfiguration": {"Tags": [{"Key": "k", "Value": "v"}]}}, "CreateBucket"),
    ("s3", "head_bucket", {**B, "ExpectedBucketOwner": "123456789012"}, "HeadBucket"),
    ("s3", "delete_bucket", B, "DeleteBucket"),
    ("s3", "get_bucket_location", B, "GetBucketLocation"),
    ("s3", "put_bucket_versioning", {**B, "VersioningConfiguration": {"Status": "Enabled"}}, "PutBucketVersioning"),
    ("s3", "get_bucket_versioning", B, "GetBucketVersioning"),
    ("s3", "put_bucket_policy", {**B, "Policy": '{"Version": "2012-10-17"}'}, "PutBucketPolicy"),
    ("s3", "get_bucket_policy", B, "GetBucketPolicy"),
    ("s3", "get_bucket_policy_status", B, "GetBucketPolicyStatus"),
    (
        "s3",
        "put_public_access_block",
        {**B, "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": False}},
        "PutPublicAccessBlock",
    ),
    ("s3", "get_public_access_block", B, "GetPublicAccessBlock"),
    ("s3", "put_bucket_tagging", {**B, "Tagging": {"TagSet": [{"Key": "k", "Value": "v"}]}}, "PutBucketTagging"),
    (
        "s3",
        "put_bucket_lifecycle_configuration",
        {
            **B,
            "LifecycleConfiguration": {
                "Rules": [
                    {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3}},
                ]
            },
        },
        "PutBucketLifecycleConfiguration",
    ),
    ("s3", "get_bucket_notification_configuration", B, "GetBucketNotificationConfiguration"),
    ("s3", "list_bucket_metrics_configurations", B, "ListBucketMetricsConfigurations"),
    ("s3", "get_bucket_metrics_configuration", {**B, "Id": "all"}, "GetBucketMetricsConfiguration"),
    ("s3", "list_objects_v2", {**B, "Prefix": "pipelines/"}, "ListObjectsV2"),
    ("s3", "list_object_versions", B, "ListObjectVersions"),
    ("s3", "put_object", {**B, "Key": "config/a b+c.json", "IfNoneMatch": "*"}, "PutObject"),
    ("s3", "get_object", {**B, "Key": "folder/"}, "GetObject"),
    ("s3", "head_object", {**B, "Key": "x/ü.csv"}, "HeadObject"),
    ("s3", "delete_object", {**B, "Key": "k", "VersionId": "v1"}, "DeleteObject"),
    ("s3", "delete_objects", {**B, "Delete": {"Objects": [{"Key": "a"}, {"Key": "b"}]}}, "DeleteObjects"),
    ("s3", "create_multipart_upload", {**B, "Key": "k"}, "CreateMultipartUpload"),
    ("ssm", "put_parameter", {"Name": "/karet/x", "Value": "1", "Type": "String"}, "PutParameter"),
    ("ssm", "get_parameters_by_path", {"Path": "/karet", "Recursive": True}, "GetParametersByPath"),
    ("ssm", "delete_parameters", {"Names": ["/a", "/b"]}, "DeleteParameters"),
    ("service-quotas", "get_service_quota", {"ServiceCode": "vpc", "QuotaCode": "L-F678F1CE"}, "GetServiceQuota"),
    ("service-quotas", "list_service_quotas", {"ServiceCode": "vpc"}, "ListServiceQuotas"),
    ("ec2", "describe_vpcs", {"Filters": [{"Name": "tag:karet:id", "Values": ["network.vpc", "b"]}]}, "DescribeVpcs"),
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16", "DryRun": True}, "CreateVpc"),
    ("ec2", "describe_availability_zones", {"ZoneIds": ["use1-az1"]}, "DescribeAvailabilityZones"),
    (
        "ec2",
        "create_subnet",
        {
            "VpcId": "vpc-1",
            "CidrBlock": "10.0.0.0/24",
            "TagSpecifications": [{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": "a"}]}],
        },
        "CreateSubnet",
    ),
    ("ec2", "modify_vpc_attribute", {"VpcId": "vpc-1", "EnableDnsSupport": {"Value": True}}, "ModifyVpcAttribute"),
    ("ec2", "create_nat_gateway", {"SubnetId": "s", "AllocationId": "e", "ClientToken": "t"}, "CreateNatGateway"),
    ("ecr", "create_repository", {"repositoryName": "karet", "tags": [{"Key": "k", "Value": "v"}]}, "CreateRepository"),
    ("ecr", "batch_get_image", {"repositoryName": "karet", "imageIds": [{"imageTag": "v1"}]}, "BatchGetImage"),
    ("ecs", "create_cluster", {"clusterName": "karet"}, "CreateCluster"),
    ("ecs", "describe_services", {"cluster": "karet", "services": ["karet-svc"]}, "DescribeServices"),
    ("ecs", "list_tasks", {"cluster": "karet", "desiredStatus": "STOPPED"}, "ListTasks"),
    ("elbv2", "create_load_balancer", {"Name": "karet", "Subnets": ["a", "b"]}, "CreateLoadBalancer"),
    ("elbv2", "describe_target_health", {"TargetGroupArn": ARN}, "DescribeTargetHealth"),
    ("acm", "request_certificate", {"DomainName": "a.example.com", "ValidationMethod": "DNS"}, "RequestCertificate"),
    ("acm", "list_certificates", {"CertificateStatuses": ["ISSUED"]}, "ListCertificates"),
    ("route53", "list_hosted_zones_by_name", {"DNSName": "example.com"}, "ListHostedZonesByName"),
    ("route53", "create_hosted_zone", {"Name": "example.com", "CallerReference": "r"}, "CreateHostedZone"),
    (
        "route53",
        "change_resource_record_sets",
        {
            "HostedZoneId": "Z123",
            "ChangeBatch": {
                "Changes": [
                    {
                        "Action": "UPSERT",
                        "ResourceRecordSet": {
                            "Name": "a.example.com",
                            "Type": "CNAME",
                            "TTL": 60,
                            "ResourceRecords": [{"Value": "b.example.com"}],
                        },
                    }
                ]
            },
        },
        "ChangeResourceRecordSets",
    ),
    ("servicediscovery", "list_namespaces", {"MaxResults": 5}, "ListNamespaces"),
    ("servicediscovery", "get_operation", {"OperationId": "op"}, "GetOperation"),
    ("secretsmanager", "create_secret", {"Name": "/karet/prod/api-key"}, "CreateSecret"),
    ("secretsmanager", "describe_secret", {"SecretId": "/karet/prod/api-key"}, "DescribeSecret"),
    ("logs", "create_log_group", {"logGroupName": "/karet/web"}, "CreateLogGroup"),
    ("logs", "filter_log_events", {"logGroupName": "/karet/web", "limit": 1}, "FilterLogEvents"),
    ("sqs", "create_queue", {"QueueName": "q", "Attributes": {"VisibilityTimeout": "60"}}, "CreateQueue"),
    ("sqs", "get_queue_url", {"QueueName": "q"}, "GetQueueUrl"),
    ("sns", "create_topic", {"Name": "karet-alarms"}, "CreateTopic"),
    ("sns", "subscribe", {"TopicArn": "a", "Protocol": "email", "Endpoint": "a@example.com"}, "Subscribe"),
    ("cloudwatch", "describe_alarms", {"AlarmNames": ["a", "b"]}, "DescribeAlarms"),
    ("cloudwatch", "delete_alarms", {"AlarmNames": ["a"]}, "DeleteAlarms"),
    ("pricing", "get_products", {"ServiceCode": "AmazonEC2", "FormatVersion": "aws_v1"}, "GetProducts"),
    ("events", "put_rule", {"Name": "r", "EventPattern": "{}"}, "PutRule"),
]
