"""How much memory containers hold together, beside as many processes that load the same bars themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

import admf
from admf.containers.job import EVALUATE, Job
from admf.model.bars import BarInfo, Bars
from contained.trials import MINIMAL, batch, study
from measure.processes import memory_mb
from measure.result import Result, Target

_MANY, _HALF = 8, 0.5
_SCRIPT = """
import sys, admf, numpy as np
arrays = [np.load(path) for path in sys.argv[1:]]
total = sum(float(a.astype("int64").sum() if a.dtype.kind == "M" else a.sum()) for a in arrays)
print(total, flush=True)
sys.stdin.read()
"""
"""A script as a user writes one: it imports admf, loads the arrays that the containers map, and reads all of them."""
_READY = "from admf.trials.warm import warm; warm()"
"""Before that, in a process that is to evaluate trials as a container can: its compiled code loaded."""


def together(count: int) -> list[Result]:
    """8 containers on `count` bars / 8 processes, in proportional set size (smaps_rollup), all processes counted.

    The processes are measured twice: with no more than `import admf` and the bars, and ready to evaluate a trial.
    """
    with TemporaryDirectory() as folder:
        bars = _walk(count)
        spec = study("Reads", bars, Path(folder))
        ours, proof = _containers(batch(spec, [0]))
        arrays = sorted(Path(spec.bars).glob("*.npy"))
        bare, able = _scripts(_SCRIPT, arrays, proof), _scripts(_READY + _SCRIPT, arrays, proof)
    return [
        Result(
            name=f"containers-memory.{name}",
            what=f"memory of {_MANY} containers / {_MANY} processes {words}, {count:,} bars",
            rounds=(ours / theirs,),
            target=Target(text="at most 0.5 x (aim: 0.2)", limit=_HALF, more=False),
            more_is_better=False,
            ours=f"{ours:,.0f} MB",
            beside=f"{theirs:,.0f} MB",
        )
        for name, words, theirs in (
            ("bars", "that hold bars only", bare),
            ("able", "that can evaluate too", able),
        )
    ]


def _containers(trials: object) -> tuple[float, float]:
    """The pool's template, keepers and containers, each of which has read all bars; and what one found."""
    with admf.Pool(workers=_MANY) as pool:
        for ticket in range(_MANY):  # as many as there are slots: each gets one
            pool.submit(ticket, Job(function=EVALUATE, argument=trials, container=MINIMAL))
        answers = [pool.next().answer for _ in range(_MANY)]
        assert all(answer is not None and len(answer.result) == 1 for answer in answers)
        found = psutil.Process().children(recursive=True)
        assert len(found) == 1 + 2 * _MANY, f"a template, keepers and containers, found {len(found)}"
        values = {float(answer.result.values[0]) for answer in answers if answer is not None}
        assert len(values) == 1, values
        return memory_mb([process.pid for process in found]), values.pop()


def _scripts(script: str, arrays: list[Path], proof: float) -> float:
    command = [sys.executable, "-c", script, *map(str, arrays)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(_MANY)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert np.isclose(float(process.stdout.readline()), proof, rtol=1e-9)
        return memory_mb([process.pid for process in started])
    finally:
        for process in started:
            process.communicate()


def _walk(n: int) -> Bars:
    """A random walk of minutes, from a fixed seed."""
    random = np.random.default_rng(20261128)
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0, 2e-4, n)))
    open_ = np.concatenate([[100.0], close[:-1]])
    time = np.datetime64("2020-01-01", "ns") + np.arange(n) * np.timedelta64(60 * 10**9, "ns")
    reach = np.abs(random.normal(0.0, 1e-4, (2, n))) * close
    columns = {
        "open": open_,
        "high": np.maximum(open_, close) + reach[0],
        "low": np.minimum(open_, close) - reach[1],
        "close": close,
        "volume": random.integers(1, 1000, n).astype(np.float64),
    }
    session = (np.arange(n) // 1440).astype(np.int64)
    info = BarInfo(symbols=("X",), bars_per_year=525_600.0, bar_ns=60 * 10**9)
    return Bars(time=time, columns=columns, session=session, info=info)
