"""Every error a person may see, in one tree.

RunbookError
├── SettingsError        a value in karet.toml, a flag or the environment is wrong (exit 64)
├── PlanError            the declaration or the account does not allow a plan
│   ├── CycleError       resources wait for each other in a circle
│   ├── DuplicateError   two things in AWS carry one karet:id
│   ├── ForeignError     a thing with our name exists that is not ours
│   ├── FixedError       a setting that cannot change on a live stack has changed
│   ├── StaleError       what was found is no longer what the plan was made from
│   └── UnknownError     a read needs a value that is known only after apply
├── AwsError             AWS answered no, or did not answer
├── GuardError           something tried to change AWS while only looking
├── JournalError         the record of the run cannot be read or written
├── LockError            another apply is running (exit 3)
├── WaitingError         a person has to act before the run can go on (exit 4)
├── ProbeError           something was tried out in the account, and what should have come of it did not
├── ImageError           an image cannot be built, pushed or found
├── PriceError           a price is not known, or not what was expected
│   ├── MissingRateError     no source has this price: it is unknown, never 0
│   ├── AmbiguousRateError   more than one product fits: never the first one
│   ├── WrongUnitError       the price is for another unit than the quantity
│   ├── WrongCurrencyError   the price is not in US dollars
│   ├── TierError            the tiers leave a gap or overlap
│   ├── PriceListError       AWS's price list answered in another shape than expected
│   └── PriceRegionError     a region that cannot be priced (exit 64)
├── ExportError          a run cannot be written in the wanted form, or a file is no export
├── CancelledError       the operator stopped the run (exit 130)
└── RehearsalError       the embedded AWS cannot be started or reached
"""

from __future__ import annotations

from collections.abc import Sequence


class RunbookError(Exception):
    """Something that a person can act on: what failed with the value, and the next thing to do.

    Parameters
    ----------
    message: what failed, with the value that was wrong.
    hint: the next thing to do; empty when the message already says it.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class SettingsError(RunbookError):
    """One or more settings are wrong; every one of them is a line of `problems`."""

    exit_code = 64

    def __init__(self, message: str, *, problems: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        lines = [self.message, *(f"  {problem}" for problem in self.problems)]
        return "\n".join([*lines, self.hint] if self.hint else lines)


class PlanError(RunbookError):
    """The declaration or the account does not allow a plan."""


class CycleError(PlanError):
    """Resources wait for each other in a circle; `path` starts and ends with the same id."""

    def __init__(self, path: Sequence[str]) -> None:
        super().__init__(
            "these resources wait for each other: " + " -> ".join(path),
            hint="Remove one of the references or `after` entries along this path.",
        )
        self.path = tuple(path)


class DuplicateError(PlanError):
    """Two things in AWS carry one karet:id, so the runbook cannot know which one is meant."""

    def __init__(self, resource_id: str, names: Sequence[str]) -> None:
        super().__init__(
            f"{resource_id}: {len(names)} things in AWS carry this karet:id: {', '.join(sorted(names))}",
            hint="Delete the one that is not in use, or remove its karet:id tag, and plan again.",
        )
        self.resource_id = resource_id
        self.names = tuple(names)


class ForeignError(PlanError):
    """A thing with our name exists and does not carry our tags."""


class FixedError(PlanError):
    """A setting that cannot change on a live stack differs from what exists."""


class StaleError(PlanError):
    """What exists is no longer what the plan was made from; `changed` names each difference."""

    def __init__(self, changed: Sequence[str]) -> None:
        lines = "\n".join(f"  {line}" for line in changed)
        super().__init__(
            f"the plan is stale, something changed since it was made:\n{lines}",
            hint="Plan again, read the new plan, and apply that one.",
        )
        self.changed = tuple(changed)


class UnknownError(PlanError):
    """A read needs a value that is known only after apply: so there is nothing to find yet."""


class AwsError(RunbookError):
    """AWS answered with an error, or did not answer.

    Parameters
    ----------
    service, operation: the call, in AWS's own words.
    code: AWS's error code; `Timeout`, `ConnectionError` and the like when no answer came.
    resource_id: the resource that the call was made for; empty when it was for none.
    request_id: AWS's id of the answer; empty when there was none.
    status: HTTP status; 0 when no answer came.
    """

    def __init__(
        self,
        text: str,
        *,
        service: str,
        operation: str,
        code: str,
        resource_id: str = "",
        request_id: str = "",
        status: int = 0,
        hint: str = "",
    ) -> None:
        super().__init__(text, hint=hint)
        self.text = text
        self.service = service
        self.operation = operation
        self.code = code
        self.resource_id = resource_id
        self.request_id = request_id
        self.status = status

    def for_resource(self, resource_id: str) -> AwsError:
        """The same error with the resource named that the call was made for."""
        return self._again(self.text, resource_id)

    def with_text(self, text: str) -> AwsError:
        """The same error with another text, without a value that must not be shown."""
        return self._again(text, self.resource_id)

    def _again(self, text: str, resource_id: str) -> AwsError:
        return AwsError(
            text,
            service=self.service,
            operation=self.operation,
            code=self.code,
            resource_id=resource_id,
            request_id=self.request_id,
            status=self.status,
            hint=self.hint,
        )

    def __str__(self) -> str:
        whose = f"{self.resource_id}: " if self.resource_id else ""
        line = f"{whose}{self.service}.{self.operation} failed with {self.code}: {self.text}"
        return f"{line}\n{self.hint}" if self.hint else line


class GuardError(RunbookError):
    """A part that may only look tried to change something; this is a bug and changed nothing."""


class JournalError(RunbookError):
    """The record of the run cannot be read or written."""


class ExportError(RunbookError):
    """A run cannot be written in the wanted form, or a file is none that was exported."""


class LockError(RunbookError):
    """Another apply holds the lock of this stack."""

    exit_code = 3


class WaitingError(RunbookError):
    """The run cannot go on before a person has done something; the hint says what."""

    exit_code = 4


class ProbeError(RunbookError):
    """Something was tried out in the account, and what should have come of it did not."""


class ImageError(RunbookError):
    """An image cannot be built, pushed or found."""


class PriceError(RunbookError):
    """A price is not known, or not what was expected; `key` and `region` say which one.

    Parameters
    ----------
    key, region: of the rate; empty where it is about no single one.
    """

    def __init__(self, message: str, *, key: str = "", region: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.key = key
        self.region = region


class MissingRateError(PriceError):
    """No product of the price list fits, or a source does not have this price: the price is unknown, never 0."""


class AmbiguousRateError(PriceError):
    """More than one product fits; `skus` are all of them."""

    def __init__(self, message: str, *, key: str, region: str, skus: Sequence[str], hint: str = "") -> None:
        super().__init__(message, key=key, region=region, hint=hint)
        self.skus = tuple(skus)


class WrongUnitError(PriceError):
    """The price is for another unit than the quantity that it would be multiplied with."""


class WrongCurrencyError(PriceError):
    """The price is not in US dollars."""


class TierError(PriceError):
    """The tiers of a price leave a gap or overlap, so that some quantity has no price or two."""


class PriceListError(PriceError):
    """The price list answered in another shape than AWS documents."""


class PriceRegionError(PriceError):
    """A region that cannot be priced: its name is wrong, or it is in another partition."""

    exit_code = 64


class CancelledError(RunbookError):
    """The operator stopped the run between two calls."""

    exit_code = 130


class RehearsalError(RunbookError):
    """The embedded AWS cannot be started or reached."""
