"""An image in a repository: the one that runs, or the newest one, or one that is built and pushed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from runbook.images.tag import processor_of, source_tag
from runbook.kinds.kind import Kind
from runbook.machine import source_problem
from runbook.model import Call, Change, Keep, Known, ReadOnlyAws, State

_NO_SUCH = ("RepositoryNotFoundException", "ImageNotFoundException")
_NO_SERVICE = ("ClusterNotFoundException", "ServiceNotFoundException")
_BY_DIGEST = re.compile(r"(?P<repository>[^@]+)@(?P<digest>sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class RunsIn:
    """Where an image runs: an ECS service and the container in its task definition.

    Parameters
    ----------
    services: all services of the cluster that are read together, this one among them.
    """

    cluster: str
    service: str
    container: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Image(Kind):
    """An image that tasks are started from, always by its digest.

    Parameters
    ----------
    repository, repository_arn, uri: name, ARN and URI of the ECR repository; usually references, and empty for an image
        of another registry, which would otherwise hold on to a repository that it does not use.
    own_names: how a person may write that repository in `given`.
    source: folder with a Dockerfile; used only when there is no image.
    source_setting, given_setting: names of the two settings, for messages.
    platform: what to build for, such as `linux/amd64`.
    given: REPOSITORY@sha256:... of an image that exists; nothing is built then.
    runs_in: the service whose image is kept while it runs.
    from_source: the source as it is now is meant, whichever image runs: a release.
    stands_for: tag to use in place of the source's; for rehearsals, where one source stands for many versions.
    """

    repository: str
    repository_arn: str
    uri: str
    own_names: tuple[str, ...] = ()
    source: str
    source_setting: str
    given_setting: str
    platform: str
    given: str = ""
    runs_in: RunsIn | None = None
    from_source: bool = False
    stands_for: str = ""
    keep: Keep = "data"

    consistent_s: ClassVar[float] = 60.0
    typical_s: ClassVar[float] = 300.0
    """Our estimate for a build and a push over a home line, 2026-11; the first one of a compiled language is longer."""

    @property
    def _processor(self) -> str:
        return self.platform.rpartition("/")[2]

    @property
    def tag(self) -> str:
        """The tag of the source as it is now.

        Raises
        ------
        ImageError: the source cannot be read.
        """
        return self.stands_for or source_tag(Path(self.source), self._processor)

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The given image, or the one of the source; else the one that runs; else the newest for this processor."""
        if self.given:
            return self._given(aws, known)
        repository = known.value(self.repository)
        answer = aws.find("ecr", "DescribeImages", _NO_SUCH, repositoryName=repository, filter={"tagStatus": "TAGGED"})
        images = (answer or {}).get("imageDetails", [])
        if self.from_source:
            tag = "" if self._cannot_be_made() else self.tag
            return next((self._found(one, known) for one in images if tag in one.get("imageTags", [])), State.ABSENT)
        running = self._running(aws) if images else ""
        for image in images:
            if image["imageDigest"] == running and self._fits(image):
                return self._found(image, known)
        ours = [one for one in images if any(processor_of(tag) == self._processor for tag in one.get("imageTags", []))]
        if not ours:
            return State.ABSENT
        newest = max(ours, key=lambda one: (one["imagePushedAt"], one["imageDigest"]))
        return self._found(newest, known)

    def _fits(self, image: Mapping[str, Any]) -> bool:
        """Whether an image is for the wanted processor, as far as its tags say."""
        named = {processor_of(tag) for tag in image.get("imageTags", [])} - {""}
        return not named or self._processor in named

    def _running(self, aws: ReadOnlyAws) -> str:
        """The digest that the service's task definition names; empty while there is no service."""
        if self.runs_in is None:
            return ""
        where = self.runs_in
        names = list(where.services or (where.service,))
        answer = aws.find(
            "ecs", "DescribeServices", _NO_SERVICE, cluster=where.cluster, services=names, include=["TAGS"]
        )
        for service in (answer or {}).get("services", []):
            if service["serviceName"] != where.service or service["status"] == "INACTIVE":
                continue
            task = aws.read(
                "ecs", "DescribeTaskDefinition", taskDefinition=service["taskDefinition"], include=["TAGS"]
            )["taskDefinition"]
            for container in task["containerDefinitions"]:
                if container["name"] == where.container:
                    return str(container["image"].rpartition("@")[2])
        return ""

    def _given(self, aws: ReadOnlyAws, known: Known) -> State:
        parts = _BY_DIGEST.fullmatch(self.given)
        if parts is None:
            return State.ABSENT
        if parts["repository"] not in self.own_names:
            # Somebody else's registry: nothing that this account could be asked about.
            outputs = {"reference": self.given, "digest": parts["digest"], "tag": ""}
            return State("ready", settings={"repository": parts["repository"]}, outputs=outputs, name=self.given)
        repository, wanted = known.value(self.repository), [{"imageDigest": parts["digest"]}]
        answer = aws.find("ecr", "DescribeImages", _NO_SUCH, repositoryName=repository, imageIds=wanted)
        images = (answer or {}).get("imageDetails", [])
        if not images:
            return State.ABSENT
        others = self._other_processors(aws, repository, images[0])
        if others:
            why = f"{self.given} is for {', '.join(others)}, and tasks run on {self._processor}"
            return State("absent", reason=f"{why}; push one for {self._processor}, or set architecture in karet.toml")
        return self._found(images[0], known)

    def _other_processors(self, aws: ReadOnlyAws, repository: Any, image: Mapping[str, Any]) -> list[str]:
        """What an image is for when that is not what is wanted, as far as its tags or its index say."""
        named = {processor_of(tag) for tag in image.get("imageTags", [])} - {""}
        if not named:
            answer = aws.read(
                "ecr", "BatchGetImage", repositoryName=repository, imageIds=[{"imageDigest": image["imageDigest"]}]
            )
            named = {name for one in answer.get("images", []) for name in _processors(one.get("imageManifest", ""))}
        return [] if self._processor in named else sorted(named)

    def _found(self, image: Mapping[str, Any], known: Known) -> State:
        repository, digest = known.value(self.repository), image["imageDigest"]
        tags = sorted(image.get("imageTags", []), key=lambda tag: (not processor_of(tag), tag))
        return State(
            "ready",
            settings={"repository": repository, "repository_arn": known.value(self.repository_arn)},
            outputs={
                "reference": f"{known.value(self.uri)}@{digest}",
                "digest": digest,
                "tag": tags[0] if tags else "",
            },
            name=f"{repository}@{digest}",
        )

    def plan(self, state: State, known: Known) -> Change:
        """As every kind; but what would have to be built is looked at first."""
        if self.wanted and not state.exists:
            why = state.reason or self._cannot_be_made()
            if why:
                return self._stopped(state, (), why)
        return super().plan(state, known)

    def _cannot_be_made(self) -> str:
        if self.given:
            return (
                f"{self.given_setting} names {self.given}, and the repository has no such image; push it first, "
                "correct the digest, or leave the setting out to build from source"
            )
        problem = source_problem(Path(self.source))
        if problem:
            return f"{problem}; set {self.source_setting}, or {self.given_setting} to an image by digest"
        return ""

    def create(self, state: State) -> list[Call]:
        """Build and push; the tag says which source and which processor."""
        if self._cannot_be_made():
            return []
        tag = self.tag
        return [
            Call("image", "Build", {"source": self.source, "platform": self.platform, "uri": self.uri, "tag": tag}),
            Call(
                "image",
                "Push",
                {"repository": self.repository, "uri": self.uri, "tag": tag},
                keep={"digest": "digest", "not_rehearsed": "not_rehearsed"},
                on=self.repository_arn,
            ),
        ]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Remove this one image; a given image of another registry is never removed."""
        params = {
            "repositoryName": state.settings["repository"],
            "imageIds": [{"imageDigest": state.outputs["digest"]}],
        }
        return [Call("ecr", "BatchDeleteImage", params, on=state.settings["repository_arn"], done=_NO_SUCH)]

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """None: images live and go with their repository."""
        return ()


def _processors(manifest: str) -> set[str]:
    """The processors that an index names; nothing for the manifest of a single image, which does not say."""
    try:
        entries = json.loads(manifest).get("manifests", [])
    except (ValueError, AttributeError):
        return set()
    named = {one.get("platform", {}).get("architecture", "") for one in entries}
    # Attestations stand in an index under a platform that no processor has.
    return named - {"", "unknown"}
