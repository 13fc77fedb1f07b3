"""karet log export and verify: a finished run prints the command, the file is whole, a changed one is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any


def test_a_run_is_exported_by_the_command_it_prints_and_verified(karet: Any, tmp_path: Path) -> None:
    applied = karet("apply", "1", "--yes", "--json")
    run = applied.json["run"]
    assert re.search(rf"Its log as a page: karet log export {run} --state-dir \S+ --rehearsal", applied.err)
    page = karet("log", "export", run)
    assert page.code == 0
    assert (tmp_path / f"{run}.html").is_file()
    assert karet("log", "verify", f"{run}.html", rehearsal=False).code == 0
    data = json.loads(karet("log", "export", "latest", "--format", "json", "--out", "-").out)
    assert data["run"]["id"] == run
    data["entries"][3]["at"] = data["entries"][2]["at"]
    (tmp_path / "changed.json").write_text(json.dumps(data))
    verified = karet("log", "verify", "changed.json", "--json", rehearsal=False)
    assert verified.code == 1
    assert verified.json["entry"] == data["entries"][3]["seq"]
    listed = karet("log", "list", "--outcome", "done", "--command", "apply 1", "--json").json
    assert [one["run"] for one in listed][:1] == [run]
    assert karet("log", "list", "--outcome", "none", "--json").json == []
