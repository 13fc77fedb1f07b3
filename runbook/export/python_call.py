"""One call as a call of boto3: parameters as Python, references as variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from runbook.aws.offline import operation_model
from runbook.aws.spelling import python_name
from runbook.calls import Call, File, Json, Secret
from runbook.errors import ExportError
from runbook.refs import pieces

_WIDE: Final = 100
_STEP: Final = "    "


def python_variable(id_: str, output: str) -> str:
    """The variable that holds one output of a resource, such as `network_vpc_id`."""
    return re.sub(r"[^A-Za-z0-9]+", "_", f"{id_}.{output}").lower()


def boto3_call(call: Call, client: str = "") -> str:
    """The call as an expression.

    Parameters
    ----------
    client: an expression for the client; without it the client is made on the spot.

    Raises
    ------
    ExportError: boto3 has no such operation.
    """
    if operation_model(call.service, call.operation) is None:
        raise ExportError(f"{call.name}: boto3 has no such operation", hint="Update boto3 on this machine.")
    who = client or f"boto3.client({python(call.service)})"
    return f"{who}.{python_name(call.operation)}({_arguments(call.params)})"


def _arguments(params: Mapping[str, Any]) -> str:
    if not params:
        return ""
    given = [f"{name}={python(value, 1)}" for name, value in params.items()]
    flat = ", ".join(given)
    if len(flat) <= _WIDE and "\n" not in flat:
        return flat
    return "\n" + "".join(f"{_STEP}{one},\n" for one in given)


def python(value: Any, depth: int = 0) -> str:
    """A value as Python source; strings with references become variables or f-strings."""
    if isinstance(value, Json):
        return f"json.dumps({python(value.document, depth)}, separators=(',', ':'))"
    if isinstance(value, Secret):
        return f"new_secret({value.length})"
    if isinstance(value, File):
        return f"Path({python(value.name)}).read_bytes()"
    if isinstance(value, Mapping):
        return _held("{", [f"{python(k)}: {python(v, depth + 1)}" for k, v in value.items()], "}", depth)
    if isinstance(value, list | tuple):
        return _held("[", [python(item, depth + 1) for item in value], "]", depth)
    if isinstance(value, str):
        return _string(value)
    return repr(value)


def _held(opens: str, items: list[str], closes: str, depth: int) -> str:
    flat = f"{opens}{', '.join(items)}{closes}"
    if len(flat) + depth * len(_STEP) <= _WIDE and "\n" not in flat:
        return flat
    lines = "".join(f"{_STEP * (depth + 1)}{item},\n" for item in items)
    return f"{opens}\n{lines}{_STEP * depth}{closes}"


def _string(text: str) -> str:
    parts = list(pieces(text))
    if not any(isinstance(part, tuple) for part in parts):
        return ascii("".join(str(part) for part in parts))
    if len(parts) == 1:
        return python_variable(*parts[0])
    # Joined instead of an f-string, in which quotes and braces of the text would need care of their own.
    return " + ".join(ascii(part) if isinstance(part, str) else python_variable(*part) for part in parts)
