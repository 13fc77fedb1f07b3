"""S3: the bucket, and what empties it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from runbook.errors import AwsError, ForeignError
from runbook.kinds.kind import STACK, Kind, Loop
from runbook.model import Call, CfnPart, CostLine, Keep, Known, Permission, ReadOnlyAws, State, Usage
from runbook.obstacle import Obstacle, goes_along

_NOT_THERE = ("404", "NoSuchBucket")
_OUR_RULES = "karet-"
"""Prefix of the ids of our own lifecycle rules; other rules of the bucket are somebody else's."""

_PUBLIC_ACCESS_BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def bucket_arn(partition: str, name: str) -> str:
    """The ARN of a bucket, which carries neither account nor region."""
    return f"arn:{partition}:s3:::{name}"


_PAGE = 1000
"""Objects that one DeleteObjects takes (botocore 1.44 service model)."""


def _empty_bucket(params: Mapping[str, Any], bench: Any) -> dict[str, Any]:
    """Remove every version, every delete marker and every unfinished upload; each page is recorded."""
    removed = 0
    while True:
        answer = bench.aws.first_page("s3", "ListObjectVersions", {"MaxKeys": _PAGE, **params})
        found = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
        if not found or bench.stopped():
            break
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found[:_PAGE]]
        bench.page({"objects": len(objects), "first": objects[0]["Key"]})
        result = bench.send("s3", "DeleteObjects", Delete={"Objects": objects, "Quiet": True}, **params)
        for error in result.get("Errors", []):
            raise AwsError(
                f"{error.get('Key')}: {error.get('Message')}",
                service="s3",
                operation="DeleteObjects",
                code=error["Code"],
            )
        removed += len(objects)
    uploads = bench.read("s3", "ListMultipartUploads", **params).get("Uploads", [])
    for upload in uploads:
        bench.page({"upload": upload["Key"]})
        bench.send("s3", "AbortMultipartUpload", Key=upload["Key"], UploadId=upload["UploadId"], **params)
    return {"objects": removed, "uploads": len(uploads)}


_LISTS = ("s3:ListBucketVersions", "s3:ListBucketMultipartUploads")
_REMOVES = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload")


def _may_empty(arn: str) -> tuple[Permission, ...]:
    """Listing is allowed on the bucket, removing on its objects."""
    return (*(Permission(one, arn) for one in _LISTS), *(Permission(one, f"{arn}/*") for one in _REMOVES))


