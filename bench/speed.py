"""ADMF, vectorbt and backtesting.py on the same sweep of moving-average crossovers: prints their ratios.

python bench/speed.py [--minutes FILE] [--rounds 3] [--write docs/reference/speed.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from peers.market import Crossovers
from peers.measuring import Case, Measured, save
from peers.samples import days, minutes, minutes_name

FAST, SLOW = tuple(range(5, 55, 2)), tuple(range(60, 260, 5))
MANY_BARS = 50_000
POOL = "admf pool"
FREE = 0.7
"""Of the free memory: what vectorbt may take in one piece."""
CELL_BYTES = 150
"""What vectorbt takes per bar and set in one piece: 990 MB for 5 million were measured."""
SAME = {"vectorbt": 1e-9, "backtesting": 1e-6}
"""How near total returns must be; backtesting.py trades whole units, of 10^15."""
DIFFERENT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One engine on one case: nanoseconds per bar and set (medians of rounds), wall and CPU; peak memory."""

    case: str
    engine: str
    how: str
    sets_run: int
    ns: float
    cpu_ns: float
    rounds_ns: tuple[float, ...]
    memory_mb: float


def main() -> int:
    """Measure, print, write; 0 when all engines found the same."""
    options = _options()
    lines: list[Line] = []
    wrong: list[str] = []
    with TemporaryDirectory() as folder:
        for case in _cases(options, Path(folder)):
            print(f"{case.name}, {len(case.sets.pairs)} sets", file=sys.stderr, flush=True)
            wrong += _differences(case)
            lines += _measure(case, options.rounds)
    print("\n".join([*_table(lines), *wrong]))
    if options.write:
        document = {
            "machine": _machine(),
            "rounds": options.rounds,
            "lines": [asdict(line) for line in lines],
        }
        Path(options.write).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return DIFFERENT if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--rounds", type=int, default=3, help="interleaved runs, of which the median counts (3)"
    )
    parser.add_argument("--sets", type=int, default=1000, help="parameter sets, a multiple of 40 (1000)")
    parser.add_argument("--minutes", metavar="FILE", help="minute bars, CSV or Parquet; made ones without it")
    parser.add_argument("--write", metavar="FILE", help="write the numbers there as JSON")
    return parser.parse_args()


