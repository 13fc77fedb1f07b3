"""Which programs a health command calls, and a command that makes do with what is there."""

from __future__ import annotations

import pytest

from runbook.preflight.image_tools import health_command, tools_for


@pytest.mark.parametrize(
    ("command", "tools"),
    [
        ((), ()),
        (("CMD-SHELL", "wget -qO- http://localhost:8080/health || exit 1"), ("sh", "wget")),
        (("CMD-SHELL", "curl -f http://localhost/ | grep -q ok && exit 0"), ("sh", "curl", "grep")),
        (("CMD", "/usr/bin/curl", "-f", "http://localhost/a;b"), ("curl",)),
        (("CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/80; head -n1 <&3 | grep -q 200"), ("bash", "head", "grep")),
        (("CMD", "node", "-e", "fetch('x') || process.exit(1)"), ("node",)),
        (("CMD-SHELL", "A=1 test -f '/tmp/a b' || ! python3 -c 'x; y'"), ("sh", "python3")),
    ],
)
def test_the_programs_of_a_command_are_its_first_words(command: tuple[str, ...], tools: tuple[str, ...]) -> None:
    assert tools_for(command) == tools


@pytest.mark.parametrize("tools", [{"sh", "curl"}, {"sh", "wget"}, {"node"}, {"python3"}, {"bash", "head", "grep"}])
def test_a_command_is_made_of_nothing_but_the_tools_that_are_there(tools: set[str]) -> None:
    made = health_command(frozenset(tools), port=8080, path="/health")
    assert set(tools_for(made)) <= tools
    assert "/health" in " ".join(made)


def test_without_a_tool_there_is_no_command() -> None:
    assert health_command(frozenset({"sh", "cat"}), port=8080, path="/") == ()
