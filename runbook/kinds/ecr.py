"""ECR: a private repository whose tags stay where they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook.kinds.kind import STACK, Kind
from runbook.model import Call, CfnPart, CostLine, Json, Keep, Known, Permission, ReadOnlyAws, State, Usage, canonical
from runbook.obstacle import Obstacle, goes_along

_NO_SUCH = ("RepositoryNotFoundException",)
_NO_POLICY = ("LifecyclePolicyNotFoundException",)


@dataclass(frozen=True, kw_only=True)
class Repository(Kind):
    """A repository that scans what arrives, and whose tags cannot be moved, except for some.

    Parameters
    ----------
    moving_tags: patterns of the tags that may be moved, such as `latest`.
    untagged_days: days after which an image without a tag goes away.
    keep_images: how many images stay; the oldest go first.
    """

    name: str
    region: str
    account: str
    partition: str = "aws"
    moving_tags: tuple[str, ...] = ()
    untagged_days: int = 7
    keep_images: int = 50
    keep: Keep = "data"

    @property
    def _arn(self) -> str:
        return f"arn:{self.partition}:ecr:{self.region}:{self.account}:repository/{self.name}"

    @property
    def _mutability(self) -> str:
        return "IMMUTABLE_WITH_EXCLUSION" if self.moving_tags else "IMMUTABLE"

    @property
    def _exclusions(self) -> list[dict[str, str]]:
        return [{"filterType": "WILDCARD", "filter": tag} for tag in self.moving_tags]

    @property
    def _lifecycle(self) -> dict[str, Any]:
        untagged = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days"}
        every = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": self.keep_images}
        return {
            "rules": [
                {
                    "rulePriority": 1,
                    "description": "images without a tag",
                    "selection": {**untagged, "countNumber": self.untagged_days},
                    "action": {"type": "expire"},
                },
                {
                    "rulePriority": 2,
                    "description": "the oldest images",
                    "selection": every,
                    "action": {"type": "expire"},
                },
            ]
        }

    def settings(self) -> Mapping[str, Any]:
        """Whether tags can be moved, scanning, and the lifecycle policy, which is owned whole."""
        return {
            "tags_move": {"mutability": self._mutability, "except": sorted(self.moving_tags)},
            "scan_on_push": True,
            "lifecycle": self._lifecycle,
        }

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The repository as it is, or absent."""
        found = next((one for one in _listed(aws) if one["repositoryName"] == self.name), None)
        return State.ABSENT if found is None else _found(aws, found)

    def create(self, state: State) -> list[Call]:
        """The repository with its tags, then the lifecycle policy, which has a call of its own."""
        params: dict[str, Any] = {
            "repositoryName": self.name,
            "imageTagMutability": self._mutability,
            "imageScanningConfiguration": {"scanOnPush": True},
            "tags": self.tag_list(),
        }
        if self.moving_tags:
            params["imageTagMutabilityExclusionFilters"] = self._exclusions
        made = Call(
            "ecr",
            "CreateRepository",
            params,
            permissions=(Permission("ecr:CreateRepository", self._arn), Permission("ecr:TagResource", self._arn)),
        )
        return [made, *self.update(frozenset({"lifecycle"}), state)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Only what differs."""
        name = {"repositoryName": self.name}
        mutability: dict[str, Any] = {**name, "imageTagMutability": self._mutability}
        if self.moving_tags:
            mutability["imageTagMutabilityExclusionFilters"] = self._exclusions
        calls = {
            "tags_move": Call("ecr", "PutImageTagMutability", mutability, on=self._arn),
            "scan_on_push": Call(
                "ecr",
                "PutImageScanningConfiguration",
                {**name, "imageScanningConfiguration": {"scanOnPush": True}},
                on=self._arn,
            ),
            "lifecycle": Call(
                "ecr", "PutLifecyclePolicy", {**name, "lifecyclePolicyText": Json(self._lifecycle)}, on=self._arn
            ),
        }
        return [call for setting, call in calls.items() if setting in changed]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [Call("ecr", "TagResource", {"resourceArn": self._arn, "tags": self.tag_list()}, on=self._arn)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it with every image in it."""
        params = {"repositoryName": state.name, "force": True}
        return [Call("ecr", "DeleteRepository", params, on=state.outputs["arn"], done=_NO_SUCH)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Every image in it goes along."""
        answer = aws.find("ecr", "DescribeImages", _NO_SUCH, repositoryName=state.name) or {}
        images = answer.get("imageDetails", [])
        if images:
            mib = sum(one.get("imageSizeInBytes", 0) for one in images) / 2**20
            yield goes_along(f"{len(images)} {'image' if len(images) == 1 else 'images'}, {mib:.1f} MiB")

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """What is stored; it depends on how many images are kept, and how large they are."""
        return self.cost_found(self.id, State.ABSENT, usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for every repository, whoever declares it."""
        yield CostLine(id_, "image storage", "ecr.storage_gib_month", usage.ecr_storage_gib, "usage per month")

    def cloudformation(self) -> CfnPart:
        """AWS::ECR::Repository; images outlive the template."""
        properties: dict[str, Any] = {
            "RepositoryName": self.name,
            "ImageTagMutability": self._mutability,
            "ImageScanningConfiguration": {"ScanOnPush": True},
            "LifecyclePolicy": {"LifecyclePolicyText": canonical(self._lifecycle)},
            "Tags": self.tag_list(),
        }
        if self.moving_tags:
            properties["ImageTagMutabilityExclusionFilters"] = [
                {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": tag}
                for tag in self.moving_tags
            ]
        return CfnPart("AWS::ECR::Repository", properties, deletion_policy="Retain")

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Repositories whose name begins with the stack and that carry our tag; listing gives no tags."""
        for repository in _listed(aws):
            name = repository["repositoryName"]
            ours = name == stack or name.startswith((f"{stack}-", f"{stack}/"))
            if ours and _tags(aws, repository["repositoryArn"]).get(STACK) == stack:
                yield _found(aws, repository)


def _listed(aws: ReadOnlyAws) -> list[dict[str, Any]]:
    """All repositories of the account and region: one read serves every declaration."""
    repositories: list[dict[str, Any]] = aws.read("ecr", "DescribeRepositories")["repositories"]
    return repositories


def _tags(aws: ReadOnlyAws, arn: str) -> dict[str, str]:
    answer = aws.find("ecr", "ListTagsForResource", _NO_SUCH, resourceArn=arn)
    return {tag["Key"]: tag["Value"] for tag in (answer or {}).get("tags", [])}


def _found(aws: ReadOnlyAws, repository: Mapping[str, Any]) -> State:
    name, arn = repository["repositoryName"], repository["repositoryArn"]
    policy = aws.find("ecr", "GetLifecyclePolicy", (*_NO_POLICY, *_NO_SUCH), repositoryName=name)
    exclusions = repository.get("imageTagMutabilityExclusionFilters") or []
    return State(
        "ready",
        settings={
            "tags_move": {
                "mutability": repository.get("imageTagMutability", "MUTABLE"),
                "except": sorted(one["filter"] for one in exclusions),
            },
            "scan_on_push": bool(repository.get("imageScanningConfiguration", {}).get("scanOnPush")),
            "lifecycle": json.loads(policy["lifecyclePolicyText"]) if policy else {},
        },
        outputs={"name": name, "arn": arn, "uri": repository["repositoryUri"]},
        name=name,
        tags=_tags(aws, arn),
    )
