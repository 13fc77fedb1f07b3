"""A figure that stands for many at once: a numpy array that goes through the cost lines in place of a Decimal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Many:
    """Many figures; arithmetic with one Decimal or with as many others, figure by figure."""

    __slots__ = ("figures",)

    def __init__(self, figures: NDArray[np.float64]) -> None:
        self.figures = figures

    def __add__(self, other: Any) -> Many:
        return Many(self.figures + _plain(other))

    __radd__ = __add__

    def __mul__(self, other: Any) -> Many:
        return Many(self.figures * _plain(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Many:
        return Many(self.figures / _plain(other))

    def larger(self, other: Any) -> Many:
        """The larger of each pair."""
        return Many(np.maximum(self.figures, _plain(other)))


def _plain(other: Any) -> Any:
    return other.figures if isinstance(other, Many) else float(Decimal(other))
