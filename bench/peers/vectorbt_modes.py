"""vectorbt's fastest mode here and now: both of its engines, in chunks of all sizes and in one piece, by CPU time."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import Any

import psutil

from peers.measuring import Case, Measured

CHUNK_CELLS = (5e4, 1e5, 2.5e5, 5e5, 1e6, 2e6)
TRIED_CELLS = 2e6
CELL_BYTES = 150
"""What vectorbt takes per bar and set in one piece: 990 MB for 5 million were measured."""
FREE = 0.5
"""Of the free memory: what vectorbt may take in one piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """How vectorbt is run: with one of its engines, so many sets at a time."""

    engine: str
    chunk: int

    @property
    def arguments(self) -> dict[str, Any]:
        """For `sweep`."""
        return {"engine": self.engine, "chunk": self.chunk}

    def words(self, case: Case) -> str:
        """For tables."""
        pieces = "in one piece" if self.chunk >= len(case.sets) else f"{self.chunk} sets at a time"
        return f"vectorbt, {self.engine}, {pieces}"


@cache
def fastest(case: Case) -> tuple[Mode, Mapping[str, float]]:
    """The fastest mode and what all took, in CPU nanoseconds per bar and set, in words: once to warm up, once timed.

    Each is tried on as many sets as two million cells have, at least; where all sets fit into half of the free memory,
    one piece of all of them is tried as well.
    """
    trial = _part(case, TRIED_CELLS / case.bars)
    took: dict[Mode, float] = {}
    with Measured("vectorbt") as process:
        for mode in _modes(case, trial):
            on = case if mode.chunk > len(trial.sets) else trial
            process.run(on, mode.arguments)
            took[mode] = process.run(on, mode.arguments).cpu_ns
            print(f"  {mode.words(case)}: {took[mode]:,.0f} ns", file=sys.stderr, flush=True)
    return min(took, key=took.__getitem__), {mode.words(case): took[mode] for mode in took}


def fits(case: Case) -> bool:
    """Whether vectorbt may take all sets at once here."""
    return case.cells * CELL_BYTES < FREE * psutil.virtual_memory().available


def fitting(case: Case) -> Case:
    """The case itself, or as much of it as vectorbt may take at once."""
    if fits(case):
        return case
    return _part(case, FREE * psutil.virtual_memory().available / (CELL_BYTES * case.bars), more=False)


def _part(case: Case, sets: float, *, more: bool = True) -> Case:
    """The case with about so many sets of its grid: whole rows of it, one more rather than fewer where `more`."""
    rows = int(sets / len(case.sets.slow)) + more
    return replace(case, sets=replace(case.sets, fast=case.sets.fast[: max(1, rows)]))


def _modes(case: Case, trial: Case) -> list[Mode]:
    engines = ["numba", "rust"] if find_spec("vectorbt_rust") else ["numba"]
    chunks = {min(len(trial.sets), max(1, round(cells / case.bars))) for cells in CHUNK_CELLS}
    if fits(case):
        chunks.add(len(case.sets))
    return [Mode(engine=engine, chunk=chunk) for engine in engines for chunk in sorted(chunks)]
