"""The crossover as a user writes it: one line of NumPy."""

import admf


def crossover(bars, fast=10, slow=50):
    return admf.ta.sma(bars.close, fast) > admf.ta.sma(bars.close, slow)
