"""Where the poller lies that comes with the runbook: inside an installed package, or beside it in the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PLACES: Final = (Path(__file__).parent / "poller", Path(__file__).parents[2] / "poller")

POLLER_SOURCE: Final = next((place for place in _PLACES if (place / "Dockerfile").is_file()), _PLACES[-1])
"""The folder with its Dockerfile."""
