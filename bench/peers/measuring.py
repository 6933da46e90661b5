"""A process that holds one engine, warm: told to run, it answers with seconds; told to end, with its memory.

Runs as `python measuring.py ENGINE`, one JSON document per line on standard input and output.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from admf.model.bars import BarInfo, Bars
from peers.market import Crossovers

KIB_PER_MB = 1024 if sys.platform != "darwin" else 1024 * 1024
"""ru_maxrss counts kilobytes, on macOS bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Bars in a file of `save`, what tables call them, how many there are, and the grid."""

    name: str
    file: str
    bars: int
    sets: Crossovers


def save(bars: Bars, path: Path) -> str:
    """Write bars so that any engine's process can read them with NumPy alone; returns the file's name."""
    arrays: dict[str, Any] = {name: bars[name] for name in ("open", "high", "low", "close")}
    arrays |= {"per_year": bars.bars_per_year, "bar_ns": bars.info.bar_ns}
    np.savez(path, time=bars.time, session=bars.session, **arrays)
    return str(path)


def _load(path: str) -> Bars:
    found = np.load(path)
    info = BarInfo(symbols=("X",), bars_per_year=float(found["per_year"]), bar_ns=int(found["bar_ns"]))
    columns = {name: found[name] for name in ("open", "high", "low", "close")}
    return Bars(time=found["time"], columns=columns, session=found["session"], info=info)


class Measured:
    """One engine in a process of its own. Ends with `end`, or with this process."""

    def __init__(self, engine: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, engine], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, case: Case, mode: dict[str, Any]) -> dict[str, Any]:
        """One sweep: `seconds` of wall time, `cpu_s` of all its processes, and the metrics as lists."""
        sets = {"fast": case.sets.fast, "slow": case.sets.slow}
        return self._ask({"file": case.file, "mode": mode, **sets})

    def end(self) -> float:
        """End the process; its peak memory in MB, that of its largest child added."""
        memory = self._ask({"end": True})["memory_mb"]
        self._process.wait(timeout=60)
        return float(memory)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of an engine ended with code {self._process.wait()}, see above")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _serve(engine: str) -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # what an engine prints must not be taken for an answer
    peer = import_module(f"peers.with_{engine}")
    bars: dict[str, Bars] = {}
    for line in sys.stdin:
        question = json.loads(line)
        if "end" in question:
            answer = {"memory_mb": _peak_mb(resource.RUSAGE_SELF) + _peak_mb(resource.RUSAGE_CHILDREN)}
        else:
            answer = _run(peer, bars, question)
        print(json.dumps(answer), file=answers, flush=True)
        if "end" in question:
            return


def _run(peer: Any, bars: dict[str, Bars], question: dict[str, Any]) -> dict[str, Any]:
    file = question["file"]
    if file not in bars:
        bars[file] = _load(file)
    sets = Crossovers(fast=tuple(question["fast"]), slow=tuple(question["slow"]))
    wall, cpu = time.perf_counter(), _cpu_seconds()
    swept = peer.sweep(bars[file], sets, **question["mode"])
    answer = {"seconds": time.perf_counter() - wall, "cpu_s": _cpu_seconds() - cpu}
    metrics = ("sharpe", "total_return", "max_drawdown", "n_trades")
    return answer | {metric: getattr(swept, metric).tolist() for metric in metrics}


def _cpu_seconds() -> float:
    """Of this process and all its children, those that have ended included."""
    process = psutil.Process()
    own = process.cpu_times()
    used = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        times = child.cpu_times()
        used += times.user + times.system
    return float(used)


def _peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / KIB_PER_MB


if __name__ == "__main__":
    _serve(sys.argv[1])
