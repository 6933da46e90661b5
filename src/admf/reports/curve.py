"""The equity curve of the best trial as a figure: drawdown below it, entries and exits on it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from admf.reports.figure import Figure, axis, numbers, plain

if TYPE_CHECKING:
    from admf.trials.replay_trial import TrialRecord

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_POINTS = 4_000
MOST_TRADES = 250
_DAY_NS = 86_400 * 10**9


def equity_figure(record: TrialRecord, zone: str, benchmark: str) -> Figure | None:
    """Equity and benchmark from the first decision on, drawdowns below; None where there is no equity.

    At most MOST_POINTS points: the lowest and highest of each stretch are kept, and the deepest drawdown. The
    MOST_TRADES trades with the largest |pnl| are marked. `benchmark` is its name, empty for none.
    """
    if record.equity is None or record.time is None or len(record.equity) - record.warmup < 2:
        return None
    equity, time = record.equity[record.warmup :], record.time[record.warmup :]
    held = None if record.benchmark is None or not benchmark else record.benchmark[record.warmup :]
    fall = drawdown(equity)
    kept = keep_extremes([equity] if held is None else [equity, held], MOST_POINTS - 2)
    kept = np.union1d(kept, [int(np.argmin(fall))])
    dates = local_texts(time[kept], zone, is_daily(time))
    data: list[dict[str, Any]] = []
    if held is not None:
        data += _pair(dates, held[kept], drawdown(held)[kept], benchmark, "--bench", 1.0)
    data += _pair(dates, equity[kept], fall[kept], "best set", "--line", 1.8)
    data += _marks(record, equity, time, zone)
    layout = {
        "yaxis": {**axis("equity"), "domain": [0.34, 1.0], "tickformat": ",.4~s"},
        "yaxis2": {**axis("drawdown"), "domain": [0.0, 0.27], "tickformat": ".0%"},
        "xaxis": {**axis(""), "type": "date", "anchor": "y2"},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "margin": {"l": 58, "r": 8, "t": 10, "b": 30},
    }
    return {"data": data, "layout": layout, "log": bool((equity > 0).all())}


def drawdown(equity: Floats) -> Floats:
    """The fall from the highest equity so far, as a fraction <= 0, shape (n,)."""
    falls: Floats = equity / np.maximum.accumulate(equity) - 1.0
    return falls


def keep_extremes(series: list[Floats], most: int) -> Ints:
    """At most `most` sorted indices: the ends, and each stretch's lowest and highest of every series."""
    n = len(series[0])
    if n <= most:
        return np.arange(n)
    stretches = max((most - 2) // (2 * len(series)), 1)
    edges = np.linspace(0, n, stretches + 1).astype(np.int64)
    kept = {0, n - 1}
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        for values in series:
            part = values[start:stop]
            kept |= {start + int(part.argmin()), start + int(part.argmax())}
    return np.array(sorted(kept), dtype=np.int64)


def is_daily(time: NDArray[np.datetime64]) -> bool:
    """Whether bars are days or longer, so that a date names one."""
    stamps = time.astype("datetime64[ns]").astype(np.int64)
    return len(stamps) < 2 or float(np.median(np.diff(stamps))) > 0.8 * _DAY_NS


def local_texts(time: NDArray[np.datetime64], zone: str, daily: bool) -> list[str]:
    """UTC stamps as local dates, with the time of day unless `daily`."""
    place = zone_named(zone)
    form = "%Y-%m-%d" if daily else "%Y-%m-%d %H:%M"
    stamps = time.astype("datetime64[ns]").astype(np.int64)
    return [datetime.fromtimestamp(ns / 1e9, place).strftime(form) for ns in stamps.tolist()]


def zone_named(zone: str) -> tzinfo:
    """The time zone of this name; UTC where this machine does not know it."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return UTC


def _pair(
    dates: list[str], equity: Floats, fall: Floats, name: str, color: str, width: float
) -> list[dict[str, Any]]:
    name = plain(name)
    line = {"color": color, "width": width}
    above = {"x": dates, "y": numbers(equity), "hovertemplate": "%{y:,.0f}", "line": line}
    below = {"x": dates, "y": numbers(fall), "hovertemplate": "%{y:.1%}", "yaxis": "y2", "showlegend": False}
    below |= {"line": {**line, "width": 1.0}}
    if width > 1.0:
        below |= {"fill": "tozeroy", "fillcolor": "--area"}
    shared = {"type": "scatter", "mode": "lines", "name": name, "legendgroup": name}
    return [shared | above, shared | below]


def _marks(
    record: TrialRecord, equity: Floats, time: NDArray[np.datetime64], zone: str
) -> list[dict[str, Any]]:
    """Entries and exits on the equity line, hidden until their legend entry is pressed if they are many."""
    trades = record.trades
    if not trades or not len(trades["pnl"]):
        return []
    pnl = np.asarray(trades["pnl"], dtype=np.float64)
    largest = np.sort(np.argsort(-np.abs(np.nan_to_num(pnl)), kind="stable")[:MOST_TRADES])
    sides = np.asarray(trades["side"])[largest]
    symbols = {"long": "triangle-up", "short": "triangle-down"}
    marks = []
    for kind, column, color, size in (
        ("exits", "exit_time", "--exit", 6),
        ("entries", "entry_time", "--entry", 8),  # on top: a reversal leaves and enters at one bar
    ):
        stamps = np.asarray(trades[column])[largest].astype("datetime64[ns]")
        places = np.clip(np.searchsorted(time.astype("datetime64[ns]"), stamps), 0, len(equity) - 1)
        shapes = [symbols.get(side, "circle") if kind == "entries" else "x" for side in sides.tolist()]
        text = _trade_texts(record, largest, kind)
        marks.append(
            {
                "type": "scatter", "mode": "markers", "name": kind,
                "x": local_texts(time[places], zone, is_daily(time)),
                "y": numbers(equity[places]), "text": text, "hovertemplate": "%{text}<extra></extra>",
                "marker": {"symbol": shapes, "size": size, "color": color, "opacity": 0.9},
                "visible": True if len(largest) <= 60 else "legendonly",
            }
        )  # fmt: skip
    return marks


def _trade_texts(record: TrialRecord, chosen: Ints, kind: str) -> list[str]:
    trades = record.trades
    words = []
    for i in chosen.tolist():
        head = f"{plain(trades['side'][i])} {plain(trades['symbol'][i])}"
        if kind == "entries":
            words.append(f"enter {head} at {trades['entry_price'][i]:,.6g}")
            continue
        gain, reason = trades["return"][i], plain(trades["exit_reason"][i])
        words.append(f"leave {head} at {trades['exit_price'][i]:,.6g}: {gain:+.2%} ({reason})")
    return words
