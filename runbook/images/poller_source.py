"""Where the poller lies that comes with the runbook: beside the library, in the repository as in an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Final

POLLER_SOURCE: Final = Path(__file__).parents[2] / "poller"
"""The folder with its Dockerfile."""
