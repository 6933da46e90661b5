"""The table of targets: every row measured here and now, beside other engines where there are any, as ratios.

python bench/table.py [--only NAME...] [--quick] [--long] [--rounds 3] [--minutes FILE] [--write FILE] [--baseline FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from measure.baseline import changes, document, write
from measure.machine import load
from measure.result import Options, Result
from measure.words import summary, table
from rows import LONG, ROWS

BASELINE = Path(__file__).parent / "baseline.json"
FAILED = 5


def main() -> int:
    """Measure, print, write, compare; 0 where all could be measured, whether targets are met or not."""
    told = _told()
    options = Options(quick=told.quick, long=told.long, rounds=told.rounds, minutes=told.minutes)
    before = load()
    names = told.only or [name for name in ROWS if told.long or name not in LONG]
    results: list[Result] = []
    wrong: list[str] = []
    for name in names:
        began = time.perf_counter()
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            results += _measured(name, options)
        except Exception:
            traceback.print_exc()
            wrong.append(f"{name} could not be measured: {sys.exception()}")
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    run = document(results, options, before)
    compared = _compared(run, told.baseline)
    print("\n".join([*table(results, compared), "", *summary(results, compared, run), *wrong]))
    if told.write:
        write(told.write, run)
    return FAILED if wrong else 0


def _measured(name: str, options: Options) -> list[Result]:
    module, _, function = ROWS[name].partition(":")
    found: list[Result] = getattr(import_module(module), function)(options)
    return [replace(one, target=None) for one in found] if options.quick else found


def _compared(run: dict[str, Any], file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    return changes(run, json.loads(file.read_text(encoding="utf-8")))


def _told() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(ROWS), metavar="NAME", help=", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="all small and once: do the programs work?")
    parser.add_argument("--long", action="store_true", help="with the rows that take many minutes")
    parser.add_argument(
        "--rounds", type=int, default=3, help="interleaved rounds, of which the median counts"
    )
    parser.add_argument("--minutes", metavar="FILE", help="minute bars, CSV or Parquet; made ones without it")
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the run there as JSON")
    parser.add_argument(
        "--baseline", metavar="FILE", type=Path, default=BASELINE, help="the run that it is compared with"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