def _cases(options: argparse.Namespace, folder: Path) -> list[Case]:
    """The two cases; their bars are written to `folder`."""
    sets = Crossovers(fast=FAST[: max(1, options.sets // len(SLOW))], slow=SLOW)
    sources = {
        "S&P 500, days": days().between(0, 5_000),
        minutes_name(options.minutes): minutes(options.minutes),
    }
    return [
        Case(name=name, file=save(bars, folder / f"{len(bars)}.npz"), bars=len(bars), sets=sets)
        for name, bars in sources.items()
    ]


def _measure(case: Case, rounds: int) -> list[Line]:
    """All engines on one case, in turn: one run each to warm up, then `rounds` rounds."""
    mode = _fastest_mode(case)
    few = _few(case)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    runs: dict[str, tuple[Case, dict[str, Any]]] = {
        "admf": (case, {}),
        POOL: (case, {"workers": cores}),
        "vectorbt": (case, mode),
        "backtesting": (few, {}),
    }
    processes = {engine: Measured(engine.split()[0]) for engine in runs}
    for engine, (its_case, its_mode) in runs.items():
        processes[engine].run(its_case, its_mode)
    rounds_ns: dict[str, list[tuple[float, float]]] = {engine: [] for engine in runs}
    for _ in range(rounds):
        for engine, (its_case, its_mode) in runs.items():
            rounds_ns[engine].append(_ns(its_case, processes[engine].run(its_case, its_mode)))
    hows = {
        "admf": "admf.optimize, in one process",
        POOL: f"admf.optimize, a warm pool of {cores}",
        "vectorbt": f"{mode['engine']}, {mode['chunk']} sets at a time",
        "backtesting": "",
    }
    lines = [
        _line(case, engine, hows[engine], its_case, rounds_ns[engine], processes[engine].end())
        for engine, (its_case, _) in runs.items()
    ]
    return lines + _in_one_piece(case, mode)


def _few(case: Case) -> Case:
    """What backtesting.py runs: corners of the grid, and fewer of them on many bars."""
    fast, slow = case.sets.fast, case.sets.slow
    corners = Crossovers(fast=fast[:1], slow=(slow[0], slow[-1]))
    if case.bars < MANY_BARS:
        corners = Crossovers(fast=(fast[0], fast[-1]), slow=(slow[0], slow[len(slow) // 2], slow[-1]))
    return replace(case, sets=corners)


def _ns(case: Case, answer: dict[str, Any]) -> tuple[float, float]:
    """Wall and CPU nanoseconds per bar and set."""
    cells = case.bars * len(case.sets.pairs)
    return answer["seconds"] / cells * 1e9, answer["cpu_s"] / cells * 1e9


def _line(
    case: Case, engine: str, how: str, ran: Case, rounds_ns: list[tuple[float, float]], memory_mb: float
) -> Line:
    wall, cpu = zip(*rounds_ns, strict=True)
    return Line(
        case=f"{len(case.sets.pairs):,} sets x {case.bars:,} bars ({case.name})",
        engine=engine,
        how=how,
        sets_run=len(ran.sets.pairs),
        ns=median(wall),
        cpu_ns=median(cpu),
        rounds_ns=wall,
        memory_mb=memory_mb,
    )


def _fastest_mode(case: Case) -> dict[str, Any]:
    """vectorbt's fastest mode here and now: every mode on up to 120 sets, twice, in one process."""
    trial = replace(case, sets=replace(case.sets, fast=case.sets.fast[:3]))
    process = Measured("vectorbt")
    seconds: list[float] = []
    modes = _modes(case.bars, len(trial.sets.pairs))
    for mode in modes:
        process.run(trial, mode)
        seconds.append(process.run(trial, mode)["seconds"])
        print(f"  vectorbt, {mode}: {seconds[-1]:.2f} s", file=sys.stderr, flush=True)
    process.end()
    return modes[seconds.index(min(seconds))]


def _modes(bars: int, sets: int) -> list[dict[str, Any]]:
    """vectorbt in chunks of 0.1 to 1 million cells, with each of its two engines that is installed."""
    engines = ["numba", "rust"] if find_spec("vectorbt_rust") else ["numba"]
    chunks = sorted({min(sets, max(1, round(cells / bars))) for cells in (1e5, 2.5e5, 5e5, 1e6)})
    return [{"engine": engine, "chunk": chunk} for engine in engines for chunk in chunks]


def _in_one_piece(case: Case, mode: dict[str, Any]) -> list[Line]:
    """vectorbt with all sets at once, or with as many as the free memory takes: what its memory is compared by."""
    fitting = int(FREE * psutil.virtual_memory().available / (case.bars * CELL_BYTES))
    sets = case.sets
    if fitting < len(sets.pairs):
        sets = replace(sets, fast=sets.fast[: max(1, fitting // len(sets.slow))])
    whole_case, case = case, replace(case, sets=sets)
    process = Measured("vectorbt")
    whole = {"engine": mode["engine"], "chunk": len(sets.pairs)}
    process.run(case, whole)
    ns = [_ns(case, process.run(case, whole))]
    return [_line(whole_case, "vectorbt", f"{mode['engine']}, in one piece", case, ns, process.end())]


def _differences(case: Case) -> list[str]:
    """One line per metric in which an engine, given ADMF's averages, found something else than ADMF."""
    ours = _checked("admf", case, {})
    place = {pair: number for number, pair in enumerate(case.sets.pairs)}
    whole = {"engine": "numba", "chunk": max(1, 500_000 // case.bars), "exact": True}
    found = []
    for engine, ran, mode in (("vectorbt", case, whole), ("backtesting", _few(case), {"exact": True})):
        theirs = _checked(engine, ran, mode)
        rows = [place[pair] for pair in ran.sets.pairs]
        for metric in ("total_return", "max_drawdown", "n_trades"):
            pairs = zip((ours[metric][row] for row in rows), theirs[metric], strict=True)
            apart = max(abs(a - b) / max(1.0, abs(b)) for a, b in pairs)
            if apart > SAME[engine]:
                found.append(f"{case.name}: {engine}'s {metric} differs by {apart:.1e}")
    return found


def _checked(engine: str, case: Case, mode: dict[str, Any]) -> dict[str, Any]:
    """One run in a process that is not measured."""
    process = Measured(engine)
    answer = process.run(case, mode)
    process.end()
    return answer


def _table(lines: list[Line]) -> list[str]:
    """Times, memory, and their ratios to ADMF's: by wall time, by CPU time ("per core"), by peak memory."""
    rows = [
        "| work | who | how | sets run | ns per bar and set | time | time per core | peak MB | memory |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    admf = {line.case: line for line in lines if line.engine == "admf"}
    for line in lines:
        ours = admf[line.case]
        ratios = (f"{line.ns / ours.ns:,.1f} x", f"{line.cpu_ns / ours.cpu_ns:,.1f} x")
        memory = (f"{line.memory_mb:,.0f}", f"{line.memory_mb / ours.memory_mb:.1f} x")
        cells = (line.case, line.engine, line.how, line.sets_run, f"{line.ns:,.1f}", *ratios, *memory)
        rows.append(f"| {' | '.join(map(str, cells))} |")
    waited = max(line.ns / line.cpu_ns for line in lines)
    if waited > BUSY:
        rows.append(f"\nThe machine was busy: runs took up to {waited:.1f} times their CPU time. Run again.")
    return rows


BUSY = 1.2
"""Wall over CPU time above which a process must have waited for others."""


def _machine() -> dict[str, Any]:
    packages = ("vectorbt", "backtesting", "numpy", "numba", "pandas")
    versions = {name: version(name) for name in packages}
    if find_spec("vectorbt_rust"):
        versions["vectorbt-rust"] = version("vectorbt-rust")
    gb = round(psutil.virtual_memory().total / 2**30)
    where = {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": gb,
    }
    return where | {"python": platform.python_version(), "versions": versions}


def _processor() -> str:
    """The processor's name where the system tells, else its architecture."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
