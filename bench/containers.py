"""What containers cost, hold and share on this machine: prints ratios beside their targets.

python bench/containers.py [--rounds 9] [--trials 20000] [--write FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from contained import costs, limits, memory
from contained.trials import Row
from peers.samples import days


def main() -> int:
    """Measure, print, write; 0 whatever was measured: a busy machine is no failure."""
    options = _options()
    bars = days()
    parts: dict[str, Callable[[], list[Row]]] = {
        "isolated": lambda: costs.isolated(bars, options.rounds),
        "minimal": lambda: costs.minimal(bars, options.rounds, options.trials),
        "memory": memory.together,
        "limits": lambda: limits.memory(bars) + limits.shares(),
        "replacement": lambda: limits.replacement(bars, options.rounds),
    }
    rows: list[Row] = []
    for name in options.only or parts:
        print(name, file=sys.stderr, flush=True)
        rows += parts[name]()
    print("\n".join(_table(rows)))
    if options.write:
        text = json.dumps([asdict(row) for row in rows], indent=1)
        Path(options.write).write_text(text + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--rounds", type=int, default=9, help="interleaved rounds, of which the median counts (9)"
    )
    parser.add_argument("--trials", type=int, default=20_000, help="empty trials of the whole run (20,000)")
    names = ("isolated", "minimal", "memory", "limits", "replacement")
    parser.add_argument("--only", nargs="+", choices=names, help="some parts instead of all")
    parser.add_argument("--write", metavar="FILE", help="write the numbers there as JSON")
    return parser.parse_args()


def _table(rows: list[Row]) -> list[str]:
    lines = ["| what | ours | beside | ratio | target | met |", "|---|--:|--:|--:|---|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:,.2f}"
        met = {True: "yes", False: "no", None: ""}[row.met]
        lines.append(f"| {row.what} | {row.ours} | {row.beside} | {ratio} | {row.target} | {met} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
