"""What one parameter may be: whole numbers, real numbers, or a choice of values.

A domain maps codes to values. The code of a finite domain is the index of a grid point (int64), that of a
continuous one the value itself (float64); every function here works on arrays of codes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from admf.errors import Problem, SpaceError
from admf.model import param_sets
from admf.model.space.decimals import MOST_POINTS, spaced, stepped, whole_steps
from admf.model.space.expression import Column, Mask
from admf.model.space.value import INTEGER_LIMIT, Value, freeze, identity, plain, shown, thaw

Codes = npt.NDArray[Any]


def _number(value: object, what: str) -> float:
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = "Remove the quotes." if isinstance(value, str) else ""
        raise SpaceError(Problem(says=f"{what} must be a number, was {shown(value)}.", hint=hint))
    if isinstance(value, int):
        if abs(value) > INTEGER_LIMIT:
            raise SpaceError(f"{what} must lie within ±2^53, was {shown(value)}.")
    elif not math.isfinite(value):
        raise SpaceError(f"{what} must be finite, was {value}.")
    return value


def _whole(value: object, what: str) -> int:
    number = _number(value, what)
    if number != int(number) or abs(number) > INTEGER_LIMIT:
        raise SpaceError(
            Problem(says=f"{what} must be a whole number, was {number!r}.", hint="Or use type: float.")
        )
    return int(number)


def _check_range(low: float, high: float, step: float | None, log: bool) -> None:
    if low > high:
        raise SpaceError(f"low must not exceed high, was {low!r} to {high!r}.")
    if step is not None and step <= 0:
        raise SpaceError(f"step must be above 0, was {step!r}.")
    if log and low <= 0:
        raise SpaceError(f"low must be above 0 on a log scale, was {low!r}.")


def _log_steps(u: npt.NDArray[np.float64], low: float, high: float, step: float, last: int) -> Codes:
    """Indices of stepped points such that the density is even in the logarithm; the end bins are whole."""
    start, stop = np.log(max(low - step / 2, low / 2)), np.log(high + step / 2)
    x = np.exp(start + u * (stop - start))
    codes: Codes = np.clip(np.rint((x - low) / step), 0, last).astype(np.int64)
    return codes


def _log_middles(low: float, high: float, step: float, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What `_log_steps` makes x of."""
    start, stop = np.log(max(low - step / 2, low / 2)), np.log(high + step / 2)
    return np.asarray(np.clip((np.log(x) - start) / (stop - start), 0.0, 1.0))


def _even(u: npt.NDArray[np.float64], size: int) -> Codes:
    codes: Codes = np.minimum((u * size).astype(np.int64), size - 1)
    return codes


def _middles(codes: Codes, size: int) -> npt.NDArray[np.float64]:
    """The middles of the bins of `_even`."""
    return np.asarray((codes + 0.5) / size)


