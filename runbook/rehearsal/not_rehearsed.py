"""What a rehearsal cannot prove, so that the report says "not rehearsed" about it and never shows it green."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NotRehearsed:
    """One thing that stays open until the first run on a real account."""

    what: str
    """The thing, in a few words; the name under which a check reports it."""
    why: str
    """What the rehearsal does instead."""


NOT_REHEARSED: tuple[NotRehearsed, ...] = (
    NotRehearsed(
        "permissions",
        "every action is answered as allowed: no identity policy, boundary or organisation policy is evaluated",
    ),
    NotRehearsed(
        "quotas", "AWS's default values are answered and not enforced; the account's own values are not known here"
    ),
    NotRehearsed(
        "credentials expiry",
        "dummy credentials never run out, except by the fault `expired`; no profile, SSO or MFA is used",
    ),
    NotRehearsed("request signatures", "signatures are read for their region and service, and are not verified"),
    NotRehearsed(
        "eventual consistency", "what was created is visible at once, except for the states that the pace covers"
    ),
    NotRehearsed("service-linked roles", "the roles are created, and no service ever assumes them"),
    NotRehearsed(
        "image build and push",
        "nothing is built: a placeholder manifest is put under the tag; images.registry names a registry to push to",
    ),
    NotRehearsed("image pull", "no registry is asked for an image's layers, and its architecture is not looked at"),
    NotRehearsed(
        "DNS validation",
        "a certificate's record is looked for in the account's own zones, not in public DNS: a zone that nobody "
        "delegated to passes, and a record at another provider is never seen",
    ),
    NotRehearsed("private connectivity", "no packet passes a security group, a route table, a gateway or an endpoint"),
    NotRehearsed("container health", "no container of the real images runs, so no health check of theirs answers"),
    NotRehearsed(
        "metrics and mail",
        "nothing is metered, so alarms judge missing data only; no mail is sent, so an address stays unconfirmed",
    ),
    NotRehearsed(
        "what a visitor sees",
        "TLS handshake, redirect and the API's answer without a key: nothing listens at the domain",
    ),
    NotRehearsed(
        "the job of an upload",
        "the real poller brings it over SQS to a worker that answers 200 and computes nothing; a new notification "
        "works at once",
    ),
    NotRehearsed("TLS", "calls go over plain HTTP on this machine and stand for calls over TLS"),
    NotRehearsed("bills", "nothing is metered; prices are computed, not charged"),
)
"""Shown by `karet rehearse` and listed in docs/rehearsal.md."""
