"""Which tools an image has by its base and its packages, and which a health command needs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from runbook.preflight.dockerfile import Stage

_BUSYBOX = {"sh", "wget", "nc", "grep", "head", "cat"}
_DEBIAN = {"sh", "bash", "grep", "head", "cat", "perl"}
_BUILDPACK = _DEBIAN | {"curl", "wget", "python3"}
_FEDORA = {"sh", "bash", "curl", "grep", "head", "cat"}

_BASES: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (pattern, frozenset(tools))
    for pattern, tools in (
        (r"scratch$", set[str]()),
        (r"gcr\.io/distroless/.*:.*debug", _BUSYBOX),
        (r"gcr\.io/distroless/", set[str]()),
        (r"busybox\b", _BUSYBOX),
        (r"alpine\b", _BUSYBOX),
        (r"node:.*alpine", _BUSYBOX | {"node"}),
        (r"node:.*slim", _DEBIAN | {"node"}),
        (r"node(:|$)", _BUILDPACK | {"node"}),
        (r"python:.*alpine", _BUSYBOX | {"python", "python3"}),
        (r"python:.*slim", _DEBIAN | {"python", "python3"}),
        (r"python(:|$)", _BUILDPACK | {"python"}),
        (r"(rust|golang|ruby|openjdk):.*alpine", _BUSYBOX),
        (r"(rust|golang|ruby|openjdk):.*slim", _DEBIAN),
        (r"(rust|golang|ruby)(:|$)", _BUILDPACK),
        (r"(debian|ubuntu)(:|$)", _DEBIAN),
        (r"buildpack-deps(:|$)", _BUILDPACK),
        (r"(amazonlinux|fedora|rockylinux|almalinux)(:|$)", _FEDORA),
        (r"ubi[0-9]*/ubi(-minimal)?", _FEDORA),
    )
)
"""Pattern of the image's name behind its registry -> tools; the first that fits counts.

Source: Dockerfiles of the official images and of distroless, as known 2026-06; the run of the image is the proof.
"""

_PACKAGES = {"nodejs": "node", "netcat": "nc", "netcat-openbsd": "nc", "curl-minimal": "curl", "python": "python3"}
_WORDS = {"exec", "exit", "test", "[", "true", "false", ":", "read", "if", "then", "fi", "printf", "echo", "cd", "set"}
"""Words of the shell itself, which need no program."""


def tools_of(stage: Stage) -> frozenset[str] | None:
    """The tools that are in an image; None when its base is not known here."""
    name = re.sub(r"^(docker\.io/)?(library/)?", "", stage.base)
    name = re.sub(r"^public\.ecr\.aws/(docker/library|amazonlinux)/", "", name).partition("@")[0]
    found = next((tools for pattern, tools in _BASES if re.match(pattern, name)), None)
    added = {_PACKAGES.get(one, one) for one in stage.packages} | stage.copied
    return None if found is None else frozenset(found | added)


def tools_for(command: Sequence[str]) -> tuple[str, ...]:
    """The programs that a health command calls, in order; empty for no command."""
    if not command or command[0] == "NONE":
        return ()
    if command[0] == "CMD-SHELL":
        return tuple(dict.fromkeys(["sh", *_called(" ".join(command[1:]))]))
    words = list(command[1:] if command[0] == "CMD" else command)
    if not words:
        return ()
    name = words[0].rpartition("/")[2]
    inner = _called(words[2]) if name in ("sh", "bash") and len(words) > 2 and words[1] == "-c" else []
    return tuple(dict.fromkeys([name, *inner]))


def _called(script: str) -> list[str]:
    """The first word of each command of a shell script; quoted parts and redirections are no commands."""
    script = re.sub(r"\d*[<>]&\d+", " ", script.replace("\n", ";"))
    try:
        lexer = shlex.shlex(script, posix=True, punctuation_chars="|&;()")
        lexer.whitespace_split = True
        lexer.commenters = ""
        words = list(lexer)
    except ValueError:
        words = script.split()
    found, first = [], True
    for word in words:
        if set(word) <= set("|&;()"):
            first = True
        elif first and (word in ("if", "then", "!") or re.fullmatch(r"[A-Za-z_]\w*=.*", word)):
            continue
        elif first:
            first = False
            if word not in _WORDS:
                found.append(word.rpartition("/")[2])
    return found


def health_command(tools: frozenset[str], *, port: int, path: str) -> tuple[str, ...]:
    """A command that asks the health path with a tool that is there; empty when none of them is.

    The address is 127.0.0.1, because `localhost` may be ::1, where a server that binds 0.0.0.0 does not answer.
    """
    url = f"http://127.0.0.1:{port}{path}"
    if "sh" in tools and "curl" in tools:
        return ("CMD-SHELL", f"curl -fsS -o /dev/null {url} || exit 1")
    if "sh" in tools and "wget" in tools:
        return ("CMD-SHELL", f"wget -qO- {url} || exit 1")
    if "node" in tools:
        return ("CMD", "node", "-e", f"fetch('{url}').then(a => process.exit(a.ok ? 0 : 1), () => process.exit(1))")
    if "python3" in tools:
        return ("CMD", "python3", "-c", f"import urllib.request as r; r.urlopen('{url}', timeout=4)")
    if {"bash", "head", "grep"} <= tools:
        asked = f"printf 'GET {path} HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n' >&3"
        return ("CMD", "bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port} && {asked} && head -n1 <&3 | grep -q ' 200 '")
    return ()
