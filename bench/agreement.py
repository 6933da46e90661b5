"""Whether two independent engines and TA-Lib find what ADMF finds: prints a Markdown page of tables.

python bench/agreement.py [--sets 30] [--minutes FILE] [--write docs/reference/agreement.md]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

from peers.agreeing import TOLERANCE, Found, jobs, run_job
from peers.samples import days, minutes, minutes_name
from peers.with_talib import INDICATORS, compare, windows

DIFFERENT = 5
"""Exit code of a verification that found a difference, as in the command line."""
PACKAGES = ("vectorbt", "backtesting", "TA-Lib", "numpy", "numba")
TITLES = {"vectorbt": "vectorbt", "backtesting": "backtesting.py"}
SIDES = {True: "long only", False: "long and short"}


def main() -> int:
    """Compare, print, write; 0 when everything agrees."""
    options = _options()
    began = time.monotonic()
    talib, talib_agrees = _indicator_table(options)
    todo = jobs(options.minutes, options.sets, options.seed)
    found = []
    # spawn: every system starts the same clean process; each compiles or loads the engines once
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for one in pool.imap(run_job, todo):
            found.append(one)
            if len(found) % 12 == 0:
                print(f"{len(found)} of {len(todo)} groups of runs", file=sys.stderr, flush=True)
        pool.close()
        pool.join()
    seconds = time.monotonic() - began
    text = "\n".join(
        [_head(options, found), *_engine_tables(options, found), *talib, _foot(options, seconds)]
    )
    print(text)
    if options.write:
        Path(options.write).write_text(text + "\n", encoding="utf-8")
    return 0 if talib_agrees and not any(one.problems for one in found) else DIFFERENT


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", type=int, default=30, help="random parameter sets per strategy (30)")
    parser.add_argument("--seed", type=int, default=42, help="of the parameter sets (42)")
    parser.add_argument("--minutes", metavar="FILE", help="minute bars, CSV or Parquet; made ones without it")
    parser.add_argument("--processes", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--write", metavar="FILE", help="write the page there, too")
    return parser.parse_args()


HEAD = """# Agreement with independent engines

{runs:,} runs: {same:,} of {trades:,} trades identical (entry bar, exit bar, side), largest difference of
a bar's return {worst:.0e}, tolerance {tolerance:.0e}. Written by `bench/agreement.py`.

Every engine gets the same target array from ADMF's own strategies; indicators are compared apart, below,
since a tie in the last digit flips a crossing. Each row is {sets} random parameter sets (seed {seed}).
*Prices*: largest relative difference of an entry or exit price. *Returns*: largest difference of one
bar's simple return. *Total*: of the total return, over max(1, |total return|).

How they are set up, and what had to be adapted:

- vectorbt: one `Portfolio.from_orders` with `size_type='targetamount'` and sizes inf, -inf and 0; for
  fills at the next open the sizes stand one bar later, at `price=open`. Costs: 0.05 % fees and 0.02 %
  slippage per side. A change of the target on the last bar is left out, since ADMF never fills it.
- backtesting.py: `exclusive_orders=True` and its default size; `trade_on_close=True` for fills at the
  close. Costs: 0.05 % commission per side and no slippage (its `spread` is charged on entries only). It
  trades whole units, and so does ADMF then (`lot: 1`). It takes the commission of a fill at the close
  from cash one bar later; the adapter books it at the fill.
- Cash is pi x 10^12: backtesting.py's units are then small, and vectorbt, which takes 10^-12 of money for
  nothing, stays far above that where costs have eaten nearly all (with 100,000 it drops trades there)."""


def _head(options: argparse.Namespace, found: list[Found]) -> str:
    return HEAD.format(
        runs=sum(one.job.sets for one in found),
        same=sum(one.same_trades for one in found),
        trades=sum(one.trades for one in found),
        worst=max(one.returns for one in found),
        tolerance=TOLERANCE,
        sets=options.sets,
        seed=options.seed,
    )


COLUMNS = ("strategy", "sides", "costs", "fill", "sets", "trades", "identical", "prices", "returns", "total")


def _engine_tables(options: argparse.Namespace, found: list[Found]) -> list[str]:
    lines: list[str] = []
    for engine, data in dict.fromkeys((one.job.engine, one.job.data) for one in found):
        name = "S&P 500, days" if data == "days" else minutes_name(options.minutes)
        lines += ["", f"## {TITLES[engine]}, {name}", ""]
        lines += [_cells(*COLUMNS, "remark"), "|---|---|---|---|--:|--:|--:|--:|--:|--:|---|"]
        lines += [_row(one) for one in found if (one.job.engine, one.job.data) == (engine, data)]
    problems = [f"- {_called(one)}, {problem}" for one in found for problem in one.problems]
    return lines + (["", "## Differences, one by one", "", *problems] if problems else [])


def _row(one: Found) -> str:
    job = one.job
    remark = f"{len(one.problems)} differ, see below" if one.problems else ""
    if one.smallest_equity < SHRUNK:
        remark += f"{'; ' if remark else ''}costs leave {one.smallest_equity:.0e} of the cash"
    identical = "all" if one.same_trades == one.trades else f"{one.same_trades:,}"
    way = (job.strategy, SIDES[job.long_only], "yes" if job.costs else "no", job.fill.value)
    apart = (_tiny(one.prices), _tiny(one.returns), _tiny(one.total))
    return _cells(*way, job.sets, f"{one.trades:,}", identical, *apart, remark)


def _cells(*values: object) -> str:
    return f"| {' | '.join(map(str, values))} |"


SHRUNK = 1e-3
"""Below this share of the cash a row says so: rounding in running sums of money grows relative to equity."""


def _called(one: Found) -> str:
    job = one.job
    costs = "with costs" if job.costs else "no costs"
    way = (TITLES[job.engine], job.data, job.strategy, SIDES[job.long_only], costs, job.fill.value)
    return ", ".join(way)


INDICATOR_HEAD = """
## Indicators and TA-Lib

{sets} random windows from 2 to 100 on each of the two data sets. *Largest*: of |ours - theirs| over
max(1, |theirs|). *Only one*: bars on which one of the two has a value and the other none.

| indicator | compared with | values | only one | largest, days | largest, minutes | remark |
|---|---|--:|--:|--:|--:|---|"""


def _indicator_table(options: argparse.Namespace) -> tuple[list[str], bool]:
    lines = [INDICATOR_HEAD.format(sets=options.sets)]
    sources, agrees = (days(), minutes(options.minutes)), True
    for indicator in INDICATORS:
        found = [compare(indicator, bars, windows(options.sets, options.seed)) for bars in sources]
        values, only_one = sum(one.compared for one in found), sum(one.only_one for one in found)
        agrees &= only_one == 0 and (indicator.explained or max(one.largest for one in found) <= TOLERANCE)
        largest = (_tiny(one.largest) for one in found)
        lines += [
            _cells(indicator.name, indicator.theirs, f"{values:,}", only_one, *largest, indicator.remark)
        ]
    return lines, agrees


def _tiny(value: float) -> str:
    return "0" if value == 0.0 else f"{value:.0e}"


def _foot(options: argparse.Namespace, seconds: float) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    how = f"{platform.machine()}, {options.processes} processes, {seconds / 60:.0f} minutes"
    return f"\nPython {platform.python_version()}, {packages}; {how}."


if __name__ == "__main__":
    sys.exit(main())
