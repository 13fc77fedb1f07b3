"""Where a run takes place: settings, account, region, stack, the embedded AWS or the real one, the journal's path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runbook.aws.session import Identity, Session, profile_region
from runbook.engine.clock import Clock, SystemClock
from runbook.engine.paced_clock import PacedClock
from runbook.errors import RehearsalError
from runbook.rehearsal import join
from runbook.rehearsal.endpoint import IDLE_S
from runbook.runs.options import Options
from runbook.settings import Deployment, Loaded, load, revised

_SAMPLES = Path(__file__).parents[1] / "rehearsal" / "sample"
"""A pipeline config and sources of images for rehearsals on machines that have no Karet source tree."""

STARTED_ANEW = (
    "the embedded AWS was started anew and is empty: what was rehearsed here before is gone. It ends after "
    f"{IDLE_S / 60:.0f} minutes without anybody who uses it, and when the runbook was changed; the journal is kept"
)


@dataclass(frozen=True)
class Place:
    """Everything that is settled before the first look.

    Parameters
    ----------
    deployment: with the account known and local paths absolute.
    region_source: what chose the region.
    journal: path of the journal of this account, region and stack.
    notes: what a person should know about how this came about.
    """

    deployment: Deployment
    region_source: str
    session: Session
    identity: Identity
    journal: Path
    clock: Clock
    rehearsal: bool
    notes: tuple[str, ...] = ()

    @property
    def lock(self) -> Path:
        """The lock file beside the journal."""
        return self.journal.with_name("apply.lock")


def open_place(options: Options, *, ask_mfa: Callable[[str], str] | None = None, clock: Clock | None = None) -> Place:
    """Read the settings, start or join the rehearsal or log in to AWS, and pin who acts where.

    Raises
    ------
    SettingsError: settings, profile or region are wrong, or pinned to another account.
    RehearsalError: the embedded AWS cannot be started.
    WaitingError: there are no valid credentials.
    """
    if options.rehearsal and options.endpoint_url:
        raise RehearsalError(
            f"--rehearsal has an endpoint of its own, so --endpoint-url {options.endpoint_url} cannot be used with it",
            hint="Leave out one of the two.",
        )
    loaded = load(
        options.settings_file,
        options.overrides,
        environ=options.environ,
        profile_region=lambda: profile_region(options.profile),
        region_flag=options.region,
        rehearsal=options.rehearsal,
    )
    state = options.state / "rehearsal" if options.rehearsal else options.state
    endpoint, anew = options.endpoint_url, False
    if options.rehearsal:
        found = join.start_or_join(
            options.state, pace=options.pace, faults=options.faults, domain=_zone(loaded.deployment)
        )
        endpoint, anew = found.url, found.started_here
        clock = clock or PacedClock(found.pace)
    session = Session(
        region=loaded.deployment.region,
        profile=options.profile,
        endpoint_url=endpoint,
        rehearsal=options.rehearsal,
        ask_mfa=ask_mfa,
    )
    identity = session.identity()
    deployment, notes = _at_home(loaded, options.rehearsal)
    deployment = deployment.for_account(identity.account)
    folder = f"{identity.account}-{deployment.region}-{deployment.stack}"
    journal = state / folder / "journal.db"
    if anew and journal.exists():
        notes = (*notes, STARTED_ANEW)
    return Place(
        deployment=deployment,
        region_source=loaded.region_source,
        session=session,
        identity=identity,
        journal=journal,
        clock=clock or SystemClock(),
        rehearsal=options.rehearsal,
        notes=notes,
    )


def _zone(deployment: Deployment) -> str:
    """The public hosted zone that a rehearsal needs: the one named, or the domain's parent."""
    if deployment.hosted_zone:
        return deployment.hosted_zone
    return deployment.domain.partition(".")[2] if deployment.domain else ""


def _at_home(loaded: Loaded, rehearsal: bool) -> tuple[Deployment, tuple[str, ...]]:
    """The deployment with local paths made absolute, from the folder of the settings file."""
    deployment, base = loaded.deployment, loaded.base
    wanted = {
        "pipeline.file": (deployment.pipeline.file, "pipeline.json"),
        "source.web": (deployment.source.web, "src/karet"),
        "source.worker": (deployment.source.worker, "src/karet-worker"),
    }
    if deployment.source.poller:
        # The poller that comes with the runbook needs no path, and so no sample.
        wanted["source.poller"] = (deployment.source.poller, "")
    paths, notes = {}, []
    for key, (path, sample) in wanted.items():
        here = base / path
        if rehearsal and sample and not (here.is_file() or (here / "Dockerfile").is_file()):
            notes.append(f"{path} is not here; the rehearsal uses a sample in its place")
            here = _SAMPLES / sample
        paths[key] = str(here)
    return revised(deployment, paths), tuple(notes)
