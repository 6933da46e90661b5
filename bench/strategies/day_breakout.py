"""A breakout in pandas: in above the channel, out below the average, a stop of some ATRs, flat before the close."""

import pandas as pd

import admf


def day_breakout(bars, window=60, atr_window=14, width=3.0):
    frame = bars.to_pandas()
    minute = frame.index.hour * 60 + frame.index.minute
    late = minute >= 15 * 60 + 50

    before = frame["close"].shift()
    ranges = pd.concat(
        [frame["high"] - frame["low"], (frame["high"] - before).abs(), (frame["low"] - before).abs()], axis=1
    )
    atr = ranges.max(axis=1).ewm(alpha=1 / atr_window, adjust=False).mean()

    channel = frame["high"].rolling(window).max().shift()
    average = frame["close"].rolling(window).mean()
    return admf.Orders(
        entries=(frame["close"] > channel) & ~late,
        exits=(frame["close"] < average) | late,
        stop=frame["close"] - width * atr,
    )


day_breakout.warmup = "max(window, 10 * atr_window)"
