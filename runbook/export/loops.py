"""The loops of the runbook, such as emptying a bucket, as functions of a script and of a notebook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from runbook.aws.spelling import cli_name
from runbook.calls import Call
from runbook.export.python_call import python

BATCH: Final = 500
"""Versions that are listed and deleted at once; S3 takes up to 1,000 (AWS docs: DeleteObjects)."""

# `patiently` runs a function where `set -e` does not hold, so each command says by itself what a failure means.
_SHELL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "remove_found": rf"""
# Deletes the versions and delete markers that a listing finds, {BATCH} at a time, until it finds none.
# The third word filters what was listed; all further ones narrow the listing.
remove_found() {{
    local bucket=$1 owner=$2 filter=$3 batch failed
    shift 3
    while :; do
        batch=$(aws s3api list-object-versions --bucket "$bucket" --expected-bucket-owner "$owner" "$@" \
            --no-paginate --max-keys {BATCH} --output json --query \
            "{{Quiet: \`true\`, Objects: [Versions, DeleteMarkers][] | $filter.{{Key: Key, VersionId: VersionId}}}}") ||
            return 1
        case $batch in *'"VersionId"'*) ;; *) return 0 ;; esac
        failed=$(printf '%s' "$batch" | aws s3api delete-objects --bucket "$bucket" \
            --expected-bucket-owner "$owner" --delete file:///dev/stdin --query 'Errors[0].Message' --output text) ||
            return 1
        case $failed in '' | None) ;; *) echo "$bucket: not deleted: $failed" >&2 && return 1 ;; esac
    done
}}
""",
        "remove_versions": r"""
# Deletes every version and every delete marker of one key; keys that only begin with it stay.
remove_versions() {
    local bucket=$1 owner=$2 key=$3
    remove_found "$bucket" "$owner" "[?Key=='${key//\'/\\\'}']" --prefix "$key"
}
""",
        "empty_bucket": r"""
# Deletes every version, every delete marker and every unfinished upload of a bucket.
empty_bucket() {
    local bucket=$1 owner=$2 uploads key id
    remove_found "$bucket" "$owner" '[]' || return 1
    uploads=$(aws s3api list-multipart-uploads --bucket "$bucket" --expected-bucket-owner "$owner" --output text \
        --query 'Uploads[].[Key, UploadId]') || return 1
    while IFS=$'\t' read -r key id; do
        case $key in '' | None) continue ;; esac
        aws s3api abort-multipart-upload --bucket "$bucket" --expected-bucket-owner "$owner" \
            --key "$key" --upload-id "$id" > /dev/null || return 1
    done <<< "$uploads"
}
""",
        "deregister_instances": r"""
# Takes every instance out of a service of Cloud Map.
deregister_instances() {
    local service=$1 instances id
    instances=$(aws servicediscovery list-instances --service-id "$service" --output text \
        --query 'Instances[].[Id]') || return 1
    while read -r id; do
        case $id in '' | None) continue ;; esac
        aws servicediscovery deregister-instance --service-id "$service" --instance-id "$id" > /dev/null || return 1
    done <<< "$instances"
}
""",
    }
)

_PYTHON: Final[Mapping[str, str]] = MappingProxyType(
    {
        "remove_versions": f"""
def remove_versions(Key=None, **where):
    narrowed = {{}} if Key is None else {{"Prefix": Key}}
    while True:
        page = client("s3").list_object_versions(MaxKeys={BATCH}, **narrowed, **where)
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{{"Key": one["Key"], "VersionId": one["VersionId"]}} for one in found if Key in (None, one["Key"])]
        if not objects:
            return
        answer = client("s3").delete_objects(Delete={{"Objects": objects, "Quiet": True}}, **where)
        if answer.get("Errors"):
            raise RuntimeError(f"not deleted: {{answer['Errors'][0]}}")
""",
        "empty_bucket": """
def empty_bucket(**where):
    remove_versions(**where)
    for page in client("s3").get_paginator("list_multipart_uploads").paginate(**where):
        for upload in page.get("Uploads", []):
            client("s3").abort_multipart_upload(Key=upload["Key"], UploadId=upload["UploadId"], **where)
""",
        "deregister_instances": """
def deregister_instances(**where):
    for page in client("servicediscovery").get_paginator("list_instances").paginate(**where):
        for instance in page["Instances"]:
            client("servicediscovery").deregister_instance(InstanceId=instance["Id"], **where)
""",
    }
)


def loop_name(call: Call) -> str:
    """The function that stands for a loop, such as `empty_bucket`; empty when there is none for it."""
    name = cli_name(call.operation).replace("-", "_") if call.service == "bulk" else ""
    return name if name in _PYTHON else ""


def python_loop(call: Call) -> str:
    """The loop as a call of its function in a notebook."""
    given = ", ".join(f"{name}={python(value)}" for name, value in call.params.items())
    return f"{loop_name(call)}({given})"


def shell_functions(body: str) -> Iterator[str]:
    """The functions that the lines of a script use."""
    wanted = set(re.findall(rf"^(?:patiently )?({'|'.join(_PYTHON)}) ", body, re.MULTILINE))
    if wanted & {"empty_bucket", "remove_versions"}:
        wanted.add("remove_found")
    return (function for name, function in _SHELL.items() if name in wanted)


def python_functions(names: set[str]) -> Iterator[str]:
    """The functions that a notebook with these loops uses."""
    wanted = names | ({"remove_versions"} if "empty_bucket" in names else set())
    return (function for name, function in _PYTHON.items() if name in wanted)
