#!/usr/bin/env bash
# Rehearsal 20261123T221743-876-304d: karet apply 2 5 --rehearsal on 2026-11-23 22:17 UTC, ended: done.
# By root@vm as arn:aws:sts::123456789012:user/moto.
# Karet Runbook 0.1.0, document 9dcec2decf3f.
# It was a rehearsal on an embedded AWS, where placeholders stand for images.
#
# It needs bash, the aws command (version 1 or 2) and credentials of the account 123456789012.
# Ids that AWS chooses are taken from its answers. Nothing is undone when a command fails: the script stops there.
set -euo pipefail
export AWS_PAGER='' AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1

account=$(aws sts get-caller-identity --query Account --output text)
if [ "$account" != 123456789012 ]; then
    echo "this script is for the account 123456789012, the credentials are of $account" >&2
    exit 1
fi

# The one value that a path finds in the answer to a read; a value that is not there ends the script.
value_of() {
    local path=$1 found
    shift
    found=$(aws "$@" --query "$path" --output json)
    if [ "$found" = null ] || [ -z "$found" ]; then
        echo "nothing was found at $path: aws $*" >&2
        return 1
    fi
    printf '%s' "$found" | tr -d '"'
}

# Repeats a read until a condition over its answer holds, within bounds.
wait_for() {
    local what=$1 until=$2 every=$3 most=$4 began=$SECONDS found
    shift 4
    echo "waiting for $what" >&2
    while :; do
        found=$(aws "$@" --query "$until" --output json)
        case $found in null | false | '[]' | '{}' | '""') ;; *) return 0 ;; esac
        if [ $((SECONDS - began)) -ge "$most" ]; then
            echo "$what is not ready after $most seconds" >&2
            return 1
        fi
        sleep "$every"
    done
}

if [ "$(sha256sum ./pipeline.json | cut -d ' ' -f 1)" != e4ebc39e49130877dc353e0d99f393ecf0fbbe7e4d538f2b08e45c36b3a98eaa ]; then
    echo 'the file pipeline.json is not the one that the run sent' >&2
    exit 1
fi


# == 2 S3 bucket ===========================================================================================
# Karet keeps three sorts of files in S3: the CSV files that users upload, the

# 2 S3 bucket: s3.bucket: Bucket create: does not exist
aws s3api create-bucket \
    --bucket karet-data-123456789012 \
    --create-bucket-configuration '{"Tags":[{"Key":"karet:id","Value":"s3.bucket"},{"Key":"karet:region","Value":"us-east-1"},{"Key":"karet:section","Value":"2"},{"Key":"karet:stack","Value":"karet"}]}' \
    > /dev/null
aws s3api put-public-access-block \
    --bucket karet-data-123456789012 \
    --expected-bucket-owner 123456789012 \
    --public-access-block-configuration '{"BlockPublicAcls":true,"BlockPublicPolicy":true,"IgnorePublicAcls":true,"RestrictPublicBuckets":true}' \
    > /dev/null
aws s3api put-bucket-versioning \
    --bucket karet-data-123456789012 \
    --expected-bucket-owner 123456789012 \
    --versioning-configuration '{"Status":"Enabled"}' \
    > /dev/null
aws s3api put-bucket-lifecycle-configuration \
    --bucket karet-data-123456789012 \
    --expected-bucket-owner 123456789012 \
    --lifecycle-configuration '{"Rules":[{"Expiration":{"ExpiredObjectDeleteMarker":true},"Filter":{"Prefix":""},"ID":"karet-noncurrent","NoncurrentVersionExpiration":{"NoncurrentDays":30},"Status":"Enabled"},{"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7},"Filter":{"Prefix":""},"ID":"karet-unfinished-uploads","Status":"Enabled"}]}' \
    > /dev/null

