"""A run as an executed notebook: a part for each section, its calls as cells of boto3, what AWS answered below them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from runbook.calls import Call
from runbook.export.loops import loop_name, python_functions, python_loop
from runbook.export.markdown import markdown_head, markdown_section
from runbook.export.python_call import boto3_call, python, python_variable
from runbook.export.run_log import LoggedStep, RunLog
from runbook.export.script import (
    Bind,
    Item,
    Read,
    Send,
    Skip,
    WaitFor,
    files,
    in_sections,
    refusals_to_sit_out,
    script,
)
from runbook.export.shell_call import remark
from runbook.export.timeline import timeline_svg
from runbook.images.performer import placeholder

_SETUP: Final = """\
import hashlib
import json
import re
import secrets
import string
import time
from functools import cache
from pathlib import Path

import boto3
import jmespath
from botocore.exceptions import ClientError

region = {region}
account = {account}


@cache
def client(service):
    return boto3.client(service, region_name=region)


def found(path, answer):
    value = jmespath.search(path, answer)
    if value is None:
        raise LookupError(f"nothing was found at {{path}}")
    return value


def wait_for(what, until, read, every_s, at_most_s):
    began = time.monotonic()
    while not jmespath.search(until, read()):
        if time.monotonic() - began > at_most_s:
            raise TimeoutError(f"{{what}} is not ready after {{at_most_s}} seconds")
        time.sleep(every_s)


def patiently(at_most_s, passes, send):
    began = time.monotonic()
    while True:
        try:
            return send()
        except ClientError as error:
            if not re.search(passes, str(error), re.IGNORECASE) or time.monotonic() - began > at_most_s:
                raise
            time.sleep(15)


def new_secret(letters):
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(letters))


assert client("sts").get_caller_identity()["Account"] == account, f"this notebook is for the account {{account}}"
"""

_KERNEL: Final = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def as_notebook(log: RunLog) -> str:
    """The run as a notebook of format 4.5, as JSON text.

    Raises
    ------
    ExportError: a call cannot be written for boto3.
    """
    cells = list(_cells(log))
    number = 0
    for at, cell in enumerate(cells):
        cell["id"] = f"cell-{at}"
        if cell["cell_type"] == "code":
            number += 1
            cell["execution_count"] = number
    made = {"cells": cells, "metadata": {**_KERNEL, "karet": {"run": log.id}}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def code_of(notebook: str) -> str:
    """The cells of code as one program."""
    cells = json.loads(notebook)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code") + "\n"


def _cells(log: RunLog) -> Iterator[dict[str, Any]]:
    items = script(log)
    by_step: dict[str, list[Item]] = {}
    for item in items:
        by_step.setdefault(item.step.step, []).append(item)
    yield _text(markdown_head(log))
    if log.calls:
        yield _drawn(timeline_svg(log))
    start = log.start
    region, account = python(str(start.get("region", ""))), python(str(start.get("account", "")))
    setup = _SETUP.format(region=region, account=account)
    loops = [f"\n{function.rstrip()}\n" for function in
             python_functions({loop_name(item.call) for item in items if isinstance(item, Send)})]  # fmt: skip
    checks = [f"assert hashlib.sha256(Path({python(one.name)}).read_bytes()).hexdigest() == {python(one.sha256)}"
              for one in files(log)]  # fmt: skip
    yield _code("\n".join([setup.rstrip(), *loops, *checks]), [])
    untold = {section.number: section for section in log.sections}
    # In the order of the script: a removal goes from section to section as the run did.
    for number, steps in in_sections(log):
        if number in untold:
            yield _text(markdown_section(untold.pop(number), calls=False))
        for step in steps:
            mine = by_step.get(step.step, [])
            if mine:
                yield from _step(log, step, mine)
    for section in untold.values():
        yield _text(markdown_section(section, calls=False))


def _step(log: RunLog, step: LoggedStep, items: Sequence[Item]) -> Iterator[dict[str, Any]]:
    lines = [remark(f"{step.section} {step.id}: {step.kind} {step.action}: {step.reason}")]
    answers: list[str] = []
    for item in items:
        if isinstance(item, Skip):
            lines.append(remark(f"Not repeated: {item.why}"))
        elif isinstance(item, Read):
            lines.append(_found(item.bind, _call(item.call)))
        elif isinstance(item, WaitFor):
            given = f"{python(item.what)}, {python(item.until)}, lambda: {_call(item.call)}"
            lines.append(f"wait_for({given}, {item.every_s:g}, {item.at_most_s:g})")
        else:
            lines += _sent(log, item)
            call = item.logged
            told = json.dumps(call.outputs, ensure_ascii=False) if call.outputs else "done"
            answers.append(f"{call.name}: {told}  ({call.duration_s:.2f} s, request {call.request_id or 'without id'})")
    yield _code("\n".join(lines), answers)


def _sent(log: RunLog, item: Send) -> Iterable[str]:
    call = item.call
    if call.service == "image":
        return _image(log, item)
    if loop_name(call):
        return [python_loop(call)]
    if call.service in ("bulk", "person", "probe"):
        return [remark(f"Not repeated: {call.name} is no call of boto3"), remark(python(dict(call.params)))]
    passes, at_most_s = refusals_to_sit_out(log, item)
    send = f"patiently({at_most_s:g}, {python(passes)}, lambda: {_call(call)})" if passes else _call(call)
    return [f"{'answer' if item.binds else '_'} = {send}", *(_bound(bind, "answer") for bind in item.binds)]


def _image(log: RunLog, item: Send) -> list[str]:
    call = item.call
    if not log.rehearsal:
        lines = [remark(f"Not repeated: {call.name} needs a container engine"), remark(python(dict(call.params)))]
    elif call.operation == "Build":
        return [remark(f"Rehearsed only: {call.params.get('source')} was not built")]
    else:
        # The placeholder is made of the names as they were, so no variable may stand in for them.
        repository, tag = str(item.logged.params["repository"]), str(item.logged.params["tag"])
        manifest = placeholder(repository, tag)
        put = {
            "repositoryName": repository,
            "imageTag": tag,
            "imageManifest": manifest.text,
            "imageManifestMediaType": manifest.media_type,
            "imageDigest": manifest.digest,
        }
        lines = [remark("A placeholder stands for the image."), f"_ = {_call(Call('ecr', 'PutImage', put))}"]
    if call.operation == "Push":
        wanted = {"repositoryName": call.params["repository"], "imageIds": [{"imageTag": call.params["tag"]}]}
        read = _call(Call("ecr", "DescribeImages", wanted))
        lines += [
            _found(Bind(bind.id, bind.output, "imageDetails[0].imageDigest"), read)
            for bind in item.binds
            if bind.path == "digest"
        ]
    return lines


def _call(call: Call) -> str:
    return boto3_call(call, client=f"client({python(call.service)})")


def _bound(bind: Bind, answer: str) -> str:
    return f"{python_variable(bind.id, bind.output)} = found({python(bind.path)}, {answer})"


def _found(bind: Bind, read: str) -> str:
    return _bound(bind, read)


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _drawn(svg: str) -> dict[str, Any]:
    """The timeline as the output of an empty cell."""
    output = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"image/svg+xml": svg, "text/plain": "timeline of the run"},
    }
    return {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "source": "# The timeline of the run.",
        "outputs": [output],
    }


def _code(source: str, answers: Sequence[str]) -> dict[str, Any]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": "\n".join(answers) + "\n"}] if answers else []
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "source": source, "outputs": outputs}
