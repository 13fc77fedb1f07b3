"""A call in the form that the operator has chosen: as an `aws` command, as boto3, or as its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from textual.content import Content

from karet_tui.plain import lines_of, one_line
from karet_tui.readable import value_lines
from runbook.errors import ExportError

if TYPE_CHECKING:
    from runbook.calls import Call

Form: TypeAlias = Literal["aws", "boto3", "parameters"]

FORMS: Mapping[Form, str] = {
    "aws": "as aws commands",
    "boto3": "as calls of boto3",
    "parameters": "as the parameters that are sent",
}
"""Form -> how the heading names it, in the order in which the key goes through them."""

_COMMAND = re.compile(
    r"(?P<remark>^ *#.*)|(?P<reference>\$\{\w+\}|\"\$\(.*?\)\")|(?P<text>'[^']*')|(?P<name>(?<=\s)--[\w-]+)"
    r"|(?P<verb>^ *aws [\w-]+ [\w-]+)",
    re.MULTILINE,
)
_PYTHON = re.compile(
    r"(?P<remark>^ *#.*)|(?P<text>f?'(?:\\.|[^'\\\n])*'|f?\"(?:\\.|[^\"\\\n])*\")|(?P<name>\b\w+(?==))"
    r"|(?P<verb>(?<=\.)\w+(?=\())",
    re.MULTILINE,
)
_COLOURS = {
    "remark": "$secondary",
    "reference": "italic $text-accent",
    "text": "$text-secondary",
    "name": "$primary",
    "verb": "bold",
}


def next_form(form: Form) -> Form:
    """The form that the key goes to."""
    names = list(FORMS)
    return names[(names.index(form) + 1) % len(names)]


def call_lines(call: Call, number: int, form: Form) -> Content:
    """One call: its name, then the call in that form; one that the form cannot say is shown by its parameters."""
    head = Content.assemble((f"{number}. ", "$secondary"), (one_line(call.name), "bold $primary"))
    return Content("\n").join([head, *_body(call, form)])


def _body(call: Call, form: Form) -> Iterator[Content]:
    # Imported with the first call that is shown: the models of AWS come with it.
    from runbook.export.one_call import as_aws_command, as_boto3

    if form != "parameters":
        try:
            said = as_aws_command(call) if form == "aws" else as_boto3(call)
        except ExportError as error:
            yield Content.styled(f"  {one_line(error.message)}; its parameters:", "$secondary")
        else:
            text = "\n".join(f"  {line}" for line in lines_of(said).splitlines())
            yield _coloured(text, _COMMAND if form == "aws" else _PYTHON)
            return
    yield from (
        value_lines(call.params, 1, sent=True) if call.params else [Content.styled("  no parameters", "$secondary")]
    )


def _coloured(text: str, words: re.Pattern[str]) -> Content:
    content = Content(text)
    for found in words.finditer(text):
        content = content.stylize(_COLOURS[found.lastgroup or ""], *found.span())
    return content
