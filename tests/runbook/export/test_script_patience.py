"""The function of an exported script that sits a refusal out: only one that passes by itself, and not for ever."""

from __future__ import annotations

import subprocess

import pytest

from runbook.aws.eventual import refusals_that_pass
from runbook.export.shell_call import word
from runbook.export.shell_script import PATIENTLY

SCRIPT = """
set -euo pipefail
{function}
sleep() {{ naps=$((naps + 1)); }}
naps=0
aws() {{
    if [ "$naps" -ge {until} ]; then echo sg-1; return 0; fi
    echo "An error occurred ({code}) when calling the DeleteSecurityGroup operation: sg-1 is in use" >&2
    return 254
}}
gone=$(patiently {most} {passes} aws ec2 delete-security-group)
echo "gone: $gone"
"""


def ran(code: str, *, until: int, most: int = 1200) -> subprocess.CompletedProcess[str]:
    passes, _ = refusals_that_pass("ec2", "DeleteSecurityGroup")
    text = SCRIPT.format(function=PATIENTLY, code=code, until=until, most=most, passes=word(passes))
    return subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False, timeout=20)


@pytest.mark.parametrize("refusals", [0, 1, 3])
def test_it_asks_again_until_the_refusal_has_passed(refusals: int) -> None:
    done = ran("DependencyViolation", until=refusals)
    assert (done.returncode, done.stdout) == (0, "gone: sg-1\n")
    assert done.stderr.count("DependencyViolation") == refusals


def test_another_refusal_ends_the_script_at_once_with_what_aws_said() -> None:
    done = ran("UnauthorizedOperation", until=1)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("(UnauthorizedOperation) when calling the DeleteSecurityGroup operation") == 1


def test_it_does_not_ask_longer_than_it_is_worth() -> None:
    done = ran("DependencyViolation", until=1, most=0)
    assert (done.returncode, done.stdout) == (1, "")
