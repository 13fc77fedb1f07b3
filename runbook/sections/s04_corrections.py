"""Where section 4 does something other than the source document, about images, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="4.1",
        document="Ignores every error when it creates a repository.",
        runbook="Looks first, creates what is missing, compares what exists, and reports any refusal.",
        reason="A denied call or a full quota would show up much later, as a failing push.",
        source="botocore 1.44 service model, ecr CreateRepository",
    ),
    Correction(
        number="4.2",
        document="Pushes and deploys the tag latest.",
        runbook=(
            "Tags with the commit and deploys by digest. Commit tags cannot be moved; the tag latest may exist beside "
            "them."
        ),
        reason=(
            "A tag that moves does not say what runs, and a restart may bring up another version than the one beside "
            "it."
        ),
        source="botocore 1.44 service model, ecr IMMUTABLE_WITH_EXCLUSION",
    ),
    Correction(
        number="4.3",
        document="Says that the Dockerfile of the worker takes care of several architectures.",
        runbook="Builds for the architecture of the settings and compares the finished image with it before the push.",
        reason="That file only chooses linkers; a plain build gives an image for the machine it is built on.",
        source="public source of karet-worker, 2026-06-08",
    ),
    Correction(
        number="4.4",
        document="Expects both sources in one tree.",
        runbook="Takes one folder for each image: source.web and source.worker.",
        reason=(
            "They are two separate repositories, so the paths of the document exist for nobody who has just cloned "
            "them."
        ),
        source="public sources of karet and karet-worker, seen 2026-06",
    ),
    Correction(
        number="4.5",
        document="Does not look at what arrived in the registry.",
        runbook="Asks the registry for the digest of the pushed tag and deploys that.",
        reason="Build tools may push an index with attestations; its digest is not the one that the build printed.",
        source="botocore 1.44 service model, ecr DescribeImages",
    ),
    Correction(
        number="4.6",
        document="Lets images pile up and does not scan them.",
        runbook="Scans on push and adds a lifecycle policy.",
        reason="Each release adds an image that is stored and billed until somebody removes it.",
        source="AWS docs: Automate the cleanup of images by using lifecycle policies in Amazon ECR",
    ),
)
