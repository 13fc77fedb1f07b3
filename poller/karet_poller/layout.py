"""Which pipeline a key of the bucket belongs to, by the way in which a release lays out its keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

PLACE = "<pipeline>"
WHOLE_BUCKET = ""
"""The pipeline of keys that name none: they are handled together."""


@dataclass(frozen=True)
class Layout:
    """A layout such as `pipelines/<pipeline>/raw/<file>`."""

    text: str

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        before, found, _ = self.text.partition(PLACE)
        begins = "".join(
            "[^/]+" if part.startswith("<") else re.escape(part) for part in re.split(r"(<[a-z]+>)", before)
        )
        return re.compile(f"({begins}([^/]+)/)" if found else "$^")

    def prefix_of(self, key: str) -> str:
        """The prefix of the pipeline that a key belongs to, such as `pipelines/sales/`; empty when it names none."""
        found = self._pattern.match(key)
        return found[1] if found else WHOLE_BUCKET
