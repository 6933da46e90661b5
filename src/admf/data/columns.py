"""Which column is which: the usual spellings of time, prices and volume."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from admf.errors import DataError, Problem, nearest

PRICES = ("open", "high", "low", "close")
FIELDS = (*PRICES, "volume", "adj_close")
NAMEABLE = ("time", "clock", "symbol", *FIELDS)
"""What `columns={ours: theirs}` may name; `time_format` beside them gives the format of the time."""

# The best spelling first: where a source has two of them, the first is taken and the second kept as an extra.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "open": ("open", "o", "open_price", "opening_price", "px_open", "first"),
    "high": ("high", "h", "high_price", "highest_price", "px_high", "hi", "max"),
    "low": ("low", "l", "low_price", "lowest_price", "px_low", "lo", "min"),
    "close": ("close", "c", "close_price", "closing_price", "px_close", "close_last", "px_last", "last"),
    "volume": ("volume", "vol", "v", "real_volume", "total_volume", "px_volume", "tick_volume", "tickvol"),
    "adj_close": ("adj_close", "adjusted_close", "adjclose", "adj_close_price", "close_adj"),
    "symbol": ("symbol", "ticker", "instrument", "sym", "tic", "asset"),
}
_TIMES = (
    *(
        "datetime",
        "date_time",
        "timestamp",
        "time_stamp",
        "ts",
        "unix",
        "unix_time",
        "unix_timestamp",
        "epoch",
    ),
    *("time_utc", "datetime_utc", "timestamp_utc", "gmt_time", "open_time", "close_time"),
    *("date", "trade_date", "trading_date", "time", "day", "dt", "t", "bar_time"),
)
_LEFTOVERS = ("", "unnamed_0", "index", "level_0", "index_level_0")
"""Names that a written index leaves behind: the time where nothing else is, else no column at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names a source uses: `clock` is a time of day beside the date in `time`."""

    time: str
    clock: str | None
    symbol: str | None
    fields: Mapping[str, str]
    extras: Mapping[str, str]


def snake(name: str) -> str:
    """A column's name in lower-case words: '<OPEN>' is open, '5. adjusted close' is adjusted_close."""
    text = re.sub(r"^\s*\d+[a-z]?\.\s+", "", name.strip().strip("<>"))
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def is_field(name: str) -> bool:
    """Whether `name` spells a price or the volume."""
    return any(snake(name) in _SPELLINGS[field] for field in FIELDS)


def match_columns(names: Sequence[str], chosen: Mapping[str, str], where: str) -> Names:
    """Find time, symbol, prices and volume among `names`; `chosen` (ours to theirs) goes first.

    DataError, with every problem at once, where a needed column is missing or two have the same name.
    """
    problems = _check_chosen(names, chosen, where)
    taken = set(chosen.values())
    by_snake: dict[str, str] = {}
    for name in names:
        if name in taken:
            continue
        if (other := by_snake.get(snake(name))) is not None:
            says = f"two columns have the same name, '{other}' and '{name}'."
            problems.append(Problem(says=says, where=where, hint="Name one of them differently."))
        by_snake[snake(name)] = name
    found = dict(chosen)
    for ours, spellings in _SPELLINGS.items():
        spelled = next((s for s in spellings if s in by_snake), None)
        if ours not in found and spelled is not None:
            found[ours] = by_snake.pop(spelled)
    if "time" not in found:
        _find_time(by_snake, found)
    problems += _missing(found, names, where)
    if problems:
        raise DataError(*problems)
    return Names(
        time=found["time"],
        clock=found.get("clock"),
        symbol=found.get("symbol"),
        fields={ours: found[ours] for ours in FIELDS if ours in found},
        extras={ours: by_snake[ours] for ours in sorted(by_snake) if ours not in (*_LEFTOVERS, *NAMEABLE)},
    )


def _find_time(by_snake: dict[str, str], found: dict[str, str]) -> None:
    spelled = next((s for s in (*_TIMES, *_LEFTOVERS) if s in by_snake), None)
    if spelled is None:
        return
    found["time"] = by_snake.pop(spelled)
    if spelled == "date" and "time" in by_snake and "clock" not in found:
        found["clock"] = by_snake.pop("time")


def _check_chosen(names: Sequence[str], chosen: Mapping[str, str], where: str) -> list[Problem]:
    problems = []
    for ours, theirs in chosen.items():
        if ours not in NAMEABLE:
            says = f"columns: '{ours}' is not a column that can be named."
            problems.append(Problem(says=says, hint=nearest(ours, (*NAMEABLE, "time_format"))))
        elif theirs not in names:
            says = f"columns: {ours} is '{theirs}', which is not a column here."
            problems.append(Problem(says=says, where=where, hint=nearest(theirs, names)))
    return problems


def _missing(found: Mapping[str, str], names: Sequence[str], where: str) -> list[Problem]:
    missing = [ours for ours in ("time", *PRICES) if ours not in found]
    if not missing:
        return []
    says = f"bars need time, open, high, low and close; no column is {' or '.join(missing)}"
    have = ", ".join(repr(name) for name in names) or "none"
    hint = f"Columns here: {have}. Name them: columns: {{{missing[0]}: '...'}}."
    return [Problem(says=f"{says}.", where=where, hint=hint)]
