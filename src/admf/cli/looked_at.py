"""Which bars a data-quality report is about, and which of them may show their prices."""

from __future__ import annotations

from pathlib import Path

from admf.config.load import load_config
from admf.coordinator.prepare import mine
from admf.data.read import read_bars
from admf.errors import InputError, Problem
from admf.model.bars import Bars
from admf.model.mapped_bars import open_bars
from admf.model.window import Window
from admf.plan.studies_file import read_kept
from admf.store.run_folder import RunFolder


def look_at(
    source: str | None,
    config: Path | None,
    timezone: str | None = None,
    timestamp: str | None = None,
    bars_per_year: float | None = None,
) -> tuple[Bars, Window | None]:
    """The bars of a source, a config, or a run's folder; with the window that is mined where there is a config."""
    run = RunFolder(Path(source)) if source is not None else None
    if run is not None and run.config.is_file():
        kept = read_kept(run.path)
        if kept.origin.in_memory:  # handed over in Python: what is sealed is not kept anywhere
            return open_bars(Path(kept.origin.bars)), kept.origin.split.mined
        plan = load_config(run.config, folder=kept.origin.folder)
    elif config is not None:
        here = source is not None and Path(source).exists()
        plan = load_config(config, data=str(Path(source).resolve()) if here and source else source)
    elif source is None:
        hint = "For example: admf data prices.csv, or admf data --config admf.yaml."
        raise InputError(Problem(says="REF or --config must say which data.", hint=hint))
    else:
        bars = read_bars(source, timezone=timezone, timestamp=timestamp, bars_per_year=bars_per_year)
        return bars, None
    data = plan.data
    bars = read_bars(
        data.source,
        timezone=timezone or data.timezone,
        timestamp=timestamp or data.timestamp,
        bars_per_year=bars_per_year or data.bars_per_year,
        columns=data.columns,
        base=plan.folder,
    )
    return bars, mine(plan, bars).split.mined
