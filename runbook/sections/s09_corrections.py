"""Where section 9 does something other than the source document, about secrets, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="9.1",
        document="Refers to a secret by its name.",
        runbook="Uses the full ARN that AWS returned.",
        reason="The ARN ends in six characters that cannot be guessed, and ECS wants all of it.",
        source="botocore 1.44 service model, ecs Secret valueFrom",
    ),
    Correction(
        number="9.2",
        document="Does not say where the value comes from.",
        runbook="Makes a long random value at the moment it is stored, unless the secret has one.",
        reason="Values that people choose are short, and values that people pass around stand in a shell history.",
        source="our choice; botocore 1.44 service model, secretsmanager GetRandomPassword",
    ),
    Correction(
        number="9.3",
        document="Does not mention rotation.",
        runbook="Rotates with one command, which also makes a new revision and new tasks.",
        reason="A task reads its secrets when it starts; a new value alone changes nothing.",
        source="AWS docs: Pass sensitive data to an Amazon ECS container",
    ),
    Correction(
        number="9.4",
        document="Does not mention deletion.",
        runbook="Restores a secret that is scheduled for deletion, with the value that it had.",
        reason="A deleted secret blocks its name for at least seven days, so that building the stack again would fail.",
        source="botocore 1.44 service model, secretsmanager DeleteSecret",
    ),
    Correction(
        number="9.5",
        document="Says that the API is open while the key is empty.",
        runbook="Still wants a key, for another reason.",
        reason="In the builds that are public an empty key only means that no key is accepted; the API answers 401.",
        source="public source of karet, seen 2026-06",
    ),
    Correction(
        number="9.6",
        document="Knows one secret, and speaks of a database that it never makes.",
        runbook="Lets the application contract name as many as a release needs.",
        reason="Public builds also want a session secret, some a token for the worker; the stack has no database.",
        source="public source of karet, seen 2026-06",
    ),
)
