"""Statistics as a library of their own: `admf.statistics.psr`, `admf.statistics.plateau`."""

from __future__ import annotations

from admf.finance.statistics.plateau import plateau
from admf.finance.statistics.psr import psr

__all__ = ["plateau", "psr"]