@dataclass(frozen=True, slots=True)
class Integer:
    """low, low + step, ..., high; `log` changes how it is sampled, not its grid."""

    low: int
    high: int
    step: int = 1
    log: bool = False

    def __post_init__(self) -> None:
        for field in ("low", "high", "step"):
            object.__setattr__(self, field, _whole(getattr(self, field), field))
        _check_range(self.low, self.high, self.step, self.log)
        whole_steps(self.low, self.high, self.step)

    @property
    def size(self) -> int:
        """How many grid points."""
        return (self.high - self.low) // self.step + 1

    def values(self, codes: Codes) -> npt.NDArray[np.int64]:
        """The integers of grid indices."""
        return np.asarray(self.low + self.step * codes, dtype=np.int64)

    def column(self, codes: Codes, present: Mask | None = None) -> Column:
        """For expressions."""
        return Column(self.values(codes), None, present)

    def held(self, codes: Codes, there: Mask | None = None) -> param_sets.Column:
        """For parameter sets."""
        return param_sets.Column(self.values(codes), None, there)

    def rows(self, codes: Codes) -> list[Any]:
        """Python values."""
        return self.held(codes).tolist()

    def codes(self, u: npt.NDArray[np.float64]) -> Codes:
        """Grid indices of numbers in [0, 1]."""
        if self.log:
            return _log_steps(u, self.low, self.high, self.step, self.size - 1)
        return _even(u, self.size)

    def units(self, codes: Codes) -> npt.NDArray[np.float64]:
        """Numbers in [0, 1] of which `codes` makes these."""
        if self.log:
            return _log_middles(self.low, self.high, self.step, self.values(codes).astype(np.float64))
        return _middles(codes, self.size)

    def objection(self, value: object) -> str:
        """Why a value is not in the domain; '' where it is. 5.0 is 5."""
        value = plain(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            return f"must be a whole number, was {shown(value)}"
        if not self.low <= value <= self.high:
            return f"must lie in {self.low} to {self.high}, was {shown(value)}"
        if (int(value) - self.low) % self.step:
            return f"must be {self.low} plus a multiple of {self.step}, was {shown(value)}"
        return ""


@dataclass(frozen=True, slots=True)
class Real:
    """A real number: a grid by `step` or by `num_points` (both ends included), or continuous with neither.

    Grid points are exact decimals: low 0, high 0.3, step 0.1 is 0.0, 0.1, 0.2, 0.3. `log` spaces `num_points`
    by a constant factor, and changes how a continuous or stepped one is sampled.
    """

    low: float
    high: float
    step: float | None = None
    num_points: int | None = None
    log: bool = False

    def __post_init__(self) -> None:
        for field in ("low", "high"):
            object.__setattr__(self, field, float(_number(getattr(self, field), field)) + 0.0)
        if self.step is not None:
            object.__setattr__(self, "step", float(_number(self.step, "step")))
        _check_range(self.low, self.high, self.step, self.log)
        if self.step is not None and self.num_points is not None:
            raise SpaceError("either step or num_points must be given, not both.")
        if self.step is not None:
            steps = whole_steps(self.low, self.high, self.step)
            if steps and self.high - self.step == self.high:
                raise SpaceError(f"step must be large enough for a float at high, was {self.step!r}.")
        if self.num_points is not None:
            self._check_points()

    def _check_points(self) -> None:
        points = _whole(self.num_points, "num_points")
        object.__setattr__(self, "num_points", points)
        if not (2 <= points <= MOST_POINTS or (points == 1 and self.low == self.high)):
            raise SpaceError(f"num_points must be 2 to {MOST_POINTS}, was {points}.")
        spaced(self.low, self.high, points, self.log)

    @property
    def size(self) -> int | None:
        """How many grid points; None: continuous."""
        if self.low == self.high:
            return 1
        if self.step is not None:
            return whole_steps(self.low, self.high, self.step) + 1
        return self.num_points

    def values(self, codes: Codes) -> npt.NDArray[np.float64]:
        """The numbers of grid indices; of a continuous domain the codes themselves."""
        if self.low == self.high:
            return np.full(len(codes), self.low)
        if self.step is not None:
            return stepped(self.low, self.step, codes)
        if self.num_points is not None:
            return np.asarray(spaced(self.low, self.high, self.num_points, self.log)[codes])
        return codes

    def column(self, codes: Codes, present: Mask | None = None) -> Column:
        """For expressions."""
        return Column(self.values(codes), None, present)

    def held(self, codes: Codes, there: Mask | None = None) -> param_sets.Column:
        """For parameter sets."""
        return param_sets.Column(self.values(codes), None, there)

    def rows(self, codes: Codes) -> list[Any]:
        """Python values."""
        return self.held(codes).tolist()

    def codes(self, u: npt.NDArray[np.float64]) -> Codes:
        """Grid indices (continuous: values) of numbers in [0, 1]."""
        size = self.size
        if size is None:
            low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
            x = low * (1 - u) + high * u  # not low + u * (high - low): the difference may overflow
            return np.clip(np.exp(x) if self.log else x, self.low, self.high)
        if self.log and self.step is not None:
            return _log_steps(u, self.low, self.high, self.step, size - 1)
        return _even(u, size)

    def units(self, codes: Codes) -> npt.NDArray[np.float64]:
        """Numbers in [0, 1] of which `codes` makes these; of a continuous domain, within rounding."""
        size = self.size
        if size is None:
            scale = np.log if self.log else (lambda x: np.asarray(x) / 2)  # halves: a difference may overflow
            low, high = scale(self.low), scale(self.high)
            return np.clip((scale(codes) - low) / (high - low), 0.0, 1.0)
        if self.log and self.step is not None:
            return _log_middles(self.low, self.high, self.step, self.values(codes))
        return _middles(codes, size)

    def objection(self, value: object) -> str:
        """Why a value is not in the domain; '' where it is."""
        value = plain(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return f"must be a number, was {shown(value)}"
        if not self.low <= value <= self.high:
            return f"must lie in {self.low!r} to {self.high!r}, was {shown(value)}"
        if self.size is None or self.size == 1:
            return ""
        if self.step is not None:
            near = np.array([round((value - self.low) / self.step)], dtype=np.int64)
            on_grid = bool(self.values(near)[0] == value)
        else:
            on_grid = bool((self.values(np.arange(self.size)) == value).any())
        return "" if on_grid else f"must be a point of the grid, was {shown(value)}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values, in the order written; `ordinal` where they lie on a scale, as numbers do."""

    options: tuple[Value, ...]
    ordinal: bool = False

    def __post_init__(self) -> None:
        if _are_frozen(self.options):
            return
        frozen = tuple(freeze(value) for value in self.options)
        object.__setattr__(self, "options", frozen)
        if not frozen:
            raise SpaceError("a choice must have at least one value, has none.")
        seen: set[tuple[str, object]] = set()
        for value in frozen:
            key = identity(value)
            if key in seen:
                raise SpaceError(f"the values of a choice must differ, {shown(thaw(value))} is there twice.")
            seen.add(key)

    @property
    def size(self) -> int:
        """How many values."""
        return len(self.options)

    @property
    def numeric(self) -> bool:
        """Whether all values are numbers (a bool is none)."""
        return set(map(type, self.options)) <= {int, float}  # frozen: of no other class

    def column(self, codes: Codes, present: Mask | None = None) -> Column:
        """For expressions: numbers where all are, else codes into the table of values."""
        if not self.numeric:
            return Column(codes, self.options, present)
        return Column(np.array(self.options)[codes], None, present)

    def held(self, codes: Codes, there: Mask | None = None) -> param_sets.Column:
        """For parameter sets: numbers where all are of one type, else places in the table of values."""
        types = set(map(type, self.options))
        if len(types) == 1 and types <= {int, float, bool}:
            return param_sets.Column(np.array(self.options)[codes], None, there)
        return param_sets.Column(codes, tuple(map(thaw, self.options)), there)

    def rows(self, codes: Codes) -> list[Any]:
        """Python values; a mapping is a new dict each time."""
        return self.held(codes).tolist()

    def codes(self, u: npt.NDArray[np.float64]) -> Codes:
        """Indices of numbers in [0, 1]."""
        return _even(u, self.size)

    def units(self, codes: Codes) -> npt.NDArray[np.float64]:
        """Numbers in [0, 1] of which `codes` makes these."""
        return _middles(codes, self.size)

    def objection(self, value: object) -> str:
        """Why a value is not in the domain; '' where it is. 5.0 is 5; true is not 1."""
        wanted = identity(freeze(value))
        if wanted[0] == "number" and self.numeric:
            if wanted[1] in self.options:
                return ""
        elif any(identity(one) == wanted for one in self.options):
            return ""
        some = ", ".join(shown(thaw(one)) for one in self.options[:8]) + (", …" if self.size > 8 else "")
        return f"must be one of {some}, was {shown(value)}"


def _are_frozen(options: tuple[Value, ...]) -> bool:
    """Whether these are what `freeze` makes of them and all different, seen at once: whole numbers."""
    if set(map(type, options)) != {int}:
        return False
    low, high = min(options), max(options)  # type: ignore[type-var]
    return low >= -INTEGER_LIMIT and high <= INTEGER_LIMIT and len(set(options)) == len(options)  # type: ignore[operator]


Domain = Integer | Real | Choice
