"""A run as a shell script: its calls as aws commands, with what the document says as comments."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from runbook.calls import Call
from runbook.errors import ExportError
from runbook.export.loops import loop_name, shell_functions
from runbook.export.one_call import as_aws_command
from runbook.export.run_log import LoggedStep, RunLog
from runbook.export.script import (
    Bind,
    Item,
    Read,
    Send,
    Skip,
    WaitFor,
    files,
    needs_secret,
    refusals_to_sit_out,
    script,
)
from runbook.export.shell_call import aws_command, remark, variable, word
from runbook.images.performer import placeholder

_HEAD = """\
#!/usr/bin/env bash
{about}
#
# It needs bash, the aws command (version 1 or 2) and credentials of the account {account}.
# Ids that AWS chooses are taken from its answers. Nothing is undone when a command fails: the script stops there.
set -euo pipefail
export AWS_PAGER='' AWS_REGION={region} AWS_DEFAULT_REGION={region}
"""

_ACCOUNT = """
account=$(aws sts get-caller-identity --query Account --output text)
if [ "$account" != {account} ]; then
    echo "this script is for the account {account}, the credentials are of $account" >&2
    exit 1
fi
"""

_READ = """
# The one value that a path finds in the answer to a read; a value that is not there ends the script.
value_of() {
    local path=$1 found
    shift
    found=$(aws "$@" --query "$path" --output json)
    if [ "$found" = null ] || [ -z "$found" ]; then
        echo "nothing was found at $path: aws $*" >&2
        return 1
    fi
    printf '%s' "$found" | tr -d '"'
}
"""

_WAIT = """
# Repeats a read until a condition over its answer holds, within bounds.
wait_for() {
    local what=$1 until=$2 every=$3 most=$4 began=$SECONDS found
    shift 4
    echo "waiting for $what" >&2
    while :; do
        found=$(aws "$@" --query "$until" --output json)
        case $found in null | false | '[]' | '{}' | '""') ;; *) return 0 ;; esac
        if [ $((SECONDS - began)) -ge "$most" ]; then
            echo "$what is not ready after $most seconds" >&2
            return 1
        fi
        sleep "$every"
    done
}
"""

PATIENTLY = r"""
# Repeats a command whose refusal passes by itself, for so many seconds; any other refusal ends the script at once.
patiently() {
    local most=$1 passes=$2 began=$SECONDS said
    shift 2
    while :; do
        { said=$("$@" 2>&1 >&3) && return 0; } 3>&1
        printf '%s\n' "$said" >&2
        grep -Eiq -- "$passes" <<< "$said" || return 1
        [ $((SECONDS - began)) -lt "$most" ] || return 1
        sleep 15
    done
}
"""

_MADE = """
# A new value on standard output: it never stands in an argument list.
new_secret() {
    head -c 4096 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | cut -c "1-$1" | tr -d '\\n'
}
"""

_FILE = """
if [ "$(sha256sum {name} | cut -d ' ' -f 1)" != {sha256} ]; then
    echo {message} >&2
    exit 1
