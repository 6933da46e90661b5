"""What a run was made of, read again: its config with what Python handed over in place, and its bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from admf.config.config import Config
from admf.config.load import load_config
from admf.coordinator.prepare import mine
from admf.coordinator.probing import Mined
from admf.errors import DataError, InputError, Problem, RunError
from admf.model.mapped_bars import digest_of, open_bars
from admf.plan.studies_file import Kept
from admf.store.changed import config_changed
from admf.store.run_folder import RunFolder


def config_as_run(folder: RunFolder, kept: Kept, before: Mapping[str, Any]) -> Config:
    """The config as it was run, with what Python handed over in place; `before`: the run's provenance.

    RunError where it cannot be read, InputError where it was edited.
    """
    try:
        text = folder.config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise RunError(
            f"{folder.config}: a run must have its config, this one cannot be read. Restore it."
        ) from None
    if (problem := config_changed(before, text)) is not None:
        raise InputError(replace(problem, where=str(folder.config)))
    config = load_config(folder.config, folder=kept.origin.folder)
    return replace(config, components=kept.components, objective=kept.objective, text=text)


def mined_again(folder: RunFolder, config: Config, kept: Kept, bars: Any = None) -> Mined:
    """The bars again: from their source, from `bars`, or as they were mapped.

    DataError where they were handed over in Python, and are neither handed over again nor kept.
    """
    origin = kept.origin
    if bars is not None:
        return mine(config, bars)
    if not origin.in_memory:
        return mine(config)
    place = Path(origin.bars)
    try:
        mapped = open_bars(place)
    except DataError:
        says = f"the bars of this run were handed over in Python ({origin.source}), and are no longer kept at {place}."
        hint = f'Hand them over again: admf.Run.open("{folder.path}").resume(bars=...)'
        raise DataError(Problem(where=str(folder.path), says=says, hint=hint)) from None
    named = replace(mapped, info=replace(mapped.info, source=origin.source, notes=origin.notes))
    sealed = origin.split.sealed
    return Mined(
        bars=named,
        folder=place,
        digest=digest_of(named),
        split=origin.split,
        sealed_span=origin.sealed_span,
        sealed_bars=len(sealed) if sealed is not None else 0,
    )
