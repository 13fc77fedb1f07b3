"""What a front end was told on its way in: settings file, overrides, profile, region, endpoint, rehearsal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

DEFAULT_CONFIG = "karet.toml"


@dataclass(frozen=True)
class Options:
    """The options that every command takes.

    Parameters
    ----------
    config: the settings file; None for `karet.toml` in the working folder, if there is one.
    overrides: the texts of --set.
    state_dir: where journals and rehearsals live; None for the user's state directory.
    faults, pace: for the embedded AWS.
    budget: most that everything may cost in a month, in US dollars; None for the setting `budget_usd`.
    live_prices: ask AWS's price list; without it plans are priced from the snapshot and the user's copy.
    """

    config: Path | None = None
    overrides: tuple[str, ...] = ()
    profile: str = ""
    region: str | None = None
    endpoint_url: str = ""
    rehearsal: bool = False
    state_dir: Path | None = None
    faults: tuple[str, ...] = ()
    pace: float | None = None
    budget: Decimal | None = None
    live_prices: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def settings_file(self) -> Path | None:
        """The settings file to read; None when none was named and none is there."""
        if self.config is not None:
            return self.config
        found = Path(DEFAULT_CONFIG)
        return found if found.is_file() else None

    @property
    def state(self) -> Path:
        """Where journals and rehearsals live; absolute, since the embedded AWS works in a folder of its own."""
        if self.state_dir is not None:
            return self.state_dir.absolute()
        from platformdirs import user_state_path

        return user_state_path("karet", appauthor=False)
