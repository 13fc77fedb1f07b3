"""IAM: an identity provider for OpenID Connect, of which an account has one for each address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from runbook.kinds.kind import Kind
from runbook.model import Call, CfnPart, Change, Keep, Known, Permission, ReadOnlyAws, State

_NO_SUCH = ("NoSuchEntity",)


def oidc_provider_arn(partition: str, account: str, host: str) -> str:
    """The ARN of the provider with this address, which AWS makes from account and address."""
    return f"arn:{partition}:iam::{account}:oidc-provider/{host}"


@dataclass(frozen=True, kw_only=True)
class OidcProvider(Kind):
    """The provider whose tokens AWS takes; one for the whole account, used as it is found and never removed.

    Parameters
    ----------
    host: its address without https://, such as token.actions.githubusercontent.com.
    audiences: for whom tokens have to be; AWS calls them client ids.
    """

    host: str
    account: str
    partition: str = "aws"
    audiences: Sequence[str]
    keep: Keep = "shared"

    consistent_s: ClassVar[float] = 120.0

    @property
    def arn(self) -> str:
        """The provider's ARN."""
        return oidc_provider_arn(self.partition, self.account, self.host)

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The account's provider, whoever made it: it has no tags that would count."""
        answer = aws.find("iam", "GetOpenIDConnectProvider", _NO_SUCH, OpenIDConnectProviderArn=self.arn)
        if answer is None:
            return State.ABSENT
        return State(
            "ready",
            settings={"audiences": sorted(answer.get("ClientIDList", []))},
            outputs={"arn": self.arn, "host": self.host},
            name=self.host,
        )

    def plan(self, state: State, known: Known) -> Change:
        """An existing one is used and left as it is; one that refuses our audience is for its owner to change."""
        missing = sorted(set(self.audiences) - set(state.settings.get("audiences", [])))
        if self.wanted and state.exists and missing:
            why = (
                f"the account's provider {self.host} takes no tokens for {', '.join(missing)}, and it is not changed "
                "here because others use it; add the audience in IAM"
            )
            return self._stopped(state, (), why)
        if not self.wanted:
            return self._change("none", "is shared with everything else in the account", [], state)
        return super().plan(state, known)

    def create(self, state: State) -> list[Call]:
        """Without a thumbprint, which AWS then finds itself, and without tags of one stack, because all share it.

        Source
        ------
        botocore 1.44 service model: iam CreateOpenIDConnectProvider (ThumbprintList is optional).
        """
        params = {"Url": f"https://{self.host}", "ClientIDList": list(self.audiences)}
        permissions = (Permission("iam:CreateOpenIDConnectProvider", self.arn),)
        done = ("EntityAlreadyExists",)
        return [Call("iam", "CreateOpenIDConnectProvider", params, permissions=permissions, done=done)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Nothing: workflows of others sign in through it too."""
        return []

    def cloudformation(self) -> CfnPart:
        """AWS::IAM::OIDCProvider; it stays when the template goes."""
        properties = {"Url": f"https://{self.host}", "ClientIdList": list(self.audiences)}
        return CfnPart("AWS::IAM::OIDCProvider", properties, deletion_policy="Retain")

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """None: it belongs to the account, not to a stack."""
        return ()
