"""A run's folder, opened from Python: its trials, its best, and how it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from admf.api.frames import frame
from admf.api.front import front_frame
from admf.coordinator.launch import Watcher
from admf.coordinator.resume import Resuming, resume
from admf.executors.protocol import Executor
from admf.model.trial import Outcome
from admf.plan.studies_data import read_directions
from admf.store.export import deterministic_columns
from admf.store.run_folder import open_run
from admf.store.trial_table import StoredTrial, TrialTable


@dataclass(frozen=True, slots=True)
class Run:
    """A run on disk.

    >>> run = Run.open("runs/sp500")            # doctest: +SKIP
    >>> run.resume().best("ma_crossover").params         # doctest: +SKIP
    """

    path: Path

    @classmethod
    def open(cls, path: Path | str) -> Run:
        """The run in the folder `path`; RunError where there is none."""
        return cls(open_run(Path(path)).path)

    def resume(
        self,
        *,
        bars: Any = None,
        workers: int | None = None,
        executor: str | Executor | None = None,
        watch: Watcher | None = None,
    ) -> Run:
        """Go on with the run to its end, and give it back; nothing happens where it has ended.

        `bars`: those that were handed over in Python, needed only where this machine no longer keeps them.
        `workers` and `executor` may differ from before. Raises InputError where data, code or versions changed,
        RunError where another process runs it or its disk is full, KeyboardInterrupt at Ctrl-C; what had ended is
        then stored.
        """
        resume(self.path, Resuming(workers=workers, executor=executor), bars=bars, watcher=watch)
        return self

    @property
    def trials(self) -> Any:
        """The trial table as a pandas frame."""
        with self._table() as table:
            return frame(deterministic_columns(table), polars=False)

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many trials ended how."""
        with self._table() as table:
            return table.count()

    def best(self, component: str | None = None) -> StoredTrial | None:
        """The best trial of a component (None: of the run); None where none has a value."""
        with self._table() as table:
            return table.best(component, maximize=all(read_directions(self.path)))

    def front(self, component: str | None = None) -> Any:
        """The front of several objectives as a pandas frame, as `Study.front`; of all components where none is said."""
        with self._table() as table:
            return front_frame(table, self.path, component, polars=False)

    def _table(self) -> TrialTable:
        return TrialTable.open(open_run(self.path).db, readonly=True)
