"""The console script: prepares Python for a short life, then runs the command line.

Nothing of the command line is imported before that, so that its own imports are quick too.
"""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the arguments of this process and end it with their exit code."""
    # botocore's models are hundreds of thousands of objects that stay as long as the process does; with Python's usual
    # threshold the search for garbage among them takes a tenth of a plan's time.
    gc.set_threshold(200_000, 20, 100)
    # pydantic would look through all installed packages for plugins of its own; the runbook has none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from platformdirs import user_cache_path

    from runbook.cli.compiled import kept_dataclasses
    from runbook.cli.patterns import kept_patterns

    kept = user_cache_path("karet", appauthor=False) / "compiled"
    with kept_dataclasses(kept), kept_patterns(kept):
        from runbook.cli.main import run

        code = run(sys.argv[1:])
    # For the same reason the last search, when Python ends, would take a sixth of a second.
    gc.freeze()
    sys.exit(code)
