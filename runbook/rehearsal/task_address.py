"""The address of a task: the first of its subnet that nobody has."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

_FIRST_ADDRESS = 10


def free_address(block: str, interfaces: Iterable[Any]) -> str:
    """The first address of a subnet that no interface has; AWS keeps the first four and the last for itself."""
    taken = {one.private_ip_address for one in interfaces}
    network = ipaddress.ip_network(block)
    for number in range(min(_FIRST_ADDRESS, network.num_addresses // 2), network.num_addresses - 1):
        address = str(network[number])
        if address not in taken:
            return address
    raise ValueError(f"the subnet {block} has no free address left")
