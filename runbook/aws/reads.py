"""Reading AWS in one pass: identical reads are made once, all pages are read, every read is counted and recorded."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from runbook.calls import HIDDEN, canonical, shown
from runbook.checks import Evidence
from runbook.errors import AwsError, UnknownError
from runbook.refs import has_unknown

if TYPE_CHECKING:
    from runbook.aws.session import Session

_EVIDENCE_LENGTH = 2000
"""Characters of an answer that a check keeps as evidence."""

_UNSEEN = frozenset({"SecretString", "SecretBinary", "authorizationToken"})
"""Parts of answers that no evidence may hold: values of secrets, passwords of registries."""


class Reads:
    """AWS for those who may only look, for the length of one pass.

    Parameters
    ----------
    session: where the guarded clients come from.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._answers: dict[str, Future[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self.made: Counter[str] = Counter()
        """Reads that went to AWS, by `service.Operation`."""

    @property
    def account(self) -> str:
        """The account of the pinned identity."""
        return self._session.identity().account

    @property
    def region(self) -> str:
        """The region of this stack."""
        return self._session.region

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`."""
        return self._session.identity().partition

    def read(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        """The whole answer of one read operation, all pages of it; the same read is made once in a pass.

        Raises
        ------
        UnknownError: a parameter is known only after apply.
        AwsError: AWS said no, with service, operation and code.
        """
        if has_unknown(params):
            raise UnknownError(f"{service}.{operation} needs a value that is known only after apply")
        key = canonical([service, operation, shown(params)])
        with self._lock:
            answer = self._answers.get(key)
            first = answer is None
            if answer is None:
                answer = self._answers[key] = Future()
                self.made[f"{service}.{operation}"] += 1
        if first:
            try:
                answer.set_result(self._session.read(service, operation, params))
            except BaseException as error:
                answer.set_exception(error)
                raise
        return answer.result()

    def find(self, service: str, operation: str, absent: Sequence[str], /, **params: Any) -> dict[str, Any] | None:
        """As `read`, but None when AWS answers with one of the codes in `absent`."""
        try:
            return self.read(service, operation, **params)
        except AwsError as error:
            if error.code in absent:
                return None
            raise


class Recorded:
    """The same pass seen by one check: what it read is kept as evidence."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self.account, self.region, self.partition = reads.account, reads.region, reads.partition
        self._evidence: list[Evidence] = []

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The reads so far, with their answers cut to a bounded length."""
        return tuple(self._evidence)

    def read(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        """As `Reads.read`."""
        try:
            answer = self._reads.read(service, operation, **params)
        except AwsError as error:
            self._keep(service, operation, params, error.code)
            raise
        self._keep(service, operation, params, answer)
        return answer

    def find(self, service: str, operation: str, absent: Sequence[str], /, **params: Any) -> dict[str, Any] | None:
        """As `Reads.find`."""
        try:
            return self.read(service, operation, **params)
        except AwsError as error:
            if error.code in absent:
                return None
            raise

    def _keep(self, service: str, operation: str, params: Any, answer: Any) -> None:
        body = answer if isinstance(answer, str) else canonical(_plain(answer))
        if len(body) > _EVIDENCE_LENGTH:
            body = f"{body[:_EVIDENCE_LENGTH]}... ({len(body)} characters)"
        self._evidence.append(Evidence(f"{service}.{operation} {canonical(shown(params))}", body))


def _plain(value: Any) -> Any:
    """An answer as JSON data: times as text, streams and bytes by their type only."""
    if isinstance(value, dict):
        return {
            str(key): HIDDEN if key in _UNSEEN else _plain(item)
            for key, item in value.items()
            if key != "ResponseMetadata"
        }
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    moment = getattr(value, "isoformat", None)
    return moment() if moment is not None else f"<{type(value).__name__}>"
