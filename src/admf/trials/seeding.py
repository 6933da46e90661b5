"""One way to seed the generators that user code may use: before every call of it, by what is asked."""

from __future__ import annotations

import random

import numpy as np


def reseed(seed: int) -> None:
    """Seed the global generators of Python and NumPy."""
    random.seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)  # noqa: NPY002  (user code may use the global generator)
