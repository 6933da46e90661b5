"""A quality report in words: sections of lines, the same on a terminal and in a file."""

from __future__ import annotations

from collections.abc import Iterable

from admf.data.quality.findings import Gaps, Prices, Quality, Sessions

Section = tuple[str, list[tuple[str, str]]]
"""A heading, and its lines as (what, says)."""

_DAYS = 12


def sections(quality: Quality) -> list[Section]:
    """The whole report."""
    found = [("data", _data(quality))]
    if quality.sessions is not None:
        found.append(("sessions", _sessions(quality.sessions, quality.stamp)))
    found.append(("gaps", _gaps(quality.gaps, daily=quality.sessions is None)))
    for prices in quality.prices:
        name = f"prices of {prices.symbol}"
        if quality.sealed:
            name += f", {quality.price_bars:,} mined bars up to {quality.price_last}"
        found.append((name, _prices(prices, quality)))
    return found


def _data(quality: Quality) -> list[tuple[str, str]]:
    lines = [
        ("source", quality.source),
        ("symbols" if len(quality.symbols) > 1 else "symbol", ", ".join(quality.symbols)),
        ("columns", ", ".join(quality.columns)),
        ("bars", f"{quality.bars:,} of {quality.bar_length}, {quality.first} to {quality.last}"),
        ("time zone", f"{quality.timezone}; a stamp is a bar's {quality.stamp}"),
        ("bars a year", f"{quality.bars_per_year:,g}: {quality.bars_per_year_from}"),
    ]
    if quality.sealed:
        says = f"{quality.sealed:,} bars are sealed or embargo: only their times were looked at"
        lines.append(("sealed", says))
    return lines + [("note", note) for note in quality.notes]


def _sessions(sessions: Sessions, stamp: str) -> list[tuple[str, str]]:
    lines = [
        (
            "days",
            f"{sessions.count:,}, of which {sessions.usual:,} have the usual {_bars(sessions.usual_bars)}",
        ),
        ("hours", f"{sessions.usual_hours} on these days"),
    ]
    for name, number, some in (
        ("shorter", sessions.short, sessions.shortest),
        ("longer", sessions.long, sessions.longest),
    ):
        if number:
            days = (f"{s.date} ({_bars(s.bars)}, {s.first} to {s.last})" for s in some)
            lines.append((name, _some(number, days)))
    if sessions.stamp_looks and sessions.stamp_looks != stamp:
        looks = sessions.stamp_looks
        lines.append(("remark", f"these hours look like stamps of a bar's {looks}: timestamp: {looks}"))
    return lines


def _gaps(gaps: Gaps, *, daily: bool) -> list[tuple[str, str]]:
    lines = []
    if gaps.inside:
        where = "" if daily else " inside sessions"
        longest = (f"{g.after} to {g.before} ({g.missing:,} missing)" for g in gaps.longest)
        says = f"{gaps.inside:,}, {_bars(gaps.missing)} missing; {_longest(gaps.inside, longest)}"
        lines.append((f"gaps{where}", says))
    elif not daily:
        lines.append(("gaps inside sessions", "none"))
    if gaps.pauses:
        lines.append(("daily pauses", "; ".join(gaps.pauses)))
    closed = [
        f"{n:,} {what}{'s' * (n != 1)}"
        for n, what in ((gaps.nights, "night"), (gaps.weekends, "weekend"), (gaps.holidays, "holiday"))
        if n
    ]
    if closed:
        lines.append(("closed", ", ".join(closed)))
    if gaps.days:
        why = (
            "not holidays of other years: closures"
            if gaps.holidays_known
            else "in too few years to tell: holidays"
        )
        says = f"{_some(len(gaps.days), gaps.days[:_DAYS])} ({why}, or missing)"
        lines.append(("days without bars", says))
    return lines or [("gaps", "none")]


def _prices(prices: Prices, quality: Quality) -> list[tuple[str, str]]:
    lines = [("outliers", _outliers(prices, quality.sigmas))]
    if prices.splits:
        jumps = (f"{s.time} {s.change:+.1%}, as of a split {s.ratio}" for s in prices.splits)
        lines.append(("suspected splits", _some(len(prices.splits), jumps)))
    else:
        lines.append(("suspected splits", "none"))
    if prices.adjustments:
        steps = (f"{s.time} (factor {s.ratio})" for s in prices.adjustments)
        says = f"close is not adj_close; largest steps between them: {', '.join(steps)}"
        lines.append(("adjustments", says))
    if prices.repeated:
        runs = (f"{s.first} to {s.last} ({_bars(s.bars)})" for s in prices.repeats)
        says = f"{_bars(prices.repeated)} equal the bar before in prices and volume; "
        says += _longest(len(prices.repeats), runs)
        lines.append(("repeated bars", says))
    else:
        lines.append(("repeated bars", "none"))
    if prices.constant:
        runs = (f"{s.first} to {s.last} ({_bars(s.bars)})" for s in prices.constants)
        says = f"{_bars(prices.constant)} in stretches without any movement; "
        lines.append(("standing still", says + _longest(len(prices.constants), runs)))
    volume = prices.zero_volume
    lines.append(
        ("zero volume", "no volume column" if volume is None else _bars(volume) if volume else "none")
    )
    return lines


def _outliers(prices: Prices, sigmas: float) -> str:
    beyond = f"beyond {sigmas:g} robust deviations of the returns around them"
    if not prices.outliers:
        return f"no returns {beyond}"
    moves = (
        f"{m.time} {m.change:+.2%} ({m.sigmas:.0f} deviations{', taken back by the next bar' * m.returned})"
        for m in prices.largest
    )
    return f"{prices.outliers:,} {beyond}; {_longest(prices.outliers, moves, 'largest')}"


def _bars(n: int) -> str:
    return f"{n:,} bar{'s' * (n != 1)}"


def _some(number: int, shown: Iterable[str]) -> str:
    """The number and some of what it counts."""
    texts = list(shown)
    more = f" and {number - len(texts):,} more" if number > len(texts) else ""
    return f"{number:,}: {', '.join(texts)}{more}"


def _longest(number: int, shown: Iterable[str], word: str = "longest") -> str:
    texts = list(shown)
    return (f"{word}: " if number > 1 else "") + ", ".join(texts)
