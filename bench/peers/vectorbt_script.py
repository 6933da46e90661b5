"""A script as a user of vectorbt writes one: read a CSV, sweep crossovers, print the best.

python vectorbt_script.py BARS.csv ENGINE CHUNK FAST,FAST,... SLOW,SLOW,...
"""

import sys
from itertools import product

import numpy as np
import pandas as pd
import vectorbt as vbt

path, engine, chunk = sys.argv[1], sys.argv[2], int(sys.argv[3])
fast, slow = ([int(window) for window in words.split(",")] for words in sys.argv[4:6])
vbt.settings["engine"] = engine
vbt.settings.array_wrapper["freq"] = "1D"

bars = pd.read_csv(path, index_col="time", parse_dates=True)
windows = [*fast, *slow]
averages = vbt.MA.run(bars["close"], windows).ma.to_numpy()
pairs = list(product(range(len(fast)), range(len(fast), len(windows))))
best = None
for start in range(0, len(pairs), chunk):
    part = np.array(pairs[start : start + chunk])
    long = averages[:, part[:, 0]] > averages[:, part[:, 1]]
    long[: max(windows) - 1] = False
    long = np.vstack(
        [np.zeros((1, len(part)), bool), long[:-1]]
    )  # decided at a close, filled at the next open
    long[-1] = long[-2]
    found = vbt.Portfolio.from_signals(
        bars["close"], long, ~long, price=bars["open"], fees=0.001, direction="longonly"
    )
    metrics = np.array(
        [found.total_return(), found.sharpe_ratio(), found.max_drawdown(), found.trades.count()]
    )
    place = metrics[0].argmax()
    if best is None or metrics[0, place] > best[1][0]:
        best = part[place], metrics[:, place]
(a, b), (total, *_) = best
print("best:", windows[a], windows[b], repr(float(total)))
