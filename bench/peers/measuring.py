"""A process that holds one engine, warm: told to run, it answers with seconds, and with metrics where asked.

Runs as `python measuring.py ENGINE`, one JSON document per line on standard input and output.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from admf.model.bars import BarInfo, Bars
from measure.processes import Peak, cpu_seconds
from peers.market import Crossovers

METRICS = ("sharpe", "total_return", "max_drawdown", "n_trades")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Bars in a file of `save`, what tables call them, how many there are, and the grid."""

    name: str
    file: str
    bars: int
    sets: Crossovers

    @property
    def cells(self) -> int:
        """Bars times parameter sets."""
        return self.bars * len(self.sets)

    @property
    def words(self) -> str:
        """For tables."""
        return f"{len(self.sets):,} sets x {self.bars:,} bars"


def save(bars: Bars, path: Path) -> str:
    """Write bars so that any engine's process can read them with NumPy alone; returns the file's name."""
    arrays: dict[str, Any] = {name: bars[name] for name in ("open", "high", "low", "close")}
    arrays |= {"per_year": bars.bars_per_year, "bar_ns": bars.info.bar_ns}
    np.savez(path, time=bars.time, session=bars.session, **arrays)
    return str(path)


def saved(path: str) -> Bars:
    """Bars from a file of `save`."""
    found = np.load(path)
    info = BarInfo(symbols=("X",), bars_per_year=float(found["per_year"]), bar_ns=int(found["bar_ns"]))
    columns = {name: found[name] for name in ("open", "high", "low", "close")}
    return Bars(time=found["time"], columns=columns, session=found["session"], info=info)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One sweep: nanoseconds per bar and set, of wall time and of CPU time of all its processes; metrics if asked."""

    ns: float
    cpu_ns: float
    metrics: dict[str, list[float]] = field(default_factory=dict, repr=False)


class Measured:
    """One engine in a process of its own, to be used in a `with`."""

    def __init__(self, engine: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, engine], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._engine = engine

    def __enter__(self) -> Measured:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def run(self, case: Case, mode: dict[str, Any], *, least_s: float = 0.0, metrics: bool = False) -> Taken:
        """Sweep, again and again until `least_s` seconds are over; the mean of these, with the last one's metrics."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        question = {"file": case.file, "mode": mode, "least_s": least_s, "metrics": metrics}
        self._process.stdin.write(json.dumps({**question, "sets": asdict(case.sets)}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self._engine} ended with code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        per_cell = 1e9 / case.cells
        return Taken(
            ns=answer["seconds"] * per_cell, cpu_ns=answer["cpu_s"] * per_cell, metrics=answer["metrics"]
        )

    def peak(self) -> Peak:
        """Looks at the memory of the engine and its workers while it is open."""
        return Peak(self._process.pid)


def _serve(engine: str) -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # what an engine prints must not be taken for an answer
    peer = import_module(f"peers.with_{engine}")
    bars: dict[str, Bars] = {}
    for line in sys.stdin:
        question = json.loads(line)
        file = question["file"]
        if file not in bars:
            bars[file] = saved(file)
        print(json.dumps(_run(peer, bars[file], question)), file=answers, flush=True)


def _run(peer: Any, bars: Bars, question: dict[str, Any]) -> dict[str, Any]:
    sets = question["sets"]
    grid = Crossovers(**{**sets, "fast": tuple(sets["fast"]), "slow": tuple(sets["slow"])})
    runs, wall, cpu = 0, time.perf_counter(), cpu_seconds()
    while runs == 0 or time.perf_counter() - wall < question["least_s"]:
        swept = peer.sweep(bars, grid, **question["mode"])
        runs += 1
    seconds, cpu_s = time.perf_counter() - wall, cpu_seconds() - cpu
    metrics = {name: getattr(swept, name).tolist() for name in METRICS} if question["metrics"] else {}
    return {"seconds": seconds / runs, "cpu_s": cpu_s / runs, "metrics": metrics}


if __name__ == "__main__":
    _serve(sys.argv[1])
