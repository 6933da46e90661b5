"""Small jobs with which the kits try executors and containers."""

from __future__ import annotations

import os
import time
from typing import Any

from admf.errors import ComponentError


def echo(value: Any) -> Any:
    """Give `value` back."""
    return value


def nap(seconds: float) -> float:
    """Sleep, so that jobs end in another order than they were sent."""
    time.sleep(seconds)
    return seconds


def refuse(says: str) -> None:
    """Raise one of our errors."""
    raise ComponentError(says)


def stumble(says: str) -> None:
    """Raise an error that is not ours."""
    raise ZeroDivisionError(says)


def vanish(code: int) -> None:
    """End the process without a word."""
    os._exit(code)
