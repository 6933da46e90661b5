"""A new run from start to end: prepare, make the folder, carry out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from admf.config.config import Config
from admf.coordinator.carry_out import Launched, Watcher, carry_out, going_on_later, warmed
from admf.coordinator.configured_executor import make_executor
from admf.coordinator.held_to import held_to
from admf.coordinator.interrupts import Interrupts
from admf.coordinator.kept import keep_inputs
from admf.coordinator.prepare import Prepared, mine, prepare
from admf.coordinator.probing import Mined
from admf.coordinator.rehearse import quick_estimate
from admf.executors.protocol import Executor
from admf.store.run_folder import new_run, run_at

__all__ = ["Launched", "Watcher", "at_work", "launch"]


def launch(
    config: Config,
    *,
    source: Any = None,
    out: Path | None = None,
    watcher: Watcher | None = None,
    executor: Executor | None = None,
    report: bool = True,
) -> Launched:
    """Run `config` to its end in a new folder; InputError before anything is written where it does not hold.

    `source` replaces the config's data (a frame handed over in Python); `out` the folder `runs/NAME`; an
    `executor` that is handed over is used and left open. KeyboardInterrupt and RunError (a full disk, another
    process in the folder) leave what had ended stored; `resume` goes on with it.
    """
    watcher = watcher or Watcher()
    began = time.monotonic()
    watcher.doing("Reading the data.")
    mined = mine(config, source)
    watcher.say(what_is_mined(mined))
    with at_work(config, executor) as (executor, interrupts):
        warmed(executor, watcher)
        watcher.doing("Looking for look-ahead.")
        prepared = prepare(config, mined, executor)
        enforced = held_to(prepared.plan, executor)
        watcher.say(_what_comes(prepared))
        if watcher.estimates and (cost := quick_estimate(prepared, executor)):
            watcher.say(cost)
        folder = run_at(out) if out is not None else new_run(Path("runs"), config.name)
        with folder.writer():
            run_at(folder.path)  # another process may have run here between the look and the lock
            with interrupts.held():
                keep_inputs(folder, prepared, in_memory=not isinstance(source, str | None), enforced=enforced)
            with going_on_later(folder, interrupts):
                return carry_out(prepared, folder, executor, interrupts, watcher, began=began, report=report)


@contextmanager
def at_work(config: Config, executor: Executor | None) -> Iterator[tuple[Executor, Interrupts]]:
    """An executor (the configured one where None is handed over), and signals that wait while things are stored.

    One that was handed over is left open, but emptied where the block ends early: nobody waits for its answers.
    """
    with Interrupts() as interrupts:
        used = make_executor(config) if executor is None else executor
        done = False
        try:
            yield used, interrupts
            done = True
        finally:
            if executor is None or not done:
                with interrupts.held():
                    used.close()


def what_is_mined(mined: Mined) -> str:
    """How many bars are searched and how many stay sealed, in words."""
    symbols = ", ".join(mined.bars.symbols)
    return f"{len(mined.split.mined):,} bars of {symbols} to mine; {mined.sealed_bars:,} stay sealed."


def _what_comes(prepared: Prepared) -> str:
    """The look-ahead check and the number of trials, in words."""
    probes = prepared.probes.items()
    found = [name for name, probe in probes if probe.lookahead is not None]
    unchecked = [name for name, probe in probes if not probe.lookahead_checked]
    said = f"LOOK-AHEAD in {', '.join(found)}, allowed by the config" if found else "No look-ahead found"
    said += f" (not checked: {', '.join(unchecked)})" if unchecked else ""
    said += "".join(f" ({name}: {words})" for name, probe in probes if (words := probe.left_out_words))
    total = prepared.plan.trials
    return f"{said}; {'an open number of' if total is None else f'{total:,}'} trials to run."
