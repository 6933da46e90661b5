"""Two workers against one, beside two bare copies of the same compiled code against one, at the same time of day."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import admf
from measure.result import Options, Result, Target
from peers.measuring import Case, saved
from rows.cases import TEN_THOUSAND, on_minutes

BARE = Path(__file__).parent / "bare.py"
TWICE, OF_BARE = 1.8, 0.95


def two_workers(options: Options) -> list[Result]:
    """Trials of 100,000 bars: one pool of one, one of two, one bare process, two; round after round."""
    case = on_minutes(options, TEN_THOUSAND)
    sets = options.size(4_000, 20)
    with ExitStack() as stack:
        pools = [stack.enter_context(admf.Pool(workers=n)) for n in (1, 2)]
        copies = [stack.enter_context(_Copy(case, sets)) for _ in range(2)]
        bars = saved(case.file)
        for pool in pools:
            _sweep(pool, bars, case)
        ours, bare, took = [], [], []
        for _ in range(options.size(options.rounds, 1)):
            one, two = (_sweep(pool, bars, case) for pool in pools)
            alone, both = _together(copies[:1]), _together(copies)
            ours.append(one / two)
            bare.append(2 * alone / both)
            took.append((one, two, alone, both))
    share = median(ours) / median(bare)
    return [
        Result(
            name="workers",
            what=f"two workers / one, {case.words}",
            rounds=tuple(ours),
            target=Target(text="at least 1.8 x, or 0.95 of two bare copies", limit=TWICE, more=True),
            also_met=share >= OF_BARE,
            ours=f"{median(two for _, two, _, _ in took):.2f} s for {median(one for one, *_ in took):.2f} s",
            beside=f"two bare copies {median(bare):.2f} x: {share:.2f} of it",
            details={"bare": bare, "seconds": took, "share_of_bare": share},
        )
    ]


def _sweep(pool: admf.Pool, bars: object, case: Case) -> float:
    began = time.perf_counter()
    admf.optimize(
        "ma_crossover",
        bars,
        space={"fast": list(case.sets.fast), "slow": list(case.sets.slow)},
        holdout=None,
        simulation={"direction": "long"},
        costs={"commission": case.sets.commission},
        executor=pool,
    )
    return time.perf_counter() - began


class _Copy:
    """A process of bare.py, ready."""

    def __init__(self, case: Case, sets: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(BARE), case.file, str(sets)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> _Copy:
        self.hear()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def ask(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a bare copy ended with code {self.process.wait()}")
        return line


def _together(copies: list[_Copy]) -> float:
    """Wall seconds until all of these, begun at once, have done their sets."""
    began = time.perf_counter()
    for copy in copies:
        copy.ask()
    for copy in copies:
        copy.hear()
    return time.perf_counter() - began
