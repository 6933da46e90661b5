"""What is swept: grids of crossovers over days, and over minutes; their bars are in a folder that goes."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from admf.model.bars import Bars
from measure.result import Options
from peers.market import Crossovers
from peers.measuring import Case, save
from peers.samples import days, minutes, minutes_name

THOUSAND = Crossovers(fast=tuple(range(5, 55, 2)), slow=tuple(range(60, 260, 5)))
TEN_THOUSAND = Crossovers(fast=tuple(range(3, 103)), slow=tuple(range(105, 305, 2)))
HUNDRED_THOUSAND = Crossovers(fast=tuple(range(3, 253)), slow=tuple(range(255, 655)))
FEW = Crossovers(fast=(5, 21, 37), slow=tuple(range(60, 260, 20)))
DAYS, FEW_BARS = 5_000, 2_000


@cache
def folder() -> Path:
    """For files of this process."""
    made = Path(mkdtemp(prefix="admf-bench-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def on_days(options: Options, sets: Crossovers) -> Case:
    """Sets over 5,000 daily bars."""
    return case_of("S&P 500, days", days().between(0, options.size(DAYS, FEW_BARS)), sets, options)


def on_minutes(options: Options, sets: Crossovers) -> Case:
    """Sets over 100,000 bars of minutes."""
    bars = minutes(options.minutes)
    return case_of(
        minutes_name(options.minutes), bars.between(0, options.size(len(bars), 2 * FEW_BARS)), sets, options
    )


def case_of(name: str, bars: Bars, sets: Crossovers, options: Options) -> Case:
    """The case; in a quick run with few sets."""
    file = folder() / f"{name.split(',')[0].replace(' ', '_')}-{len(bars)}.npz"
    if not file.exists():
        save(bars, file)
    return Case(name=name, file=str(file), bars=len(bars), sets=FEW if options.quick else sets)
