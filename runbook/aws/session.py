"""The only client factory: region, profile, endpoint, one set of credentials and a pinned identity."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, JSONFileCache
from botocore.exceptions import BotoCoreError, ClientError, DataNotFoundError, ProfileNotFound
from botocore.hooks import HierarchicalEmitter
from botocore.paginate import Paginator, PaginatorModel
from botocore.response import StreamingBody

from runbook import __version__
from runbook.aws.answers import meaning, translate
from runbook.aws.event_names import EventNames
from runbook.aws.guard import refuse_changes
from runbook.aws.models import FOR_CLIENTS, LOADER
from runbook.aws.reads import Reads
from runbook.errors import AwsError, GuardError, RehearsalError, SettingsError, WaitingError

_CONNECT_S = 10
_ANSWER_S = 60
_CONNECTIONS = 24
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class Identity:
    """Who acts, and where: the answer of sts.GetCallerIdentity."""

    account: str
    arn: str

    @property
    def partition(self) -> str:
        """The partition of the principal's ARN."""
        return self.arn.split(":")[1]

    @property
    def principal(self) -> str:
        """The ARN without a session's name, so that a refreshed session is the same principal."""
        head, _, rest = self.arn.partition(":assumed-role/")
        return f"{head}:assumed-role/{rest.split('/')[0]}" if rest else self.arn


