"""Elastic Load Balancing: a listener, which takes connections on one port and forwards or redirects them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from runbook.kinds.elbv2 import add_tags, load_balancers_of, tags_of
from runbook.kinds.kind import Kind, choose
from runbook.model import Call, CfnPart, Known, Permission, ReadOnlyAws, State

_GONE = ("ListenerNotFound", "LoadBalancerNotFound")


@dataclass(frozen=True, kw_only=True)
class Listener(Kind):
    """One port of a load balancer; rules beside its default action are left to whoever made them.

    Parameters
    ----------
    load_balancer: its ARN, usually a reference.
    certificate, ssl_policy: for HTTPS only; AWS refuses a certificate that is not issued.
    forward_to: ARN of the target group; empty for a listener that redirects.
    redirect_to: port that browsers are sent to over HTTPS, with status 301; empty for one that forwards.
    """

    load_balancer: str
    port: int
    protocol: Literal["HTTP", "HTTPS"]
    certificate: str = ""
    ssl_policy: str = ""
    forward_to: str = ""
    redirect_to: str = ""

    immutable: ClassVar[frozenset[str]] = frozenset({"load_balancer"})

    def __post_init__(self) -> None:
        if bool(self.forward_to) == bool(self.redirect_to):
            raise ValueError(f"{self.id}: a listener forwards or redirects, and never both")
        if (self.protocol == "HTTPS") != bool(self.certificate and self.ssl_policy):
            raise ValueError(f"{self.id}: HTTPS has a certificate and a TLS policy, and HTTP has neither")

    @property
    def _action(self) -> dict[str, Any]:
        if self.forward_to:
            return {"Type": "forward", "TargetGroupArn": self.forward_to}
        target = {"Protocol": "HTTPS", "Port": self.redirect_to, "StatusCode": "HTTP_301"}
        return {"Type": "redirect", "RedirectConfig": target}

    @property
    def _params(self) -> dict[str, Any]:
        made: dict[str, Any] = {"Protocol": self.protocol, "Port": self.port, "DefaultActions": [self._action]}
        if self.protocol == "HTTPS":
            made |= {"SslPolicy": self.ssl_policy, "Certificates": [{"CertificateArn": self.certificate}]}
        return made

    def settings(self) -> Mapping[str, Any]:
        """Where it listens, with which certificate and policy, and what it does."""
        return {
            "load_balancer": self.load_balancer,
            "port": self.port,
            "protocol": self.protocol,
            "certificate": self.certificate,
            "ssl_policy": self.ssl_policy,
            "action": self._action,
        }

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The listener with our id, or a stranger on the port."""
        found = _listed(aws, known.value(self.load_balancer))
        mine = [one for one in found if (one.stack, one.id) == (self.owner.stack, self.id)]
        if mine:
            return choose(self, mine, known)
        on_port = [one for one in found if one.settings["port"] == self.port]
        return on_port[0] if on_port else State.ABSENT

    def create(self, state: State) -> list[Call]:
        """One call, with the tags."""
        on = self.load_balancer
        return [
            Call(
                "elbv2",
                "CreateListener",
                {"LoadBalancerArn": self.load_balancer, **self._params, "Tags": self.tag_list()},
                keep={"arn": "Listeners[0].ListenerArn"},
                on=on,
                permissions=(
                    Permission("elasticloadbalancing:CreateListener"),
                    Permission("elasticloadbalancing:AddTags"),
                ),
            )
        ]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """One call sets port, protocol, certificate, policy and action together."""
        arn = state.outputs["arn"]
        return [Call("elbv2", "ModifyListener", {"ListenerArn": arn, **self._params}, on=arn)]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [add_tags(state.outputs["arn"], self.tag_list())]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it: the port is closed at once."""
        arn = state.outputs["arn"]
        return [Call("elbv2", "DeleteListener", {"ListenerArn": arn}, on=arn, done=_GONE)]

    def cloudformation(self) -> CfnPart:
        """AWS::ElasticLoadBalancingV2::Listener, which takes no tags."""
        return CfnPart("AWS::ElasticLoadBalancingV2::Listener", {"LoadBalancerArn": self.load_balancer, **self._params})

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Listeners with our tag, on load balancers with our tag."""
        for one, _ in load_balancers_of(aws, stack):
            for state in _listed(aws, one["LoadBalancerArn"]):
                if state.stack == stack:
                    yield state


def _listed(aws: ReadOnlyAws, load_balancer: Any) -> list[State]:
    answer = aws.find("elbv2", "DescribeListeners", _GONE, LoadBalancerArn=load_balancer)
    listeners = (answer or {}).get("Listeners", [])
    tags = tags_of(aws, [one["ListenerArn"] for one in listeners])
    return [_state(one, tags.get(one["ListenerArn"], {})) for one in listeners]


def _state(one: Mapping[str, Any], tags: Mapping[str, str]) -> State:
    arn, load_balancer = one["ListenerArn"], one["LoadBalancerArn"]
    certificates = [certificate["CertificateArn"] for certificate in one.get("Certificates", [])]
    return State(
        "ready",
        settings={
            "load_balancer": load_balancer,
            "port": one.get("Port", 0),
            "protocol": one.get("Protocol", ""),
            "certificate": certificates[0] if certificates else "",
            "ssl_policy": one.get("SslPolicy", "") if one.get("Protocol") == "HTTPS" else "",
            "action": _action(one.get("DefaultActions", [])),
        },
        outputs={"id": arn, "arn": arn},
        # The load balancer's name and the port: what a person would say, and unique in a region.
        name=f"{load_balancer.split('/')[2]}:{one.get('Port', 0)}",
        tags=tags,
    )


def _action(actions: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The default action as we declare it; AWS adds an order, a weight and the parts of the address that stay."""
    if not actions:
        return {}
    last = actions[-1]
    if last.get("Type") == "forward":
        groups = last.get("ForwardConfig", {}).get("TargetGroups", [])
        arn = last.get("TargetGroupArn") or (groups[0]["TargetGroupArn"] if len(groups) == 1 else "")
        return {"Type": "forward", "TargetGroupArn": arn}
    if last.get("Type") == "redirect":
        to = last.get("RedirectConfig", {})
        return {"Type": "redirect", "RedirectConfig": {key: to.get(key) for key in ("Protocol", "Port", "StatusCode")}}
    return {"Type": last.get("Type", "")}
