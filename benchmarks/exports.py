"""Measures exports of a run of 2,000 calls: seconds and size of each form, and how long a browser draws the page.

Printed as one JSON document for `benchmarks/run.py`.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runbook.aws.session import Identity
from runbook.engine.journal import Journal
from runbook.runs.export import FORMATS, export_run
from runbook.runs.place import Place
from runbook.settings import applied_settings, load

CALLS = 2000
ACCOUNT = "123456789012"


class Ticking:
    """A clock that goes on by 10 ms at each look, so that the run has a length."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=10)
        return self.moment

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def place_in(folder: Path) -> Place:
    loaded = load(None, (), environ={}, profile_region=lambda: None, region_flag="us-east-1", rehearsal=True)
    session: Any = None
    identity = Identity(account=ACCOUNT, arn=f"arn:aws:sts::{ACCOUNT}:user/bench")
    deployment = loaded.deployment.for_account(ACCOUNT)
    return Place(deployment, "bench", session, identity, folder / "journal.db", Ticking(), rehearsal=True)


def subnet(number: int) -> dict[str, Any]:
    """Parameters with the size of a usual call: the median of a run of the whole document is 300 characters."""
    tags = {
        "Name": f"bench-{number}",
        "karet:id": f"network.subnet-{number}",
        "karet:section": "5",
        "karet:stack": "karet",
    }
    pairs = [{"Key": name, "Value": value} for name, value in tags.items()]
    return {
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "CidrBlock": f"10.{number // 250}.{number % 250}.0/24",
        "TagSpecifications": [{"ResourceType": "subnet", "Tags": pairs}],
    }


def write_run(place: Place) -> str:
    ids = [f"network.subnet-{number}" for number in range(CALLS)]
    changes = [
        {"id": id_, "step": id_, "kind": "Subnet", "section": 5, "action": "create", "reason": "does not exist"}
        for id_ in ids
    ]
    with Journal.open(place.journal, clock=place.clock) as journal:
        run = journal.begin_run(
            user="bench",
            host="bench",
            principal=place.identity.arn,
            tool_version="0",
            command="bench",
            account=ACCOUNT,
            region="us-east-1",
            stack="karet",
            plan_hash="0" * 64,
            more={
                "rehearsal": True,
                "sections": [5],
                "settings": applied_settings(place.deployment),
                "plan": {"changes": changes},
            },
        )
        for number, id_ in enumerate(ids):
            made = f"subnet-{number:017x}"
            intent = journal.intent(
                run, id_, service="ec2", operation="CreateSubnet", params=subnet(number), digest=f"{number:064x}",
                more={"keep": {"id": "Subnet.SubnetId"}},
            )  # fmt: skip
            journal.result(intent, outcome="ok", duration_s=0.1, outputs={"id": made}, request_id=intent)
            told = {"outputs": {"id": made}, "sources": {"id": {"digest": f"{number:064x}", "path": "Subnet.SubnetId"}}}
            journal.event(run, "step_over", {"action": "create", **told}, id_)
        journal.end_run(run, outcome="done", counts={"done": CALLS})
    return run.id


def seconds_to_draw(page: Path, home: Path) -> float:
    """Median of three: a whole headless Chromium that draws a page."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        program = shutil.which("chromium") or "chromium"
        subprocess.run(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={home}",
             f"--screenshot={home / 'page.png'}", page.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="karet-bench-") as name:
        folder = Path(name)
        place = place_in(folder)
        run = write_run(place)
        forms = {}
        for form in FORMATS:
            began = time.perf_counter()
            text = export_run(place, run, form)
            forms[form] = {"seconds": time.perf_counter() - began, "mb": len(text.encode()) / 1e6}
            (folder / f"run.{form}").write_text(text)
        found: dict[str, Any] = {"calls": CALLS, "forms": forms, "opens_s": None}
        if shutil.which("chromium"):
            empty = folder / "empty.html"
            empty.write_text("<!doctype html><title>empty</title>")
            alone = seconds_to_draw(empty, folder / "browser")
            found["opens_s"] = seconds_to_draw(folder / "run.html", folder / "browser") - alone
    print(json.dumps(found))


if __name__ == "__main__":
    main()