class Session:
    """One account, one region, one set of credentials, shared by the clients that read and the clients that change.

    Parameters
    ----------
    region: where everything happens.
    profile: name of a profile in the AWS configuration; empty for botocore's own order of sources.
    endpoint_url: another endpoint for every service; empty for AWS.
    rehearsal: the endpoint is the embedded AWS: dummy credentials, no proxy, loopback only.
    ask_mfa: asks the operator for an MFA code; without it a profile that needs one is refused.
    timeout_s: seconds that one answer may take.
    """

    def __init__(
        self,
        *,
        region: str,
        profile: str = "",
        endpoint_url: str = "",
        rehearsal: bool = False,
        ask_mfa: Callable[[str], str] | None = None,
        timeout_s: float = _ANSWER_S,
    ) -> None:
        if rehearsal and urlsplit(endpoint_url).hostname not in _LOOPBACK:
            raise RehearsalError(
                f"the rehearsal would leave this machine: {endpoint_url or 'no endpoint'} is not loopback",
                hint="Start it with `karet rehearse` or --rehearsal and without --endpoint-url.",
            )
        self.region = region
        self.rehearsal = rehearsal
        self._endpoint_url = endpoint_url or None
        self._timeout_s = timeout_s
        self._connect_s: float = _CONNECT_S
        self._lock = threading.RLock()
        self._clients: dict[tuple[str, bool], Any] = {}
        self._identity: Identity | None = None
        self._identified_key = ""
        self._boto = self._session(profile, ask_mfa)

    def _session(self, profile: str, ask_mfa: Callable[[str], str] | None) -> botocore.session.Session:
        if self.rehearsal:
            # Nothing of the operator's own AWS configuration is read in a rehearsal, so no real credential can leak in.
            core = _core(session_vars={"profile": (None, None, None, None)})
            core._credentials = Credentials("testing", "testing", "testing")
            return core
        try:
            core = _core(profile=profile or None)
            provider = core.get_component("credential_provider").get_provider("assume-role")
        except ProfileNotFound as error:
            raise SettingsError(
                f"the AWS profile {profile or 'in AWS_PROFILE'!r} does not exist",
                hint="`aws configure list-profiles` lists the profiles of this machine.",
            ) from error
        provider.cache = JSONFileCache(str(Path("~/.aws/cli/cache").expanduser()))
        provider._prompter = ask_mfa or _no_mfa
        return core

    @property
    def endpoint_url(self) -> str:
        """The endpoint in place of AWS's own; empty for AWS."""
        return self._endpoint_url or ""

    def at(self, region: str, *, connect_s: float = _CONNECT_S) -> Session:
        """The same credentials and endpoint in another region, for a service that does not answer in every one.

        Parameters
        ----------
        connect_s: seconds that a connection may take to come about.
        """
        other = copy.copy(self)
        other.region, other._connect_s, other._clients = region, connect_s, {}
        return other

    def client(self, service: str, *, changes: bool) -> Any:
        """The client of a service; one that reads is guarded and retries, one that changes makes a single attempt."""
        with self._lock:
            made = self._clients.get((service, changes))
            if made is None:
                made = self._clients[service, changes] = self._make(service, changes)
            return made

    def _make(self, service: str, changes: bool) -> Any:
        config = Config(
            connect_timeout=self._connect_s,
            read_timeout=self._timeout_s,
            max_pool_connections=_CONNECTIONS,
            # botocore would repeat a create that has no client token and so make two things.
            retries={"total_max_attempts": 1} if changes else {"mode": "standard", "total_max_attempts": 4},
            # Said whole, because botocore would put its own together anew for each request, twice.
            user_agent=f"{self._boto.user_agent()} karet-runbook/{__version__}",
            proxies={} if self.rehearsal else None,
            s3={"addressing_style": "path"} if self.rehearsal else None,
            inject_host_prefix=not self.rehearsal,
        )
        made = self._boto.create_client(
            service, region_name=self.region, config=config, endpoint_url=self._endpoint_url
        )
        if not changes:
            made.meta.events.register("before-call", refuse_changes(service))
        return made

    def identity(self) -> Identity:
        """Who acts: asked once, then pinned; another account or principal later stops the run.

        Raises
        ------
        WaitingError: there are no valid credentials; a person has to log in.
        """
        with self._lock:
            key = self._access_key()
            if self._identity is None or key != self._identified_key:
                answer = self._who()
                found = Identity(answer["Account"], answer["Arn"])
                before = self._identity
                if before and (found.account, found.principal) != (before.account, before.principal):
                    raise GuardError(
                        f"the credentials changed during the run: from {before.arn} in account {before.account} "
                        f"to {found.arn} in account {found.account}",
                        hint="Nothing more was changed. Log in to the first account again and run the same command.",
                    )
                self._identity, self._identified_key = found, key
            return self._identity

    def _who(self) -> dict[str, Any]:
        try:
            return self.read("sts", "GetCallerIdentity", {})
        except AwsError as error:
            if meaning(error) != "expired":
                raise
            raise _no_credentials(error.text) from error

    def _access_key(self) -> str:
        """The id of the access key in use; it changes when credentials are refreshed."""
        try:
            credentials = self._boto.get_credentials()
            return str(credentials.get_frozen_credentials().access_key) if credentials else ""
        except (BotoCoreError, ClientError) as error:
            made = translate(error, "sts", "GetCallerIdentity")
            raise _no_credentials(made.text if made else str(error)) from error

    def expires_at(self) -> datetime | None:
        """When the credentials end; None when they do not, or when nobody can tell."""
        moment = getattr(self._boto.get_credentials(), "_expiry_time", None)
        return moment.astimezone(UTC) if moment else None

    def look(self) -> Reads:
        """A new pass of reading: nothing read before is reused."""
        return Reads(self)

    def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One read operation with all its pages, behind the guard.

        Raises
        ------
        AwsError: AWS said no or did not answer, after botocore's own retries.
        """
        pages = _pages(service, operation)
        if pages is None:
            return self.first_page(service, operation, params)
        client = self.client(service, changes=False)
        model = client.meta.service_model.operation_model(operation)
        try:
            paginator = Paginator(lambda **page: client._make_api_call(operation, page), pages, model)
            return dict(paginator.paginate(**params).build_full_result())
        except (BotoCoreError, ClientError) as error:
            raise _translated(error, service, operation) from error

    def first_page(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One answer of a read operation, for loops that shrink what they list.

        Raises
        ------
        AwsError: AWS said no or did not answer, after botocore's own retries.
        """
        client = self.client(service, changes=False)
        try:
            answer = client._make_api_call(operation, dict(params))
        except (BotoCoreError, ClientError) as error:
            raise _translated(error, service, operation) from error
        return {key: _drained(item) for key, item in answer.items() if key != "ResponseMetadata"}

    def send(self, service: str, operation: str, params: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """One changing operation, one attempt; the answer and AWS's request id.

        Raises
        ------
        AwsError: AWS said no, or nobody knows whether it was done.
        """
        self.identity()
        client = self.client(service, changes=True)
        try:
            answer = client._make_api_call(operation, dict(params))
        except (BotoCoreError, ClientError) as error:
            raise _translated(error, service, operation) from error
        request_id = str(answer.pop("ResponseMetadata", {}).get("RequestId", ""))
        return answer, request_id


def _core(**named: Any) -> botocore.session.Session:
    """botocore's session with the runbook's ways to models and to names of events."""
    emitter = HierarchicalEmitter()
    core = botocore.session.Session(event_hooks=emitter, **named)
    core.register_component("data_loader", FOR_CLIENTS)
    core.register_component("event_emitter", EventNames(emitter))
    return core


@cache
def _pages(service: str, operation: str) -> dict[str, Any] | None:
    """How an operation's answer goes on over pages; None when it comes whole."""
    try:
        found: dict[str, Any] = PaginatorModel(LOADER.load_service_model(service, "paginators-1")).get_paginator(
            operation
        )
    except (DataNotFoundError, ValueError):
        return None
    return found


_CONTENT_BYTES = 1_048_576
"""Most of an object's content that a read takes into memory."""


def _drained(value: Any) -> Any:
    """An answer without open streams: content as bytes, so that several may read the same answer."""
    if isinstance(value, StreamingBody):
        with value:
            return value.read(_CONTENT_BYTES)
    return value


def profile_region(profile: str) -> str | None:
    """The region that a profile of the AWS configuration names; None when it names none."""
    try:
        found = botocore.session.Session(profile=profile or None).get_scoped_config().get("region")
    except ProfileNotFound:
        return None
    return str(found) if found else None


def _translated(error: BotoCoreError | ClientError, service: str, operation: str) -> AwsError:
    made = translate(error, service, operation)
    if made is None:
        raise error
    return made


def _no_credentials(why: str) -> WaitingError:
    return WaitingError(
        f"there are no valid AWS credentials: {why}",
        hint="Log in (for example `aws sso login`) and run the same command again; or rehearse with --rehearsal.",
    )


def _no_mfa(prompt: str) -> str:
    raise WaitingError(
        f"the profile needs an MFA code ({prompt.strip()}) and nobody can be asked here",
        hint="Run the command in a terminal, or log in first so that the session is cached.",
    )
