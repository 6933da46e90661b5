"""Are these bars? Times that increase, prices that can be prices, each problem with its row and value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from admf.data.columns import PRICES
from admf.data.sheet import Table, listed
from admf.errors import Problem

TOLERANCE = 1e-6
"""Relative: single-precision data, adjusted column by column, miss their own high by up to 1e-7."""


def check_table(table: Table) -> list[Problem]:
    """Everything that is wrong with one symbol's rows; gaps are not wrong. Empty where all holds."""
    if len(table.time) == 0:
        return [Problem(says="there are no rows.", where=table.where, hint="Bars need at least one.")]
    return [*_times(table), *_prices(table), *_ranges(table), *_volume(table)]


def _times(table: Table) -> list[Problem]:
    time = table.time
    step = np.diff(time, prepend=time[:1] - 1)
    if len(time) > 2 and np.all(step[1:] < 0):
        says = f"times must increase; these rows run backwards, from {_stamp(time[0])} to {_stamp(time[-1])}."
        return [Problem(says=says, where=table.where, hint="Sort them, oldest first.")]
    of = f" of {table.symbol}" if table.symbol else ""
    same = _listed(
        table, step == 0, lambda i: f"the time {_stamp(time[i])}{of} is there twice.", "Keep one of the two."
    )
    back = _listed(
        table,
        step < 0,
        lambda i: f"times must increase; {_stamp(time[i])}{of} follows {_stamp(time[i - 1])}.",
        "Sort the rows by time.",
    )
    return same + back


def _prices(table: Table) -> list[Problem]:
    return [problem for name in PRICES for problem in _price(table, name)]


def _price(table: Table, name: str) -> list[Problem]:
    price = table.columns[name]
    absent = np.isnan(price)
    with np.errstate(invalid="ignore"):
        wrong = ~absent & ~((price > 0) & np.isfinite(price))
    return [
        *_listed(table, absent, lambda i: f"{name} is missing{_at(table, i)}."),
        *_listed(
            table, wrong, lambda i: f"{name} must be positive and finite, is {_num(price[i])}{_at(table, i)}."
        ),
    ]


def _ranges(table: Table) -> list[Problem]:
    o, h, lo, c = (table.columns[name] for name in PRICES)
    with np.errstate(invalid="ignore"):  # comparisons with NaN are false, and NaN has its own message
        sane = np.logical_and.reduce([(price > 0) & np.isfinite(price) for price in (o, h, lo, c)])
        crossed = sane & (h < lo * (1 - TOLERANCE))
    problems = _listed(
        table,
        crossed,
        lambda i: f"high must not be below low; high is {_num(h[i])}, low {_num(lo[i])}{_at(table, i)}.",
    )
    inside = sane & ~crossed
    return problems + _outside(table, "open", inside) + _outside(table, "close", inside)


def _outside(table: Table, name: str, among: NDArray[np.bool_]) -> list[Problem]:
    price, high, low = table.columns[name], table.columns["high"], table.columns["low"]
    with np.errstate(invalid="ignore"):
        outside = (price > high * (1 + TOLERANCE)) | (price < low * (1 - TOLERANCE))

    def says(i: int) -> str:
        limits = f"{_num(low[i])} and {_num(high[i])}"
        return f"{name} must lie between low and high, {limits}; it is {_num(price[i])}{_at(table, i)}."

    return _listed(table, among & outside, says)


def _volume(table: Table) -> list[Problem]:
    if "volume" not in table.columns:
        return []
    volume = table.columns["volume"]
    with np.errstate(invalid="ignore"):
        wrong = ~((volume >= 0) & np.isfinite(volume))
    return _listed(table, wrong, lambda i: f"volume must be 0 or more, is {_num(volume[i])}{_at(table, i)}.")


def _listed(
    table: Table, wrong: NDArray[np.bool_], says: Callable[[int], str], hint: str = ""
) -> list[Problem]:
    return listed(table.where, table.lines, table.rows, wrong, says, hint)


def _at(table: Table, i: int) -> str:
    of = f" of {table.symbol}" if table.symbol else ""
    return f" (at {_stamp(table.time[i])}{of})"


def _stamp(ns: np.int64) -> str:
    text = str(np.datetime64(int(ns), "ns"))
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.removesuffix("T00:00:00") if text.endswith("T00:00:00") else f"{text.replace('T', ' ')} UTC"


def _num(value: np.float64) -> str:
    return "missing" if np.isnan(value) else f"{float(value):.10g}"
