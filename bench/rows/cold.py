"""Cold: the whole command `admf run` beside a script for vectorbt that does the same, from a CSV to the best set."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from statistics import median

from admf.api.run import Run
from measure.processes import Ran, admf, command
from measure.result import Options, Result, at_most, ratios
from peers.samples import smooth_days, write_csv
from rows.cases import DAYS, FEW, FEW_BARS, THOUSAND, folder

SCRIPT = Path(__file__).resolve().parents[1] / "peers" / "vectorbt_script.py"
FIFTH = 0.2
SAME = 1e-9
CONFIG = """\
data: {{source: bars.csv, timezone: UTC, split: {{out_of_sample: 0}}}}
simulation: {{direction: long}}
costs: {{commission: 0.001}}
components:
  ma_crossover: {{space: {{fast: {fast}, slow: {slow}}}}}
objective: total_return
"""


def cold(options: Options) -> list[Result]:
    """1,000 sets x 5,000 bars. Compiled code is on disk for both, as after their first use."""
    sets, bars = FEW if options.quick else THOUSAND, options.size(DAYS, FEW_BARS)
    here = folder() / "cold"
    here.mkdir(exist_ok=True)
    write_csv(smooth_days(bars), here / "bars.csv")
    text = CONFIG.format(fast=list(sets.fast), slow=list(sets.slow))
    (here / "admf.yaml").write_text(text, encoding="utf-8")
    windows = [",".join(map(str, some)) for some in (sets.fast, sets.slow)]
    modes = {
        f"{engine}, {words}": [sys.executable, str(SCRIPT), "bars.csv", engine, str(chunk), *windows]
        for engine in ("numba", "rust")[: options.size(2, 1)]
        for words, chunk in (("in one piece", len(sets)), ("100 at a time", 100))
    }
    tried = {}
    for mode, words in modes.items():
        command(words, folder=here)
        tried[mode] = command(words, folder=here)
    fastest = min(tried, key=lambda mode: tried[mode].seconds)
    ours, theirs = [], []
    _run(here)
    for _ in range(options.size(options.rounds, 1)):
        ours.append(_run(here))
        theirs.append(command(modes[fastest], folder=here))
    _check(here / "run", theirs[0].output)
    results = []
    for unit, target in (("seconds", at_most(FIFTH)), ("cpu_s", None)):
        mine, other = ([getattr(ran, unit) for ran in some] for some in (ours, theirs))
        results.append(
            Result(
                name="cold.wall" if unit == "seconds" else "cold.cpu",
                what=f"`admf run` with its report / a vectorbt script, {len(sets):,} sets x {bars:,} bars, "
                + ("wall" if unit == "seconds" else "CPU time"),
                rounds=ratios(mine, other),
                target=target,
                more_is_better=False,
                ours=f"{median(mine):.2f} s",
                beside=f"{median(other):.2f} s ({fastest})",
                waited=median(ran.waited for ran in theirs),
                details={"tried_s": {mode: ran.seconds for mode, ran in tried.items()}},
            )
        )
    return results


def _run(here: Path) -> Ran:
    shutil.rmtree(here / "run", ignore_errors=True)
    return command(admf("run", "admf.yaml", "--out", "run"), folder=here)


def _check(run: Path, said: str) -> None:
    """Both found the same best set with the same return."""
    best = Run.open(run).best()
    fast, slow, total = said.partition("best:")[2].split()
    assert best is not None
    assert (best.params["fast"], best.params["slow"]) == (int(fast), int(slow)), (best.params, said)
    assert best.value is not None
    assert abs(best.value - float(total)) <= SAME * max(1.0, abs(float(total))), (best.value, total)