@dataclass(frozen=True, kw_only=True)
class Bucket(Kind):
    """A private, versioned bucket with a lifecycle.

    Parameters
    ----------
    name: the bucket's name.
    account: who has to own it; every call says so, because anybody may hold a name that can be guessed.
    noncurrent_days: how long an overwritten or deleted version stays.
    unfinished_upload_days: how long the parts of an unfinished upload stay.
    """

    name: str
    account: str
    region: str
    partition: str = "aws"
    noncurrent_days: int = 30
    unfinished_upload_days: int = 7
    keep: Keep = "data"

    consistent_s: ClassVar[float] = 60.0
    fixed: ClassVar[Mapping[str, str]] = {
        "region": "a bucket cannot move. Keep the region, or deploy another stack and copy the objects."
    }
    loops: ClassVar[Mapping[str, Loop]] = {
        "EmptyBucket": Loop(
            _empty_bucket,
            ("Bucket", "ExpectedBucketOwner"),
            (*_LISTS, *_REMOVES),
        )
    }

    @property
    def _at(self) -> dict[str, str]:
        return {"Bucket": self.name, "ExpectedBucketOwner": self.account}

    @property
    def _arn(self) -> str:
        return bucket_arn(self.partition, self.name)

    @property
    def _rules(self) -> list[dict[str, Any]]:
        everything = {"Prefix": ""}
        return [
            {
                "ID": f"{_OUR_RULES}noncurrent",
                "Status": "Enabled",
                "Filter": everything,
                "Expiration": {"ExpiredObjectDeleteMarker": True},
                "NoncurrentVersionExpiration": {"NoncurrentDays": self.noncurrent_days},
            },
            {
                "ID": f"{_OUR_RULES}unfinished-uploads",
                "Status": "Enabled",
                "Filter": everything,
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": self.unfinished_upload_days},
            },
        ]

    def settings(self) -> Mapping[str, Any]:
        """Region, versioning, access block and our own lifecycle rules."""
        return {
            "region": self.region,
            "versioning": "Enabled",
            "public_access_block": dict.fromkeys(_PUBLIC_ACCESS_BLOCK, True),
            "lifecycle": self._rules,
        }

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The bucket as it is, or absent.

        Raises
        ------
        ForeignError: somebody else holds the name.
        """
        return _found(aws, self.name, self.account)

    def create(self, state: State) -> list[Call]:
        """The bucket with its tags in one call, then each of its settings."""
        place: dict[str, Any] = {"Tags": self.tag_list()}
        if self.region != "us-east-1":
            # S3 refuses the constraint "us-east-1" and wants one everywhere else (review 2.1).
            place["LocationConstraint"] = self.region
        made = Call(
            "s3",
            "CreateBucket",
            {"Bucket": self.name, "CreateBucketConfiguration": place},
            keep={"location": "Location"},
            permissions=(Permission("s3:CreateBucket", self._arn), Permission("s3:TagResource", self._arn)),
            done=("BucketAlreadyOwnedByYou",),
        )
        return [made, *self._settle(frozenset({"public_access_block", "versioning", "lifecycle"}), [])]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Only the settings that differ; foreign lifecycle rules are sent along, because the call replaces all."""
        return self._settle(changed, state.settings.get("foreign_lifecycle", []))

    def _settle(self, changed: frozenset[str], foreign_rules: list[Any]) -> list[Call]:
        calls = {
            "public_access_block": Call(
                "s3",
                "PutPublicAccessBlock",
                {**self._at, "PublicAccessBlockConfiguration": dict.fromkeys(_PUBLIC_ACCESS_BLOCK, True)},
                permissions=(Permission("s3:PutBucketPublicAccessBlock", self._arn),),
            ),
            "versioning": Call(
                "s3",
                "PutBucketVersioning",
                {**self._at, "VersioningConfiguration": {"Status": "Enabled"}},
                on=self._arn,
            ),
            "lifecycle": Call(
                "s3",
                "PutBucketLifecycleConfiguration",
                {**self._at, "LifecycleConfiguration": {"Rules": [*foreign_rules, *self._rules]}},
                permissions=(Permission("s3:PutLifecycleConfiguration", self._arn),),
            ),
        }
        return [call for setting, call in calls.items() if setting in changed]

    def tagging(self, state: State) -> list[Call]:
        """All tags at once: the call replaces them, so what others put there is sent along."""
        tags = {**(state.tags or {}), **self.tags}
        pairs = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
        return [Call("s3", "PutBucketTagging", {**self._at, "Tagging": {"TagSet": pairs}}, on=self._arn)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Every version of every object first, then the bucket."""
        at = {"Bucket": state.name, "ExpectedBucketOwner": state.settings["owner"]}
        arn = state.outputs["arn"]
        return [
            Call("bulk", "EmptyBucket", at, on=arn, permissions=_may_empty(arn)),
            Call("s3", "DeleteBucket", at, on=arn, done=_NOT_THERE),
        ]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Every version of every object goes along; what is counted stops at one page."""
        at = {"Bucket": state.name, "ExpectedBucketOwner": state.settings["owner"]}
        answer = aws.find("s3", "ListObjectVersions", _NOT_THERE, PaginationConfig={"MaxItems": _PAGE}, **at) or {}
        count = len([*answer.get("Versions", []), *answer.get("DeleteMarkers", [])])
        if count:
            least = "at least " if count >= _PAGE else ""
            yield goes_along(
                f"{least}{count} version{'' if count == 1 else 's'} of objects, which cannot be brought back"
            )
        yield from super().in_the_way(aws, state, going)

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """Storage, old versions and requests; all of it depends on use."""
        return self.cost_found(self.id, State.ABSENT, usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for every bucket, whoever declares it."""
        parts: tuple[tuple[str, str, Decimal | None], ...] = (
            ("storage", "s3.storage_gib_month", usage.s3_storage_gib),
            ("old versions", "s3.storage_gib_month", usage.s3_noncurrent_gib),
            ("writes", "s3.put_requests", usage.s3_put_requests),
            ("reads", "s3.get_requests", usage.s3_get_requests),
        )
        for label, rate, quantity in parts:
            yield CostLine(id_, label, rate, quantity, "usage per month")

    def cloudformation(self) -> CfnPart:
        """AWS::S3::Bucket; data outlives the template."""
        return CfnPart(
            "AWS::S3::Bucket",
            {
                "BucketName": self.name,
                "VersioningConfiguration": {"Status": "Enabled"},
                "PublicAccessBlockConfiguration": dict.fromkeys(_PUBLIC_ACCESS_BLOCK, True),
                "LifecycleConfiguration": {"Rules": [_rule_for_cloudformation(rule) for rule in self._rules]},
                "Tags": self.tag_list(),
            },
            deletion_policy="Retain",
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Buckets with our tag: those whose name begins with the stack, and those that the tagging API names."""
        listed = aws.read("s3", "ListBuckets")["Buckets"]
        tagged = aws.read(
            "resourcegroupstaggingapi",
            "GetResources",
            TagFilters=[{"Key": STACK, "Values": [stack]}],
            ResourceTypeFilters=["s3"],
        )["ResourceTagMappingList"]
        named = {one["ResourceARN"].rpartition(":::")[2] for one in tagged}
        exists = {one["Name"] for one in listed}
        for name in sorted(exists & named | {one for one in exists if one.startswith(f"{stack}-")}):
            if _tags(aws, name, aws.account).get(STACK) == stack:
                yield _found(aws, name, aws.account)


def _rule_for_cloudformation(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The same rule in CloudFormation's words."""
    made: dict[str, Any] = {"Id": rule["ID"], "Status": rule["Status"]}
    if "NoncurrentVersionExpiration" in rule:
        made["ExpiredObjectDeleteMarker"] = True
        made["NoncurrentVersionExpiration"] = dict(rule["NoncurrentVersionExpiration"])
    if "AbortIncompleteMultipartUpload" in rule:
        made["AbortIncompleteMultipartUpload"] = dict(rule["AbortIncompleteMultipartUpload"])
    return made


def _found(aws: ReadOnlyAws, name: str, account: str) -> State:
    at = {"Bucket": name, "ExpectedBucketOwner": account}
    try:
        head = aws.find("s3", "HeadBucket", _NOT_THERE, **at)
    except AwsError as error:
        if error.code not in ("403", "AccessDenied"):
            raise
        raise _not_yours(name, account) from error
    if head is None:
        return State.ABSENT
    versioning = aws.read("s3", "GetBucketVersioning", **at)
    block = aws.find("s3", "GetPublicAccessBlock", ("NoSuchPublicAccessBlockConfiguration",), **at) or {}
    rules = (aws.find("s3", "GetBucketLifecycleConfiguration", ("NoSuchLifecycleConfiguration",), **at) or {}).get(
        "Rules", []
    )
    blocked = block.get("PublicAccessBlockConfiguration", {})
    foreign = [rule for rule in rules if not rule.get("ID", "").startswith(_OUR_RULES)]
    return State(
        "ready",
        settings={
            "region": head.get("BucketRegion", aws.region),
            "versioning": versioning.get("Status", "never enabled"),
            "public_access_block": {part: bool(blocked.get(part)) for part in _PUBLIC_ACCESS_BLOCK},
            "lifecycle": [_comparable(rule) for rule in rules if rule not in foreign],
            "foreign_lifecycle": foreign,
            "owner": account,
        },
        outputs={"name": name, "arn": bucket_arn(aws.partition, name)},
        name=name,
        tags=_tags(aws, name, account),
        foreign=tuple(f"lifecycle rule {rule.get('ID', 'without id')}" for rule in foreign),
    )


def _comparable(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A lifecycle rule as we declare it, whichever of its two forms S3 gives the empty filter in."""
    made = {key: value for key, value in rule.items() if key != "Prefix"}
    made["Filter"] = rule.get("Filter") or {"Prefix": rule.get("Prefix", "")}
    return made


def _tags(aws: ReadOnlyAws, name: str, account: str) -> dict[str, str]:
    answer = aws.find("s3", "GetBucketTagging", ("NoSuchTagSet",), Bucket=name, ExpectedBucketOwner=account)
    return {tag["Key"]: tag["Value"] for tag in (answer or {}).get("TagSet", [])}


def _not_yours(name: str, account: str) -> ForeignError:
    return ForeignError(
        f"the bucket {name} belongs to another account than {account}, or your principal may not see it",
        hint="Choose another name with `storage.name` in karet.toml, or ask for s3:ListBucket on it.",
    )
