"""The health command of the container: is there a fresh sign of life?"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

from karet_poller.settings import Settings

TOO_OLD_S: Final = 150.0
"""More than the longest poll, its time-outs and its retries; less than anybody wants to wait for a replacement."""


def well(file: Path, now: float) -> bool:
    """Whether the poller has taken a turn lately."""
    try:
        return now - file.stat().st_mtime < TOO_OLD_S
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if well(Path(os.environ.get("HEALTH_FILE", Settings.health_file)), time.time()) else 1)
