"""Numbers and parameter values as a person reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from admf.finance.metrics.table import METRICS, Unit

NULL = "–"
UNITS: dict[str, Unit] = {metric.name: metric.unit for metric in METRICS}
DESCRIPTIONS: dict[str, str] = {metric.name: metric.description for metric in METRICS}


def metric_text(name: str, value: float | None) -> str:
    """A metric's value with its unit; '–' for None, NaN and infinity; an unknown name counts as a ratio.

    >>> metric_text("total_return", -0.1234), metric_text("final_equity", 123456.7)
    ('−12.3 %', '123,457')
    """
    if value is None or not math.isfinite(value):
        return NULL
    match UNITS.get(name, Unit.RATIO):
        case Unit.FRACTION:
            text = percent(value)
        case Unit.PROBABILITY:  # nothing is certain
            text = "> 99.9 %" if value > 0.999 else "< 0.1 %" if value < 0.001 else percent(value)
        case Unit.COUNT | Unit.MONEY:
            text = f"{value:,.0f}"
        case Unit.PER_YEAR:
            text = f"{ratio(value)} / year"
        case Unit.RATIO:
            text = ratio(value)
    return text.replace("-", "−")


def percent(value: float) -> str:
    """A fraction as a percentage, three digits or so: 0.1 is '10.0 %'."""
    shown = 100.0 * value
    size = abs(shown)
    digits = 0 if size >= 1000 else 1 if size >= 1 or size == 0 else 2 if size >= 0.01 else 4
    return f"{shown:,.{digits}f} %"


def ratio(value: float) -> str:
    """A plain number with three significant digits or all before the point."""
    size = abs(value)
    if size >= 1e9 or 0 < size < 1e-4:
        return f"{value:.3g}"
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 3 if size >= 0.1 else 4
    return f"{value:,.{digits}f}" if size else "0"


def said(name: str) -> str:
    """A registered name as words: 'buy_and_hold' is 'buy and hold'."""
    return name.replace("_", " ")


def count(number: int) -> str:
    """A whole number with separators."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """'1 trial', '2,000 trials'."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def value_text(value: Any) -> str:
    """A parameter's value: None is 'none', mappings are 'atr 2, window 14', numbers have up to 6 digits."""
    if value is None:
        return "none"
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "none" if math.isnan(value) else f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {value_text(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(value_text, value))
    return str(value)


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def is_number(value: Any) -> bool:
    """Whether a parameter's value lies on an axis: a finite int or float, no bool."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
