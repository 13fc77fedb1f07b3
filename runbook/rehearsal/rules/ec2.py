"""Amazon EC2: a dry run is only ever a question; and all rules of the service in one tuple."""

from __future__ import annotations

from runbook.rehearsal.rules.ec2_endpoints import EC2_ENDPOINT_RULES
from runbook.rehearsal.rules.ec2_groups import EC2_GROUP_RULES
from runbook.rehearsal.rules.ec2_interfaces import EC2_INTERFACE_RULES
from runbook.rehearsal.rules.ec2_network import EC2_NETWORK_RULES
from runbook.rehearsal.rules.ec2_tokens import EC2_TOKEN_RULES
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World


def _dry_run(call: WireCall, _: World) -> str | None:
    return "Request would have succeeded, but DryRun flag is set." if call.params.get("DryRun") is True else None


EC2_RULES: tuple[Rule, ...] = (
    Rule(
        service="ec2",
        operations=("*",),
        code="DryRunOperation",
        status=412,
        gap="DryRun is executed by CreateVpc, CreateSubnet, CreateRouteTable, CreateRoute, AssociateRouteTable, "
        "CreateNatGateway, CreateVpcEndpoint and DeleteSubnet",
        source="AWS docs: Amazon EC2 API reference, common query parameters (DryRun)",
        refuse=_dry_run,
    ),
    # A token is answered before anything is judged: the thing may be there already because of this very request.
    *EC2_TOKEN_RULES,
    *EC2_NETWORK_RULES,
    *EC2_GROUP_RULES,
    *EC2_ENDPOINT_RULES,
    # After the rules that change an endpoint's interfaces.
    *EC2_INTERFACE_RULES,
)