# 2 S3 bucket: s3.policy: BucketPolicy create: does not exist
aws s3api put-bucket-policy \
    --bucket karet-data-123456789012 \
    --expected-bucket-owner 123456789012 \
    --policy '{"Statement":[{"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":"*","Resource":["arn:aws:s3:::karet-data-123456789012","arn:aws:s3:::karet-data-123456789012/*"],"Sid":"KaretTlsOnly"}],"Version":"2012-10-17"}' \
    > /dev/null

# 2 S3 bucket: s3.config: SeedObject create: does not exist
aws s3api put-object \
    --body pipeline.json \
    --bucket karet-data-123456789012 \
    --content-type application/json \
    --expected-bucket-owner 123456789012 \
    --if-none-match '*' \
    --key config/pipeline.json \
    > /dev/null

# == 5 Networking ==========================================================================================
# The stack gets a network of its own. Only the load balancer can be reached from

# 5 Networking: network.vpc: Vpc create: does not exist
NETWORK_VPC_ID=$(aws ec2 create-vpc \
    --cidr-block 10.60.0.0/16 \
    --tag-specifications '[{"ResourceType":"vpc","Tags":[{"Key":"Name","Value":"karet"},{"Key":"karet:id","Value":"network.vpc"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --query Vpc.VpcId \
    --output text)
aws ec2 modify-vpc-attribute \
    --enable-dns-support '{"Value":true}' \
    --vpc-id "${NETWORK_VPC_ID}" \
    > /dev/null
aws ec2 modify-vpc-attribute \
    --enable-dns-hostnames '{"Value":true}' \
    --vpc-id "${NETWORK_VPC_ID}" \
    > /dev/null
wait_for 'the VPC' 'Vpcs[0].State == '"'"'available'"'"'' 1 120 \
    ec2 describe-vpcs \
    --vpc-ids '["'"${NETWORK_VPC_ID}"'"]'

# 5 Networking: network.address-a: ElasticIp create: does not exist
NETWORK_ADDRESS_A_ID=$(aws ec2 allocate-address \
    --domain vpc \
    --tag-specifications '[{"ResourceType":"elastic-ip","Tags":[{"Key":"Name","Value":"karet-nat-a"},{"Key":"karet:id","Value":"network.address-a"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --query AllocationId \
    --output text)

# 5 Networking: network.igw: InternetGateway create: does not exist
NETWORK_IGW_ID=$(aws ec2 create-internet-gateway \
    --tag-specifications '[{"ResourceType":"internet-gateway","Tags":[{"Key":"Name","Value":"karet"},{"Key":"karet:id","Value":"network.igw"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --query InternetGateway.InternetGatewayId \
    --output text)
aws ec2 attach-internet-gateway \
    --internet-gateway-id "${NETWORK_IGW_ID}" \
    --vpc-id "${NETWORK_VPC_ID}" \
    > /dev/null

# 5 Networking: network.public-a: Subnet create: does not exist
NETWORK_PUBLIC_A_AVAILABILITY_ZONE_ID=$(value_of 'AvailabilityZones[?ZoneName=='"'"'us-east-1b'"'"'].ZoneId | [0]' \
    ec2 describe-availability-zones \
    --filters '[{"Name":"zone-type","Values":["availability-zone"]}]')
NETWORK_PUBLIC_A_ID=$(aws ec2 create-subnet \
    --availability-zone-id "${NETWORK_PUBLIC_A_AVAILABILITY_ZONE_ID}" \
    --cidr-block 10.60.0.0/19 \
    --tag-specifications '[{"ResourceType":"subnet","Tags":[{"Key":"Name","Value":"karet-public-a"},{"Key":"karet:id","Value":"network.public-a"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query Subnet.SubnetId \
    --output text)
wait_for 'the subnet' 'Subnets[0].State == '"'"'available'"'"'' 1 120 \
    ec2 describe-subnets \
    --subnet-ids '["'"${NETWORK_PUBLIC_A_ID}"'"]'

# 5 Networking: network.public-b: Subnet create: does not exist
NETWORK_PUBLIC_B_AVAILABILITY_ZONE_ID=$(value_of 'AvailabilityZones[?ZoneName=='"'"'us-east-1c'"'"'].ZoneId | [0]' \
    ec2 describe-availability-zones \
    --filters '[{"Name":"zone-type","Values":["availability-zone"]}]')
NETWORK_PUBLIC_B_ID=$(aws ec2 create-subnet \
    --availability-zone-id "${NETWORK_PUBLIC_B_AVAILABILITY_ZONE_ID}" \
    --cidr-block 10.60.32.0/19 \
    --tag-specifications '[{"ResourceType":"subnet","Tags":[{"Key":"Name","Value":"karet-public-b"},{"Key":"karet:id","Value":"network.public-b"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query Subnet.SubnetId \
    --output text)
wait_for 'the subnet' 'Subnets[0].State == '"'"'available'"'"'' 1 120 \
    ec2 describe-subnets \
    --subnet-ids '["'"${NETWORK_PUBLIC_B_ID}"'"]'

# 5 Networking: network.private-a: Subnet create: does not exist
NETWORK_PRIVATE_A_ID=$(aws ec2 create-subnet \
    --availability-zone-id "${NETWORK_PUBLIC_A_AVAILABILITY_ZONE_ID}" \
    --cidr-block 10.60.128.0/19 \
    --tag-specifications '[{"ResourceType":"subnet","Tags":[{"Key":"Name","Value":"karet-private-a"},{"Key":"karet:id","Value":"network.private-a"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query Subnet.SubnetId \
    --output text)
wait_for 'the subnet' 'Subnets[0].State == '"'"'available'"'"'' 1 120 \
    ec2 describe-subnets \
    --subnet-ids '["'"${NETWORK_PRIVATE_A_ID}"'"]'

# 5 Networking: network.private-b: Subnet create: does not exist
NETWORK_PRIVATE_B_ID=$(aws ec2 create-subnet \
    --availability-zone-id "${NETWORK_PUBLIC_B_AVAILABILITY_ZONE_ID}" \
    --cidr-block 10.60.160.0/19 \
    --tag-specifications '[{"ResourceType":"subnet","Tags":[{"Key":"Name","Value":"karet-private-b"},{"Key":"karet:id","Value":"network.private-b"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query Subnet.SubnetId \
    --output text)
wait_for 'the subnet' 'Subnets[0].State == '"'"'available'"'"'' 1 120 \
    ec2 describe-subnets \
    --subnet-ids '["'"${NETWORK_PRIVATE_B_ID}"'"]'

# 5 Networking: network.group-alb: SecurityGroup create: does not exist
NETWORK_GROUP_ALB_ID=$(aws ec2 create-security-group \
    --description 'load balancer of the stack karet' \
    --group-name karet-alb \
    --tag-specifications '[{"ResourceType":"security-group","Tags":[{"Key":"Name","Value":"sg-alb"},{"Key":"karet:id","Value":"network.group-alb"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query GroupId \
    --output text)
aws ec2 revoke-security-group-egress \
    --group-id "${NETWORK_GROUP_ALB_ID}" \
    --ip-permissions '[{"IpProtocol":"-1","IpRanges":[{"CidrIp":"0.0.0.0/0"}]}]' \
    > /dev/null

# 5 Networking: network.group-web: SecurityGroup create: does not exist
NETWORK_GROUP_WEB_ID=$(aws ec2 create-security-group \
    --description 'web tasks of the stack karet' \
    --group-name karet-web \
    --tag-specifications '[{"ResourceType":"security-group","Tags":[{"Key":"Name","Value":"sg-web"},{"Key":"karet:id","Value":"network.group-web"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query GroupId \
    --output text)

# 5 Networking: network.group-worker: SecurityGroup create: does not exist
NETWORK_GROUP_WORKER_ID=$(aws ec2 create-security-group \
    --description 'worker tasks of the stack karet' \
    --group-name karet-worker \
    --tag-specifications '[{"ResourceType":"security-group","Tags":[{"Key":"Name","Value":"sg-worker"},{"Key":"karet:id","Value":"network.group-worker"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query GroupId \
    --output text)

# 5 Networking: network.group-endpoints: SecurityGroup create: does not exist
NETWORK_GROUP_ENDPOINTS_ID=$(aws ec2 create-security-group \
    --description 'interface endpoints of the stack karet' \
    --group-name karet-endpoints \
    --tag-specifications '[{"ResourceType":"security-group","Tags":[{"Key":"Name","Value":"sg-endpoints"},{"Key":"karet:id","Value":"network.group-endpoints"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query GroupId \
    --output text)
aws ec2 revoke-security-group-egress \
    --group-id "${NETWORK_GROUP_ENDPOINTS_ID}" \
    --ip-permissions '[{"IpProtocol":"-1","IpRanges":[{"CidrIp":"0.0.0.0/0"}]}]' \
    > /dev/null

# 5 Networking: network.public-routes: RouteTable create: does not exist
NETWORK_PUBLIC_ROUTES_ID=$(aws ec2 create-route-table \
    --tag-specifications '[{"ResourceType":"route-table","Tags":[{"Key":"Name","Value":"karet-public"},{"Key":"karet:id","Value":"network.public-routes"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query RouteTable.RouteTableId \
    --output text)
aws ec2 associate-route-table \
    --route-table-id "${NETWORK_PUBLIC_ROUTES_ID}" \
    --subnet-id "${NETWORK_PUBLIC_A_ID}" \
    > /dev/null
aws ec2 associate-route-table \
    --route-table-id "${NETWORK_PUBLIC_ROUTES_ID}" \
    --subnet-id "${NETWORK_PUBLIC_B_ID}" \
    > /dev/null

# 5 Networking: network.private-routes-a: RouteTable create: does not exist
NETWORK_PRIVATE_ROUTES_A_ID=$(aws ec2 create-route-table \
    --tag-specifications '[{"ResourceType":"route-table","Tags":[{"Key":"Name","Value":"karet-private-a"},{"Key":"karet:id","Value":"network.private-routes-a"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query RouteTable.RouteTableId \
    --output text)
aws ec2 associate-route-table \
    --route-table-id "${NETWORK_PRIVATE_ROUTES_A_ID}" \
    --subnet-id "${NETWORK_PRIVATE_A_ID}" \
    > /dev/null

# 5 Networking: network.private-routes-b: RouteTable create: does not exist
NETWORK_PRIVATE_ROUTES_B_ID=$(aws ec2 create-route-table \
    --tag-specifications '[{"ResourceType":"route-table","Tags":[{"Key":"Name","Value":"karet-private-b"},{"Key":"karet:id","Value":"network.private-routes-b"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query RouteTable.RouteTableId \
    --output text)
aws ec2 associate-route-table \
    --route-table-id "${NETWORK_PRIVATE_ROUTES_B_ID}" \
    --subnet-id "${NETWORK_PRIVATE_B_ID}" \
    > /dev/null

# 5 Networking: network.rule-alb-443-0-0-0-0-0: SecurityGroupRule create: does not exist
aws ec2 authorize-security-group-ingress \
    --group-id "${NETWORK_GROUP_ALB_ID}" \
    --ip-permissions '[{"FromPort":443,"IpProtocol":"tcp","IpRanges":[{"CidrIp":"0.0.0.0/0","Description":"from open_to"}],"ToPort":443}]' \
    --tag-specifications '[{"ResourceType":"security-group-rule","Tags":[{"Key":"Name","Value":"karet-alb-443-0-0-0-0-0"},{"Key":"karet:id","Value":"network.rule-alb-443-0-0-0-0-0"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    > /dev/null

# 5 Networking: network.rule-alb-80-0-0-0-0-0: SecurityGroupRule create: does not exist
aws ec2 authorize-security-group-ingress \
    --group-id "${NETWORK_GROUP_ALB_ID}" \
    --ip-permissions '[{"FromPort":80,"IpProtocol":"tcp","IpRanges":[{"CidrIp":"0.0.0.0/0","Description":"from open_to"}],"ToPort":80}]' \
    --tag-specifications '[{"ResourceType":"security-group-rule","Tags":[{"Key":"Name","Value":"karet-alb-80-0-0-0-0-0"},{"Key":"karet:id","Value":"network.rule-alb-80-0-0-0-0-0"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    > /dev/null

# 5 Networking: network.rule-web-from-alb: SecurityGroupRule create: does not exist
aws ec2 authorize-security-group-ingress \
    --group-id "${NETWORK_GROUP_WEB_ID}" \
    --ip-permissions '[{"FromPort":3000,"IpProtocol":"tcp","ToPort":3000,"UserIdGroupPairs":[{"Description":"from load balancer","GroupId":"'"${NETWORK_GROUP_ALB_ID}"'"}]}]' \
    --tag-specifications '[{"ResourceType":"security-group-rule","Tags":[{"Key":"Name","Value":"karet-web-from-alb"},{"Key":"karet:id","Value":"network.rule-web-from-alb"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    > /dev/null

# 5 Networking: network.rule-worker-from-web: SecurityGroupRule create: does not exist
aws ec2 authorize-security-group-ingress \
    --group-id "${NETWORK_GROUP_WORKER_ID}" \
    --ip-permissions '[{"FromPort":8080,"IpProtocol":"tcp","ToPort":8080,"UserIdGroupPairs":[{"Description":"from web tasks","GroupId":"'"${NETWORK_GROUP_WEB_ID}"'"}]}]' \
    --tag-specifications '[{"ResourceType":"security-group-rule","Tags":[{"Key":"Name","Value":"karet-worker-from-web"},{"Key":"karet:id","Value":"network.rule-worker-from-web"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    > /dev/null

# 5 Networking: network.rule-endpoints-from-web: SecurityGroupRule create: does not exist
aws ec2 authorize-security-group-ingress \
    --group-id "${NETWORK_GROUP_ENDPOINTS_ID}" \
    --ip-permissions '[{"FromPort":443,"IpProtocol":"tcp","ToPort":443,"UserIdGroupPairs":[{"Description":"from web tasks","GroupId":"'"${NETWORK_GROUP_WEB_ID}"'"}]}]' \
    --tag-specifications '[{"ResourceType":"security-group-rule","Tags":[{"Key":"Name","Value":"karet-endpoints-from-web"},{"Key":"karet:id","Value":"network.rule-endpoints-from-web"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    > /dev/null

# 5 Networking: network.rule-endpoints-from-worker: SecurityGroupRule create: does not exist
aws ec2 authorize-security-group-ingress \
    --group-id "${NETWORK_GROUP_ENDPOINTS_ID}" \
    --ip-permissions '[{"FromPort":443,"IpProtocol":"tcp","ToPort":443,"UserIdGroupPairs":[{"Description":"from worker tasks","GroupId":"'"${NETWORK_GROUP_WORKER_ID}"'"}]}]' \
    --tag-specifications '[{"ResourceType":"security-group-rule","Tags":[{"Key":"Name","Value":"karet-endpoints-from-worker"},{"Key":"karet:id","Value":"network.rule-endpoints-from-worker"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    > /dev/null

# 5 Networking: network.rule-alb-to-web: SecurityGroupRule create: does not exist
aws ec2 authorize-security-group-egress \
    --group-id "${NETWORK_GROUP_ALB_ID}" \
    --ip-permissions '[{"FromPort":3000,"IpProtocol":"tcp","ToPort":3000,"UserIdGroupPairs":[{"Description":"to web tasks","GroupId":"'"${NETWORK_GROUP_WEB_ID}"'"}]}]' \
    --tag-specifications '[{"ResourceType":"security-group-rule","Tags":[{"Key":"Name","Value":"karet-alb-to-web"},{"Key":"karet:id","Value":"network.rule-alb-to-web"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    > /dev/null

# 5 Networking: network.public-out: Route create: does not exist
aws ec2 create-route \
    --destination-cidr-block 0.0.0.0/0 \
    --gateway-id "${NETWORK_IGW_ID}" \
    --route-table-id "${NETWORK_PUBLIC_ROUTES_ID}" \
    > /dev/null

# 5 Networking: network.endpoint-s3: VpcEndpoint create: does not exist
NETWORK_ENDPOINT_S3_ID=$(aws ec2 create-vpc-endpoint \
    --route-table-ids '["'"${NETWORK_PRIVATE_ROUTES_A_ID}"'","'"${NETWORK_PRIVATE_ROUTES_B_ID}"'"]' \
    --service-name com.amazonaws.us-east-1.s3 \
    --tag-specifications '[{"ResourceType":"vpc-endpoint","Tags":[{"Key":"Name","Value":"karet-s3"},{"Key":"karet:id","Value":"network.endpoint-s3"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --vpc-endpoint-type Gateway \
    --vpc-id "${NETWORK_VPC_ID}" \
    --query VpcEndpoint.VpcEndpointId \
    --output text)
wait_for 'the endpoint' 'VpcEndpoints[0].State == '"'"'available'"'"' || VpcEndpoints[0].State == '"'"'Available'"'"'' 5 600 \
    ec2 describe-vpc-endpoints \
    --vpc-endpoint-ids '["'"${NETWORK_ENDPOINT_S3_ID}"'"]'

# 5 Networking: network.nat-a: NatGateway create: does not exist
NETWORK_NAT_A_ID=$(aws ec2 create-nat-gateway \
    --allocation-id "${NETWORK_ADDRESS_A_ID}" \
    --connectivity-type public \
    --subnet-id "${NETWORK_PUBLIC_A_ID}" \
    --tag-specifications '[{"ResourceType":"natgateway","Tags":[{"Key":"Name","Value":"karet-nat-a"},{"Key":"karet:id","Value":"network.nat-a"},{"Key":"karet:section","Value":"5"},{"Key":"karet:stack","Value":"karet"}]}]' \
    --query NatGateway.NatGatewayId \
    --output text)
wait_for 'the NAT gateway' 'NatGateways[0].State == '"'"'available'"'"'' 5 600 \
    ec2 describe-nat-gateways \
    --nat-gateway-ids '["'"${NETWORK_NAT_A_ID}"'"]'

# 5 Networking: network.private-out-a: Route create: does not exist
aws ec2 create-route \
    --destination-cidr-block 0.0.0.0/0 \
    --nat-gateway-id "${NETWORK_NAT_A_ID}" \
    --route-table-id "${NETWORK_PRIVATE_ROUTES_A_ID}" \
    > /dev/null

# 5 Networking: network.private-out-b: Route create: does not exist
aws ec2 create-route \
    --destination-cidr-block 0.0.0.0/0 \
    --nat-gateway-id "${NETWORK_NAT_A_ID}" \
    --route-table-id "${NETWORK_PRIVATE_ROUTES_B_ID}" \
    > /dev/null

# Sections without a call:
# 1 Prerequisites: Nothing was done: the run was not about this section.
# 3 IAM roles: Nothing was done: the run was not about this section.
# 4 Container images in ECR: Nothing was done: the run was not about this section.
# 6 ECS Fargate services: Nothing was done: the run was not about this section.
# 7 Load balancer, certificate and domain: Nothing was done: the run was not about this section.
# 8 Upload events to the worker: Nothing was done: the run was not about this section.
# 9 Secrets and configuration: Nothing was done: the run was not about this section.
# 10 Observability: Nothing was done: the run was not about this section.
# 11 Releases: Nothing was done: the run was not about this section.
# 12 Cost: Nothing was done: the run was not about this section.
# 13 Parity checklist: Nothing was done: the run was not about this section.
echo 'done' >&2
