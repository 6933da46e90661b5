"""Cells that say when to times: text in any unambiguous form, epochs, stamps with or without a zone."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from admf.errors import DataError

_WHEN = (
    r"^\s*(?P<date>YEAR\d{4}|YEAR[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]YEAR"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[- ]YEAR|[A-Za-z]{3,9} \d{1,2},? YEAR)"
    r"(?:[T ]\s*(?P<h>\d{1,2}):?(?P<m>\d{2})(?::?(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?\s*(?P<ap>[AaPp][Mm])?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?\s*$"
).replace("YEAR", r"(?:1[7-9]|2[01])\d\d")  # what datetime64[ns] can hold, in whole centuries
_SURE = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *("%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d-%B-%Y", "%d %B %Y", "%B %d, %Y", "%B %d %Y"),
)
_DAY_FIRST = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
_MONTH_FIRST = ("%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y")
_EPOCH_NS = ((1e11, 10**9), (1e14, 10**6), (1e17, 10**3), (float("inf"), 1))
"""Numbers below the first are seconds, below the next milliseconds ...: all of 1973 to 2262 is told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """Times as datetime[ns], null where a cell is no time: UTC where `instants`, else naive."""

    when: pl.Series
    instants: bool
    zone: str = ""
    """The named zone the stamps came with."""
    odd: pl.Series | None = None
    """Which cells have a zone where most have none, or none where most have one; None: no cell does."""

    def odd_ones(self, n: int) -> pl.Series:
        """The same as a mask of n cells."""
        return self.odd if self.odd is not None else pl.Series([False] * n, dtype=pl.Boolean)


def read_stamps(cells: pl.Series, time_format: str | None = None) -> Stamps:
    """What the cells of a time column mean. DataError where the order of day and month is ambiguous."""
    kind = cells.dtype
    if isinstance(kind, pl.Datetime):
        when = cells.cast(pl.Datetime("ns", kind.time_zone))
        if kind.time_zone is None:
            return Stamps(when=when, instants=False)
        return Stamps(when=when.dt.convert_time_zone("UTC"), instants=True, zone=kind.time_zone)
    if kind == pl.Date:
        return Stamps(when=cells.cast(pl.Datetime("ns")), instants=False)
    if kind.is_numeric():
        return _numbers(cells)
    texts = cells.cast(pl.String).str.strip_chars()
    if time_format is not None:
        return _formatted(texts, time_format)
    if texts.is_not_null().any() and texts.drop_nulls().str.contains(r"^\d{9,19}(\.\d+)?$").all():
        return _numbers(texts.cast(pl.Float64 if texts.str.contains(".", literal=True).any() else pl.Int64))
    return _texts(texts)


def join_clock(date: pl.Series, clock: pl.Series) -> pl.Series:
    """One text column of a date column and a time-of-day column, as MetaTrader writes them."""
    if isinstance(date.dtype, pl.Datetime) and bool((date.dt.truncate("1d") == date).all()):
        date = date.cast(pl.Date)
    day = date.cast(pl.String).str.strip_chars()
    if day.str.contains(":", literal=True).any():  # the date has its time of day already
        return date
    time = clock.cast(pl.String).str.strip_chars()
    if time.str.contains(r"^\d+$").all():
        widest = time.str.len_chars().max()  # 93000 is 09:30:00, and beside it 0 is midnight
        time = time.str.zfill(6 if isinstance(widest, int) and widest > 4 else 4)
    return (day + pl.Series([" "]) + time).rename(date.name)


def _numbers(cells: pl.Series) -> Stamps:
    known = cells.cast(pl.Float64).drop_nulls().drop_nans()
    low, high = known.min(), known.max()
    if not isinstance(low, float) or not isinstance(high, float):
        return Stamps(when=pl.Series([None] * len(cells), dtype=pl.Datetime("ns")), instants=False)
    if low >= 17_000_101 and high <= 22_001_231:
        return _texts(cells.cast(pl.Int64, strict=False).cast(pl.String))
    if low >= 17_000_101_000_000 and high <= 22_001_231_235_959:  # the same with the time of day
        compact = cells.cast(pl.Int64, strict=False).cast(pl.String)
        return _texts(compact.str.slice(0, 8) + pl.Series([" "]) + compact.str.slice(8))
    if abs(high) < 1e8:  # row numbers, fractions of days: nothing that a clock has shown since 1973
        return Stamps(when=pl.Series([None] * len(cells), dtype=pl.Datetime("ns")), instants=False)
    unit = next(ns for limit, ns in _EPOCH_NS if abs(high) < limit)
    if cells.dtype.is_integer():
        ns = cells.cast(pl.Int64) * unit
    else:  # to the microsecond: more is below a float's resolution
        ns = (cells.cast(pl.Float64) * (unit / 1e3)).round().cast(pl.Int64, strict=False) * 1_000
    return Stamps(when=ns.cast(pl.Datetime("ns", "UTC")), instants=True)


