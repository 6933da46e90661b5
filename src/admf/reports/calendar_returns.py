"""Returns by the calendar: months of years, and weeks or days where the history is short."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from admf.analysis.columns import Floats
from admf.reports.curve import is_daily, zone_named
from admf.reports.numbers import percent

if TYPE_CHECKING:
    from admf.trials.replay_trial import TrialRecord

Key = TypeVar("Key")

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKS = ("1–7", "8–14", "15–21", "22–28", "29–31")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """A table: rows of label, cells, total, benchmark's total. A cell is its text and its heat in [-1, 1]."""

    title: str
    corner: str
    columns: tuple[str, ...]
    total: str
    rows: tuple[tuple[str, tuple[tuple[str, float] | None, ...], str, str], ...]
    summary: str
    benchmark: bool


class _Form(NamedTuple):
    title: str
    corner: str
    names: tuple[str, ...]
    total: str
    word: str
    key: Callable[[date], tuple[str, int]]


def calendar_returns(record: TrialRecord | None, zone: str) -> Returns | None:
    """The scored bars' returns by local calendar; None where there is no equity.

    Years by months for more than a year and a half, and for daily bars; months by weeks for shorter intraday
    histories; weeks by days below ten weeks.
    """
    if (
        record is None
        or record.equity is None
        or record.time is None
        or len(record.equity) - record.warmup < 2
    ):
        return None
    time, equity = record.time[record.warmup :], record.equity[record.warmup :]
    held = None if record.benchmark is None else record.benchmark[record.warmup :]
    place = zone_named(zone)
    stamps = time.astype("datetime64[ns]").astype(np.int64).tolist()
    days = [datetime.fromtimestamp(ns / 1e9, place).date() for ns in stamps]
    length = (days[-1] - days[0]).days
    if is_daily(time) or length > 550:
        form = _Form("Monthly returns", "Year", MONTHS, "Year", "month", _by_month)
    elif length > 70:
        form = _Form("Returns by week of the month", "Month", WEEKS, "Month", "week", _by_week)
    else:
        form = _Form("Daily returns", "Week of", DAYS, "Week", "day", _by_day)
    return _table(form, days, equity, held)


def _by_month(day: date) -> tuple[str, int]:
    return str(day.year), day.month - 1


def _by_week(day: date) -> tuple[str, int]:
    return f"{day.year}-{day.month:02d}", min((day.day - 1) // 7, 4)


def _by_day(day: date) -> tuple[str, int]:
    return date.fromordinal(day.toordinal() - day.weekday()).isoformat(), day.weekday()


def _table(form: _Form, days: Sequence[date], equity: Floats, held: Floats | None) -> Returns:
    keys = [form.key(day) for day in days]
    labels = [label for label, _ in keys]
    grown, totals = _growth(keys, equity), _growth(labels, equity)
    theirs = _growth(labels, held) if held is not None else {}
    used = range(len(form.names)) if form.key is _by_month else sorted({column for _, column in grown})
    scale = float(np.quantile(np.abs(list(grown.values())), 0.9)) or 1.0
    rows = [
        (
            label,
            tuple(_cell(grown.get((label, column)), scale) for column in used),
            _total(totals.get(label)),
            _total(theirs.get(label)),
        )
        for label in dict.fromkeys(labels)
    ]
    return Returns(
        title=form.title,
        corner=form.corner,
        columns=tuple(form.names[column] for column in used),
        total=form.total,
        rows=tuple(rows),
        summary=_summary(list(grown.values()), form.word),
        benchmark=bool(theirs),
    )


def _cell(value: float | None, scale: float) -> tuple[str, float] | None:
    if value is None:
        return None
    return _text(value), round(float(np.clip(value / scale, -1.0, 1.0)), 2)


def _total(value: float | None) -> str:
    return "" if value is None else f"{_text(value)} %"


def _growth(keys: Sequence[Key], equity: Floats) -> dict[Key, float]:
    """Return of each stretch of equal keys, from the last value before it to its own last."""
    found: dict[Key, float] = {}
    ends = [i for i in range(len(keys)) if i + 1 == len(keys) or keys[i + 1] != keys[i]]
    before = float(equity[0])
    for end in ends:
        after = float(equity[end])
        if end > 0:  # the first value alone has no return
            found[keys[end]] = after / before - 1.0 if before > 0 else 0.0
        before = after
    return found


def _summary(returns: list[float], word: str) -> str:
    if len(returns) < 2:
        return ""
    up = sum(value > 0 for value in returns)
    best, worst = percent(max(returns)), percent(min(returns)).replace("-", "−")
    return f"{up} of {len(returns)} {word}s gained; the best {word} made {best}, the worst {worst}."


def _text(value: float) -> str:
    shown = f"{100.0 * value:.1f}"
    return "0.0" if shown == "-0.0" else shown.replace("-", "−")
