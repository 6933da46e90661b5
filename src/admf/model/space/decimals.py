"""Grids of numbers exactly as written: 0, 0.1, 0.2, 0.3 and not 0.30000000000000004."""

from __future__ import annotations

from decimal import Context, Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from admf.errors import Problem, SpaceError
from admf.model.space.value import INTEGER_LIMIT

MOST_POINTS = 1_000_000
_EXACT = Context(prec=800)  # two doubles differ by at most 2 * 10^632; no inexact sum below this
_RATIO = Context(prec=50)
_DIGITS = 12
Floats = npt.NDArray[np.float64]


def as_decimal(number: float) -> Decimal:
    """The number as a person would write it: the shortest text that reads back the same."""
    return Decimal(repr(number))


def whole_steps(low: float, high: float, step: float) -> int:
    """How many steps lead from low to high; raises SpaceError naming the nearest highs where none do."""
    a, b, s = as_decimal(low), as_decimal(high), as_decimal(step)
    span = _EXACT.subtract(b, a)
    if _RATIO.divide(span, s) > INTEGER_LIMIT:
        raise SpaceError(
            f"a grid must have at most 2^53 points, step {step:g} over {low:g} to {high:g} gives more."
        )
    steps, rest = _EXACT.divmod(span, s)
    if rest:
        below = _EXACT.fma(steps, s, a)
        above = _EXACT.add(below, s)
        raise SpaceError(
            Problem(
                says=f"step must divide high - low, was {step!r} over {low!r} to {high!r}.",
                hint=f"The nearest highs are {_written(below)} and {_written(above)}.",
            )
        )
    return int(steps)


def _written(number: Decimal) -> str:
    text = f"{number:f}" if -30 < number.adjusted() < 30 else str(number)
    return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text


def stepped(low: float, step: float, index: npt.NDArray[np.int64]) -> Floats:
    """low + index * step, each the double nearest to the decimal number.

    Both are scaled to integers over one power of ten; IEEE division rounds correctly, so the quotient of two
    exact doubles is the double that the decimal text would give.
    """
    a, s = as_decimal(low), as_decimal(step)
    places = max(0, -int(a.as_tuple().exponent), -int(s.as_tuple().exponent))
    first, unit = (int(_EXACT.scaleb(number, places)) for number in (a, s))
    last = abs(first) + abs(unit) * (int(index.max()) if index.size else 0)
    if places <= 22 and last <= INTEGER_LIMIT:  # 10^22 is the last power of ten that a double holds
        return (first + index * unit) / 10.0**places
    scale = 10**places
    return np.array([(first + i * unit) / scale for i in index.tolist()], dtype=np.float64)


@lru_cache(maxsize=64)
def spaced(low: float, high: float, points: int, log: bool) -> Floats:
    """`points` numbers from low to high, both exact, evenly apart (or by a constant factor), read-only.

    Inner points are rounded to 12 digits of the distance between them (log: of their own), where that keeps
    them apart. Raises SpaceError where doubles are too coarse for so many.
    """
    if low == high:
        return _sealed(np.array([low]))
    grid = _geometric(low, high, points) if log else _linear(low, high, points)
    if not (np.diff(grid) > 0).all():
        raise SpaceError(f"num_points must fit between low and high, was {points} from {low!r} to {high!r}.")
    return _sealed(grid)


def _linear(low: float, high: float, points: int) -> Floats:
    a, b = as_decimal(low), as_decimal(high)
    step = _RATIO.divide(_EXACT.subtract(b, a), Decimal(points - 1))
    quantum = Decimal(1).scaleb(step.adjusted() - _DIGITS)
    inner = [float(_EXACT.quantize(_EXACT.fma(step, i, a), quantum)) for i in range(1, points - 1)]
    return np.array([low, *inner, high])


def _geometric(low: float, high: float, points: int) -> Floats:
    exact = np.exp(np.linspace(np.log(low), np.log(high), points))
    exact[0], exact[-1] = low, high
    rounded = np.array([low, *(float(f"{x:.{_DIGITS}g}") for x in exact[1:-1].tolist()), high])
    return rounded if (np.diff(rounded) > 0).all() else exact


def _sealed(grid: Floats) -> Floats:
    grid.flags.writeable = False
    return grid