def _formatted(texts: pl.Series, time_format: str) -> Stamps:
    clock = any(code in time_format for code in ("%H", "%I", "%T", "%R", "%s", "%c", "%X", "%k", "%l"))
    try:
        if not clock:
            return Stamps(
                when=texts.str.to_date(time_format, strict=False).cast(pl.Datetime("ns")), instants=False
            )
        when = texts.str.to_datetime(time_format, time_unit="ns", strict=False)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"columns: time_format '{time_format}' does not work here: {reason}") from None
    zoned = isinstance(when.dtype, pl.Datetime) and when.dtype.time_zone is not None
    return Stamps(when=when.dt.convert_time_zone("UTC") if zoned else when, instants=zoned)


def _texts(texts: pl.Series) -> Stamps:
    parts = texts.str.extract_groups(_WHEN).struct.unnest()
    date = _dates(parts["date"])
    number = {name: parts[name].cast(pl.Int64, strict=False) for name in ("h", "m", "s")}
    frame = pl.DataFrame(
        [
            date.cast(pl.Datetime("ns")).alias("date"),
            *(number[name].alias(name) for name in number),
            parts["f"].str.pad_end(9, "0").cast(pl.Int64, strict=False).alias("f"),
            parts["ap"].str.to_lowercase().alias("ap"),
            parts["zone"].alias("zone"),
        ]
    )
    h = pl.when(pl.col("ap").is_null()).then(pl.col("h")).otherwise(pl.col("h") % 12)
    h = h + pl.when(pl.col("ap") == "pm").then(12).otherwise(0)
    seconds = (h * 60 + pl.col("m")) * 60 + pl.col("s").fill_null(0)
    good = pl.all_horizontal(pl.col(n).fill_null(0) <= top for n, top in (("h", 23), ("m", 59), ("s", 59)))
    ns = (seconds.fill_null(0) * 10**9 + pl.col("f").fill_null(0)).cast(pl.Duration("ns"))
    when = frame.select(pl.when(good).then(pl.col("date") + ns).alias("when"))["when"]
    zoned = frame["zone"].is_not_null()
    naive = when.is_not_null() & ~zoned
    if not zoned.any() or naive.sum() > zoned.sum():
        return Stamps(when=when, instants=False, odd=zoned if zoned.any() else None)
    # A stamp without an offset among stamps with one could be anything: null, hence a problem of its own.
    utc = (when - _offsets(frame["zone"])).dt.replace_time_zone("UTC")
    return Stamps(when=utc, instants=True, odd=naive if naive.any() else None)


def _offsets(zone: pl.Series) -> pl.Series:
    digits = zone.str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    minutes = digits.str.head(2).cast(pl.Int64, strict=False) * 60 + digits.str.tail(2).cast(
        pl.Int64, strict=False
    )
    sign = zone.str.starts_with("-").cast(pl.Int64) * -2 + 1
    return (minutes * sign * 60 * 10**9).cast(pl.Duration("ns"))


def _dates(texts: pl.Series) -> pl.Series:
    """The dates of each cell; every different text is parsed once, however many bars share it."""
    different = texts.drop_nulls().unique(maintain_order=True).alias("text")
    known = pl.DataFrame([different, _different_dates(different).alias("date")])
    return pl.DataFrame([texts.alias("text")]).join(known, on="text", how="left", maintain_order="left")[
        "date"
    ]


def _different_dates(texts: pl.Series) -> pl.Series:
    """Dates by the one format that fits most of them; DataError where day and month fit both ways."""
    best = pl.Series([None] * len(texts), dtype=pl.Date)
    for time_format in _SURE:
        best = _better(best, texts.str.to_date(time_format, strict=False))
        if len(best) and best.count() == len(texts):
            return best
    for day_first, month_first in zip(_DAY_FIRST, _MONTH_FIRST, strict=True):
        one = texts.str.to_date(day_first, strict=False)
        two = texts.str.to_date(month_first, strict=False)
        if one.count() == two.count() > best.count() and not one.equals(two, null_equal=True):
            raise DataError(
                f"the order of day and month cannot be told from dates such as '{texts[0]}'."
                f" Name the format: columns: {{time_format: '{day_first}'}} or '{month_first}'."
            )
        best = _better(_better(best, one), two)
    return best


def _better(best: pl.Series, dates: pl.Series) -> pl.Series:
    return dates if dates.count() > best.count() else best
