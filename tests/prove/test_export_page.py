"""The page of a run in a browser: nothing on the console, nothing asked of the net, in light and in dark."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "runbook" / "export"))
from sample_log import place_in, write_run

from runbook.runs.export import export_run

pytestmark = pytest.mark.prove
SCHEMES = {"light": 1, "dark": 0}
HOSTILE = "</script><script>console.log('run')</script><img src=http://example.com/x onerror=console.log('run')>"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_is_quiet_and_asks_for_nothing(scheme: str, tmp_path: Path, counted: Any) -> None:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("NO PROOF IN A BROWSER: chromium is not installed")
    place = place_in(tmp_path)
    write_run(place, calls=200, text=HOSTILE)
    page = tmp_path / "run.html"
    page.write_text(export_run(place, "latest", "html"))
    done = subprocess.run(
        [
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={tmp_path / 'browser'}",
            f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
            "--enable-logging=stderr",
            f"--screenshot={tmp_path / 'page.png'}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert re.findall(r".*CONSOLE.*", done.stderr) == []
    assert (tmp_path / "page.png").stat().st_size > 10_000
    counted(f"exported page with 200 calls and hostile texts in a browser, {scheme}: console clean")
