"""Keeps the rehearsal on this machine: every connection beyond loopback is refused before a packet leaves."""

from __future__ import annotations

import ipaddress
import sys
from threading import Lock

LOOPBACK_NAMES = frozenset({"", "localhost", "0.0.0.0", "::"})  # noqa: S104 - names that resolve here, nothing is bound to them

_lock = Lock()
_installed = False


class BeyondLoopbackError(OSError):
    """Something inside the rehearsal tried to reach another machine."""


def is_loopback(host: object) -> bool:
    """True for an address or name of this machine; a name that would need a lookup is not one."""
    if host is None:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        # A Unix socket's address is a path, not a pair: it cannot leave the machine.
        if isinstance(address, tuple) and address and not is_loopback(address[0]):
            raise BeyondLoopbackError(f"the rehearsal stays on this machine and refused to connect to {address[0]}")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not is_loopback(arguments[0]):
        raise BeyondLoopbackError(f"the rehearsal stays on this machine and refused to look up {arguments[0]}")


def stay_on_this_machine() -> None:
    """Install the guard for the rest of this process; an audit hook cannot be taken out again.

    Source
    ------
    Python docs: sys.addaudithook, and the audit events table (socket.connect, socket.sendto, socket.getaddrinfo).
    """
    global _installed
    with _lock:
        if not _installed:
            sys.addaudithook(_audit)
            _installed = True
