"""Trials that cost a known time: each burns so much CPU, whatever else runs on the machine."""

from __future__ import annotations

import os
import time

import numpy as np


def busy(bars, a=1.0, b=1.0, burn=0.02):
    """A wave of some length, and `burn` seconds of CPU."""
    until = time.thread_time() + burn
    while time.thread_time() < until:  # asking costs a system call: not at every turn
        for _ in range(2_000):
            pass
    return np.where(np.arange(len(bars)) % (2 + int(40 * a)) < 20 * b, 1.0, 0.0)


def crashing(bars, a=1.0):  # noqa: ARG001
    """Ends its container, always."""
    os.abort()
