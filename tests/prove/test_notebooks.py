"""The notebooks elsewhere: with other parameters through papermill, and printed in a browser without a net."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from real_images import why_no_tools

from runbook.aws.session import Session
from runbook.cli.main import run
from runbook.notebooks.figures import data_of
from runbook.notebooks.networks_question import NetworksQuestion
from runbook.notebooks.shelf import notebooks
from runbook.pricing.sources import choose
from runbook.rehearsal.embedded import Embedded

pytestmark = pytest.mark.prove
ROOT = Path(__file__).parents[2]
NAMES = [one.name for one in notebooks()]
ELSEWHERE = {"region": "eu-west-1", "zones": 3, "prices": "snapshot"}
SCHEMES = {"light": 1, "dark": 0}
"""Chromium's numbers for what a reader prefers."""


def _papermill(name: str, target: Path, **values: Any) -> subprocess.CompletedProcess[str]:
    """As somebody would run it, in a process of its own."""
    given = [word for key, value in values.items() for word in ("-p", key, str(value))]
    return subprocess.run(
        [sys.executable, "-m", "papermill", ROOT / "notebooks" / f"{name}.ipynb", target, *given, "--no-progress-bar"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=ROOT,
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_with_other_parameters(name: str, tmp_path: Path, counted: Any) -> None:
    done = _papermill(name, tmp_path / "out.ipynb", **ELSEWHERE)
    assert done.returncode == 0, done.stderr
    data = data_of(nbformat.read(tmp_path / "out.ipynb", as_version=4), "answer")
    assert data["region"] == "eu-west-1"
    if name == "nat_vs_vpc_endpoints":
        usd = NetworksQuestion(region="eu-west-1", zones=3, prices="snapshot").found["endpoints"].usd_per_month
        assert data["usd_per_month"]["endpoints"] == pytest.approx(float(usd))
    counted(f"notebook {name} with eu-west-1 and 3 zones: {data['usd_per_month']}")


@pytest.mark.parametrize("name", NAMES)
def test_papermill_with_an_unknown_parameter_fails_and_names_it(name: str, tmp_path: Path) -> None:
    done = _papermill(name, tmp_path / "out.ipynb", regoin="eu-west-1")
    assert done.returncode != 0
    assert 'regoin is no parameter; did you mean "region"?' in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_auto_without_credentials_falls_back_to_the_snapshot_and_says_why(name: str, tmp_path: Path) -> None:
    done = _papermill(name, tmp_path / "out.ipynb")
    assert done.returncode == 0, done.stderr
    assert "because AWS's price list cannot be asked" in (tmp_path / "out.ipynb").read_text()


def test_where_the_price_list_answers_prices_are_live_and_the_figures_the_same(
    embedded: Embedded, sessions: Callable[[float], Session]
) -> None:
    kept, asked = NetworksQuestion(prices="snapshot"), NetworksQuestion()
    asked.__dict__["rates"] = choose(sessions(60))
    assert "Prices: AWS's price list, asked now" in asked.source.text
    # The rehearsal's price list is made of the snapshot's facts.
    assert asked.answer.text == kept.answer.text


BROWSER_ITSELF = "not an origin"


class Browser:
    """Headless Chromium that cannot find any host."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def open(self, page: Path, scheme: str, picture: Path) -> list[str]:
        """Draw a page, and give what its console says and what it asks the net for."""
        net = picture.with_suffix(".net")
        done = subprocess.run(
            [
                shutil.which("chromium") or "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={self._home}",
                f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
                "--enable-logging=stderr",
                f"--log-net-log={net}",
                "--window-size=1200,2400",
                f"--screenshot={picture}",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        started = [event.get("params", {}) for event in json.loads(net.read_text())["events"]]
        net.unlink()
        # What the browser asks for on its own account has no origin; a page's requests have the page's.
        asked = [one["url"] for one in started if one.get("initiator", BROWSER_ITSELF) != BROWSER_ITSELF]
        return [*re.findall(r".*CONSOLE.*", done.stderr), *asked]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    why = "" if shutil.which("chromium") else why_no_tools("chromium")
    if why:
        pytest.skip(f"NO PROOF IN A BROWSER: chromium cannot be installed here: {why}")
    return Browser(tmp_path_factory.mktemp("chromium"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both notebooks as pages, made by the command line."""
    folder = tmp_path_factory.mktemp("pages")
    made = {name: folder / f"{name}.html" for name in NAMES}
    for name, target in made.items():
        assert run(["notebook", name, "--set", "prices=snapshot", "--html", str(target)]) == 0
    return made


def _brightness(picture: Path) -> float:
    """The mean of all points, from 0 to 255."""
    from PIL import Image, ImageStat

    with Image.open(picture) as image:
        return float(ImageStat.Stat(image.convert("L")).mean[0])


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_offline_with_a_clean_console_in_light_and_dark(
    name: str, browser: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    # Where somebody wants to look at the pictures, this names a folder that stays.
    folder = Path(os.environ.get("KARET_SCREENSHOTS") or tmp_path)
    bright = {}
    for scheme in SCHEMES:
        picture = folder / f"{name}-{scheme}.png"
        assert browser.open(pages[name], scheme, picture) == []
        bright[scheme] = _brightness(picture)
    assert bright["light"] > 190
    assert bright["dark"] < 80


def test_a_page_that_needs_the_net_or_complains_is_noticed(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "needs.html"
    page.write_text('<script src="https://cdn.example.com/require.js"></script><script>nothing()</script>')
    said = "\n".join(browser.open(page, "light", tmp_path / "needs.png"))
    assert "https://cdn.example.com/require.js" in said
    assert "nothing is not defined" in said
