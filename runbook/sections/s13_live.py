"""Points of the checklist that are asked from outside, as a visitor would: TLS, the redirect, an API without a key."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Protocol
from urllib.parse import urlsplit

from runbook.model import Finding, Known, ReadOnlyAws
from runbook.sections.s13_reads import balancer_of
from runbook.settings import Deployment

WITHIN_S = 10.0
"""Bound of every step of a live question: connecting, shaking hands, the answer."""

_API = "/api/pipelines"


@dataclass(frozen=True)
class Reply:
    """What came back: the status, and where a redirect leads."""

    status: int
    location: str = ""


class Network(Protocol):
    """How a question gets out."""

    def handshake(self, host: str) -> str:
        """Shake hands on port 443 as a browser does; version of TLS and end of the certificate."""
        ...

    def get(self, host: str, path: str, *, tls: bool) -> Reply:
        """One GET, without following redirects."""
        ...


class RealNetwork:
    """Questions over the network, with the machine's own trust store; each step is bounded."""

    def handshake(self, host: str) -> str:
        """Shake hands on port 443 as a browser does; version of TLS and end of the certificate."""
        context = ssl.create_default_context()
        with (
            socket.create_connection((host, 443), timeout=WITHIN_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            certificate = secured.getpeercert() or {}
            return f"{secured.version()}, certificate valid until {certificate.get('notAfter', 'an unknown date')}"

    def get(self, host: str, path: str, *, tls: bool) -> Reply:
        """One GET, without following redirects."""
        connection: HTTPConnection = (
            HTTPSConnection(host, timeout=WITHIN_S, context=ssl.create_default_context())
            if tls
            else HTTPConnection(host, timeout=WITHIN_S)
        )
        try:
            connection.request("GET", path, headers={"User-Agent": "karet-runbook"})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers.get("Location", ""))
        finally:
            connection.close()


NETWORK: Network = RealNetwork()


def handshake(deployment: Deployment, network: Network, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 6, live: the certificate is the domain's, in time, and trusted."""
    if deployment.tls == "none":
        return _no_tls()
    host = _host(deployment, aws)
    del known
    return _asked(host, lambda: Finding("passed", f"{host}: {network.handshake(host)}"))


def redirects(deployment: Deployment, network: Network, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 6, live: plain HTTP leads to HTTPS, for good."""
    del known
    if deployment.tls == "none":
        return _no_tls()
    host = _host(deployment, aws)

    def ask() -> Finding:
        reply = network.get(host, "/", tls=False)
        told = f"http://{host}/ answers {reply.status}{f' to {reply.location}' if reply.location else ''}"
        to = urlsplit(reply.location)
        if reply.status == 301 and (to.scheme, to.hostname, to.port or 443) == ("https", host, 443):
            return Finding("passed", told)
        return Finding("failed", told, "Run `karet apply 7`.")

    return _asked(host, ask)


def refuses(deployment: Deployment, network: Network, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 3, live: without a key the API says 401. With a key nothing is asked, since the key would leave AWS."""
    del known
    host, tls = _host(deployment, aws), deployment.tls != "none"

    def ask() -> Finding:
        reply = network.get(host, _API, tls=tls)
        told = f"{_API} of {host} answers {reply.status} without a key"
        if reply.status == 401:
            return Finding("passed", told)
        hint = "The API is open, or this release answers in another way; look at it before real users come."
        return Finding("failed", told, hint)

    return _asked(host, ask)


def _host(deployment: Deployment, aws: ReadOnlyAws) -> str:
    """The name that visitors use."""
    return deployment.domain or balancer_of(deployment, aws).get("DNSName", "").lower()


def _no_tls() -> Finding:
    return Finding("failed", 'NOT MET by choice: tls = "none", so there is no HTTPS', "Set a domain and tls.")


def _asked(host: str, ask: Callable[[], Finding]) -> Finding:
    """The finding, or what the network said; nobody reached is for a person, since `open_to` may leave us out."""
    try:
        return ask()
    except ssl.SSLCertVerificationError as error:
        return Finding("failed", f"{host}: the certificate is not trusted: {error}", "Run `karet apply 7`.")
    except socket.gaierror as error:
        return Finding("failed", f"{host} has no address here: {error.strerror}", "Look at the domain's record.")
    except (OSError, HTTPException) as error:
        return Finding(
            "waiting",
            f"{host} was not reached from here within {WITHIN_S:g} s: {type(error).__name__}",
            "Ask again from a machine that open_to lets in.",
        )