fi
"""


def as_shell_script(log: RunLog) -> str:
    """The whole run as one script for bash.

    Raises
    ------
    ExportError: a call cannot be written as a command.
    """
    items = script(log)
    body = "\n".join(_body(log, items))
    return "".join([*_head(log, items, body), "\n", body, "\necho 'done' >&2\n"])


def _head(log: RunLog, items: tuple[Item, ...], body: str) -> Iterator[str]:
    account, region = str(log.start.get("account", "")), str(log.start.get("region", ""))
    if not re.fullmatch(r"\d{12}", account) or not re.fullmatch(r"[a-z0-9-]+", region):
        raise ExportError("the run names no account and region, so it cannot be repeated")
    about = [
        f"{log.title} on {log.started_at:%Y-%m-%d %H:%M} UTC, ended: {log.outcome}.",
        f"By {log.start.get('user')}@{log.start.get('host')} as {log.start.get('principal')}.",
        f"Karet Runbook {log.start.get('tool_version')}, document {log.start.get('document', 'of an older version')}.",
    ]
    if log.rehearsal:
        about.append("It was a rehearsal on an embedded AWS, where placeholders stand for images.")
    if log.outcome != "done":
        about.append("The run did not end well: this is what AWS did of it, and no more.")
    yield _HEAD.format(about=remark("\n".join(about)), account=account, region=region)
    yield _ACCOUNT.format(account=account)
    if "value_of " in body:
        yield _READ
    if "wait_for " in body:
        yield _WAIT
    if "patiently " in body:
        yield PATIENTLY
    if needs_secret(items):
        yield _MADE
    yield from shell_functions(body)
    for file in files(log):
        message = word(f"the file {file.name} is not the one that the run sent")
        yield _FILE.format(name=word(f"./{file.name}"), sha256=word(file.sha256), message=message)


def _body(log: RunLog, items: tuple[Item, ...]) -> Iterator[str]:
    titles = {section.number: section.title for section in log.sections}
    current: LoggedStep | None = None
    begun: set[int] = set()
    for item in items:
        if item.step is not current:
            current = item.step
            if current.section not in begun:
                begun.add(current.section)
                yield "\n" + remark(_chapter(log, current.section))
            where = f"{current.section} {titles.get(current.section, '')}"
            yield "\n" + remark(f"{where}: {current.id}: {current.kind} {current.action}: {current.reason}")
        if isinstance(item, Skip):
            yield from _skipped(item)
        elif isinstance(item, Read):
            yield _read(item.call, item.bind)
        elif isinstance(item, WaitFor):
            words = [word(item.what), word(item.until), f"{item.every_s:.0f}", f"{item.at_most_s:.0f}"]
            yield f"wait_for {' '.join(words)} \\\n    {_without_aws(item.call)}"
        else:
            yield from _sent(log, item)
    done_nothing = [f"{one.number} {one.title}: {one.summary}" for one in log.sections if not one.calls]
    if done_nothing:
        yield "\n" + remark("Sections without a call:\n" + "\n".join(done_nothing))


def _chapter(log: RunLog, number: int) -> str:
    """The title of a section, and what its text begins with."""
    section = next(one for one in log.sections if one.number == number)
    prose = [line for line in section.text.splitlines() if line and not line.startswith(("#", "|", "-", "```"))]
    lines = textwrap.wrap(prose[0].replace("`", ""), 110) if prose else []
    return "\n".join([f"== {number} {section.title} {'=' * max(3, 100 - len(section.title))}", *lines])


def _skipped(item: Skip) -> Iterator[str]:
    call = item.logged
    if call.service == "person":
        yield remark(f"A person: {call.params.get('what', '')}\n{call.params.get('how', '')}")
        return
    yield remark(f"Not repeated: {item.why}")


def _sent(log: RunLog, item: Send) -> Iterator[str]:
    call = item.call
    if call.service == "image":
        yield from _image(log, item)
        return
    if call.service not in ("bulk", "person", "probe"):
        yield _aws(log, item)
        return
    if call.service == "bulk" and not loop_name(call):
        yield remark(f"Not repeated: {call.name} is a loop of the runbook without a form in the shell")
        return
    yield as_aws_command(call)


def _aws(log: RunLog, item: Send) -> str:
    sit_out = refusals_to_sit_out(log, item)
    if not item.binds:
        return _patient(aws_command(item.call, more=("> /dev/null",)), *sit_out)
    paths = [bind.path for bind in item.binds]
    query = paths[0] if len(paths) == 1 else f"[{', '.join(paths)}]"
    command = _patient(aws_command(item.call, more=(f"--query {word(query)}", "--output text")), *sit_out)
    names = [variable(bind.id, bind.output) for bind in item.binds]
    if len(names) == 1:
        return f"{names[0]}=$({command})"
    return f"answer=$({command})\nIFS=$'\\t' read -r {' '.join(names)} <<< \"$answer\""


def _patient(command: str, passes: str, at_most_s: float) -> str:
    """A command that takes its input from another one cannot be repeated by itself."""
    return command if not passes or "|\n" in command else f"patiently {at_most_s:g} {word(passes)} {command}"


def _image(log: RunLog, item: Send) -> Iterator[str]:
    call = item.call
    if log.rehearsal and call.operation == "Build":
        yield remark(f"Rehearsed only: docker build {call.params.get('source')} for {call.params.get('platform')}")
        return
    if log.rehearsal:
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
        yield remark("A placeholder stands for the image.")
        yield aws_command(Call("ecr", "PutImage", put), more=("> /dev/null",))
    else:
        yield as_aws_command(call)
    for bind in item.binds:
        if bind.path == "digest":
            yield _read(_pushed(call), Bind(bind.id, bind.output, "imageDetails[0].imageDigest"))


def _pushed(call: Call) -> Call:
    """The read that tells the digest of what was pushed."""
    wanted = {"repositoryName": call.params["repository"], "imageIds": [{"imageTag": call.params["tag"]}]}
    return Call("ecr", "DescribeImages", wanted)


def _read(call: Call, bind: Bind) -> str:
    return f"{variable(bind.id, bind.output)}=$(value_of {word(bind.path)} \\\n    {_without_aws(call)})"


def _without_aws(call: Call) -> str:
    return aws_command(call).removeprefix("aws ")
