"""Starts runs that kill themselves: one process with everything imported and no threads, which forks a child a run.

Reads one JSON request a line from stdin and answers with one JSON line: {"killed": bool, "exit": code, "calls": [...]}.
A request says where the embedded AWS is, what to do, and when the child sends itself SIGKILL.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from runbook import document
from runbook.aws.offline import service_model
from runbook.aws.session import Session
from runbook.calls import Call, digest
from runbook.engine.performers import Answer, Performers, Workbench
from runbook.runs.options import Options
from runbook.runs.place import open_place
from runbook.runs.runs import Runs

SERVICES = (
    *("acm", "ec2", "ecr", "ecs", "elbv2", "iam", "logs", "resourcegroupstaggingapi", "route53", "s3"),
    *("cloudwatch", "secretsmanager", "servicediscovery", "sns", "sqs", "ssm", "sts"),
)


def _key(call: Call) -> str:
    """The same for the same call of every run; what the probe saw, and when, is another thing in each."""
    told = call.as_json()
    value = told["params"].get("Value")
    if isinstance(value, dict) and "at" in value.get("$json", ()):
        told["params"] = {**told["params"], "Value": sorted(value["$json"])}
    return f"{call.name} {digest(told)}"


class Killing:
    """Stands before the real performer and kills the process right before or after a call that was not yet hit."""

    def __init__(self, inner: Any, request: dict[str, Any], chance: random.Random) -> None:
        self._inner = inner
        self._when = request["when"]
        self._seen = Path(request["seen"])
        self._hit = set(self._seen.read_text().splitlines()) if self._seen.exists() else set()
        self._random = chance
        self._calls = Path(request["calls"])

    def problems(self, call: Call) -> list[str]:
        return list(self._inner.problems(call))

    def permissions(self, call: Call) -> Any:
        return self._inner.permissions(call)

    def perform(self, call: Call, bench: Workbench) -> Answer:
        key = _key(call)
        with self._calls.open("a") as file:
            file.write(f"{key}\n")
        if self._when == "random":
            if self._random.random() < 0.15:
                self._die(key)
        elif self._when == "before" and key not in self._hit:
            self._die(key)
        answer = self._inner.perform(call, bench)
        if self._when == "after" and key not in self._hit:
            self._die(key)
        if self._when == "random" and self._random.random() < 0.15:
            self._die(key)
        return answer

    def _die(self, key: str) -> None:
        with self._seen.open("a") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
        os.kill(os.getpid(), signal.SIGKILL)


class KillingPerformers(Performers):
    """Wraps whichever performer a call has."""

    def __init__(self, inner: Performers, request: dict[str, Any]) -> None:
        self._inner_all = inner
        self._request = request
        self._chance = random.Random(request.get("seed", 0))

    def of(self, call: Call) -> Any:
        return Killing(self._inner_all.of(call), self._request, self._chance)

    def is_aws(self, call: Call) -> bool:
        return self._inner_all.is_aws(call)


def child(request: dict[str, Any]) -> int:
    options = Options(
        rehearsal=True,
        state_dir=Path(request["state"]),
        overrides=tuple(request.get("overrides", ())),
        environ={},
        pace=request.get("pace"),
    )
    runs = Runs(
        open_place(options),
        performers=lambda usual: KillingPerformers(usual, request),
        calls_in_flight=request["limit"],
    )
    words = request["sections"]
    planned = runs.plan_destroy(words, delete_data=True) if request["destroy"] else runs.plan(words)
    result = runs.apply(planned, command="kill test")
    for step in result.report.steps:
        if step.became != "done":
            print(f"{step.change.id} {step.became}: {step.error}", file=sys.stderr)
    return result.exit_code


def main() -> None:
    # Whatever a child would read first is read here, once for all children.
    session = Session(region="us-east-1", endpoint_url="http://127.0.0.1:1", rehearsal=True)
    for service in SERVICES:
        service_model(service)
        session.client(service, changes=False)
    document.kinds()
    document.sections()
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                code = child(request)
            except BaseException:  # noqa: BLE001  the child ends here, whatever it was
                traceback.print_exc()
                code = 99
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print(json.dumps({"killed": killed, "exit": -1 if killed else os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
