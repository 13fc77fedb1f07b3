"""No test sees the operator's own AWS configuration; all of them share one embedded AWS, emptied before each use."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from runbook.aws.session import Session
from runbook.engine.paced_clock import PacedClock
from runbook.rehearsal.embedded import Embedded
from runbook.runs.place import Place
from runbook.runs.runs import Runs
from runbook.settings import load, revised

# How long an example takes says something about the machine, nothing about the product.
settings.register_profile("karet", deadline=None, max_examples=40)
settings.load_profile("karet")

# As the console script does, and for the same reason: most of what is loaded stays, and looking through it for garbage
# took a sixth of the tests' time. Rarer, but far from never: an app of a test is garbage when the test is over.
gc.set_threshold(100_000, 10, 10)

SAMPLE_CONFIG = '{"name": "test"}'
DOMAIN = "karet.example.com"
EXAMPLES = Path(__file__).parents[1] / "examples" / "karet-src"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests begin first: what is left for the end are short ones, which all processes can share.

    A process is given two tests at a time, so a short one stands behind each long one.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    many = sum(item.get_closest_marker("long") is not None for item in items)
    pairs = zip(items[:many], items[many:], strict=False)
    items[: 2 * min(many, len(items) - many)] = [one for pair in pairs for one in pair]


def pytest_collection_finish() -> None:
    """What the collection has made stays to the end: no search for garbage has to look at it."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_aws_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    nowhere = tmp_path_factory.getbasetemp() / "no-aws-configuration"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(nowhere))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def rehearsal() -> Iterator[Embedded]:
    with Embedded(hold_back_s=20.0) as embedded:
        yield embedded


@pytest.fixture
def embedded(rehearsal: Embedded) -> Embedded:
    """The embedded AWS, empty, at once, without faults, with the public zone of the tests' domain."""
    rehearsal.set_pace(0)
    rehearsal.forget_zone()
    rehearsal.reset()
    rehearsal.seed_zone(DOMAIN.partition(".")[2])
    return rehearsal


OpenRuns = Callable[..., Runs]


@pytest.fixture(scope="session")
def sessions(rehearsal: Embedded) -> Callable[[float], Session]:
    """One session per time-out for all tests of this process: making botocore's clients costs more than most tests."""

    @cache
    def session(timeout_s: float) -> Session:
        return Session(region="us-east-1", endpoint_url=rehearsal.url, rehearsal=True, timeout_s=timeout_s)

    return session


@pytest.fixture
def open_runs(embedded: Embedded, sessions: Callable[[float], Session], tmp_path: Path) -> OpenRuns:
    """Opens runs on the embedded AWS: `open_runs("network=endpoints", stack="blue")`; each call is a new operator."""

    def open_one(*overrides: str, stack: str = "karet", timeout_s: float = 60) -> Runs:
        loaded = load(
            None,
            (f"stack={stack}", *overrides),
            environ={},
            profile_region=lambda: None,
            region_flag="us-east-1",
            rehearsal=True,
        )
        config = tmp_path / "pipeline.json"
        if not config.exists():
            config.write_text(SAMPLE_CONFIG)
        session = sessions(timeout_s)
        local = {
            "pipeline.file": str(config),
            "source.web": str(EXAMPLES / "src/karet"),
            "source.worker": str(EXAMPLES / "src/karet-worker"),
        }
        deployment = revised(loaded.deployment, local)
        return Runs(
            Place(
                deployment=deployment.for_account(session.identity().account),
                region_source=loaded.region_source,
                session=session,
                identity=session.identity(),
                journal=tmp_path / "state" / stack / "journal.db",
                clock=PacedClock(0),
                rehearsal=True,
            )
        )

    return open_one
