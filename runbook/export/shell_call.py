"""One call as a command of the shell: aws with its parameters quoted, references as shell variables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from runbook.aws.offline import operation_model
from runbook.aws.spelling import cli_name, cli_service
from runbook.calls import Call, File, Json, Secret, canonical
from runbook.errors import ExportError
from runbook.refs import pieces

_BREAK: Final = " \\\n    "
_LOADED: Final = re.compile(r"(?:https?|fileb?)://")
"""Values that aws would take for the address of the value (AWS CLI user guide: load a parameter from a file)."""
_MADE: Final = "secret"
"""Stands for the id in the reference to a value that is made on the spot; resources have a dot in theirs."""


def variable(id_: str, output: str) -> str:
    """The shell variable that holds one output of a resource, such as `NETWORK_VPC_ID`."""
    return re.sub(r"[^A-Za-z0-9]+", "_", f"{id_}.{output}").upper()


def word(text: str) -> str:
    """A text as one word of the shell in which nothing is expanded but its references."""
    parts = [shlex.quote(one) if isinstance(one, str) else _expansion(*one) for one in pieces(text)]
    return "".join(parts) or "''"


def _expansion(id_: str, output: str) -> str:
    if id_ == _MADE:
        return f'"$(new_secret {output.removeprefix("letters_")})"'
    return f'"${{{variable(id_, output)}}}"'


def aws_command(call: Call, *, more: Sequence[str] = ()) -> str:
    """The call as one `aws` command.

    Parameters
    ----------
    more: words that are put behind it, already quoted, such as `--query Vpc.VpcId`.

    Raises
    ------
    ExportError: boto3 has no such operation, or the operation no such parameter.
    """
    members = _members(call)
    command = f"aws {cli_service(call.service)} {cli_name(call.operation)}"
    whole = [name for name, value in call.params.items() if isinstance(value, Secret)]
    deep = [name for name, value in call.params.items() if name not in whole and _has_secret(value)]
    if deep or len(whole) > 1:
        # More than one hidden value: the whole call goes in through standard input.
        text = f"printf '%s' {word(_json(dict(call.params)))} |\n"
        return text + _joined([command, "--cli-input-json file:///dev/stdin", *more])
    words, loaded = [], {}
    for name, value in call.params.items():
        if isinstance(value, str) and _LOADED.match(value):
            loaded[name] = value
        else:
            words.append(_option(name, value, members[name]))
    if loaded:
        words.append(f"--cli-input-json {word(_json(loaded))}")
    made = f"new_secret {call.params[whole[0]].length} |\n" if whole else ""
    return made + _joined([command, *words, *more])


def _joined(words: Sequence[str]) -> str:
    return words[0] + "".join(_BREAK + one for one in words[1:])


def _members(call: Call) -> Mapping[str, Any]:
    model = operation_model(call.service, call.operation)
    if model is None:
        raise ExportError(f"{call.name}: boto3 has no such operation", hint="Update boto3 on this machine.")
    members: Mapping[str, Any] = model.input_shape.members if model.input_shape else {}
    unknown = [name for name in call.params if name not in members]
    if unknown:
        raise ExportError(
            f"{call.name} has no parameter {', '.join(unknown)} in this version of boto3",
            hint="Update boto3 on this machine.",
        )
    return members


def _option(name: str, value: Any, shape: Any) -> str:
    option = f"--{cli_name(name)}"
    if shape.type_name == "boolean":
        return option if value else f"--no-{cli_name(name)}"
    if isinstance(value, Secret):
        return f"{option} file:///dev/stdin"
    if isinstance(value, File):
        streams = shape.serialization.get("streaming")
        return f"{option} {word(value.name if streams else f'fileb://{value.name}')}"
    if isinstance(value, Json):
        value = _json(value.document)
    if isinstance(value, str):
        # A value that begins with a dash would be taken for an option.
        return f"{option}={word(value)}" if value.startswith("-") else f"{option} {word(value)}"
    return f"{option} {word(_json(value))}"


def _json(value: Any) -> str:
    return canonical(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Json):
        return _json(value.document)
    if isinstance(value, Secret):
        return f"${{{_MADE}.letters_{value.length}}}"
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, File):
        raise ExportError(f"the file {value.name} stands inside a structure, which aws cannot load")
    return value


def _has_secret(value: Any) -> bool:
    return any(isinstance(one, Secret) for one in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Json):
        yield from _leaves(value.document)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def image_command(call: Call) -> str:
    """A build or a push with docker, which podman understands too."""
    given = {name: word(str(value)) for name, value in call.params.items()}
    if call.operation == "Build":
        image = word(f"{call.params['uri']}:{call.params['tag']}")
        return f"docker build --platform {given['platform']} --tag {image} {given['source']}"
    image = word(f"{call.params['uri']}:{call.params['tag']}")
    return (
        f"aws ecr get-login-password | docker login --username AWS --password-stdin {given['uri']}\ndocker push {image}"
    )


def loop_command(call: Call) -> str:
    """A loop as a function of the shell with its parameters as words, in the order of their names."""
    return " ".join(
        [cli_name(call.operation).replace("-", "_"), *(word(str(v)) for _, v in sorted(call.params.items()))]
    )


def remark(text: str) -> str:
    """Text as comment lines; no character of it can end a line of the script."""
    return "\n".join(f"# {''.join(c if c.isprintable() else ' ' for c in line)}".rstrip() for line in text.splitlines())
