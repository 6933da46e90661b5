"""What a quality report finds, as frozen data: times of all bars, prices of those that may be seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Bars that are not there, between two that are."""

    after: str
    """Time of the last bar before it, in the data's zone."""
    before: str
    """Time of the first bar after it."""
    missing: int
    """How many bars of the usual length would fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Where time is missing, and where it is not expected: nights, weekends, holidays, daily pauses."""

    inside: int
    """Gaps inside sessions."""
    missing: int
    """How many bars they would hold."""
    longest: tuple[Gap, ...]
    pauses: tuple[str, ...]
    """Breaks at the same time of many days: a lunch, a daily maintenance."""
    nights: int
    weekends: int
    holidays: int
    """Days without bars whose like has none in other years either."""
    days: tuple[str, ...]
    """Trading days without bars that recur in no other year: closures, or missing data."""
    holidays_known: bool
    """Whether the data are long enough to tell holidays from missing days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One day's bars: its date, how many, and the local times of the first and the last."""

    date: str
    bars: int
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Days of intraday bars: what is usual, and what is not."""

    count: int
    usual_bars: int
    usual_hours: str
    usual: int
    """How many have the usual number of bars."""
    short: int
    long: int
    stamp_looks: str
    """'open' or 'close' where the usual hours say which end of a bar its stamp marks, '' where they do not."""
    shortest: tuple[Session, ...]
    longest: tuple[Session, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A return that stands out."""

    time: str
    change: float
    """As a fraction of the close before."""
    sigmas: float
    returned: bool
    """Whether the bar after took most of it back: the mark of a wrong price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A jump between two bars that is near a simple ratio: a split, or an adjustment that was not made."""

    time: str
    ratio: str
    change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Bars in a row that are alike."""

    first: str
    last: str
    bars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What is odd in one symbol's prices and volumes."""

    symbol: str
    outliers: int
    largest: tuple[Move, ...]
    splits: tuple[Split, ...]
    adjustments: tuple[Split, ...]
    """Where adj_close and close part: the steps of the ratio between them."""
    repeated: int
    """Bars that are the bar before once more: the same prices, the same volume."""
    repeats: tuple[Stretch, ...]
    constant: int
    """How many bars lie in stretches in which the price does not move at all."""
    constants: tuple[Stretch, ...]
    zero_volume: int | None
    """None: the source has no volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Everything a quality report says. Times are local to `timezone`; dates alone for bars of a day or longer."""

    source: str
    symbols: tuple[str, ...]
    columns: tuple[str, ...]
    bars: int
    first: str
    last: str
    timezone: str
    stamp: str
    bar_length: str
    bars_per_year: float
    bars_per_year_from: str
    notes: tuple[str, ...]
    sessions: Sessions | None
    """None: bars of a day or longer."""
    gaps: Gaps
    price_bars: int
    """How many bars `prices` were computed over: all, or the mined ones."""
    price_last: str
    sealed: int
    """How many bars are out of sample or in the embargo, whose prices were not looked at."""
    sigmas: float
    """From how many robust standard deviations on a return is an outlier."""
    prices: tuple[Prices, ...]
