"""A run's progress: trials, rate, best so far, time left; as a bar that is redrawn, or as lines now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from admf.cli.speak import Step, on_terminal, say_aside
from admf.plan.estimate import duration_text

if TYPE_CHECKING:
    from admf.coordinator.books import Progress
    from admf.coordinator.carry_out import Watcher

EVERY_S = 5.0
"""How often a line is written where there is no terminal."""
_REDRAW_S = 0.1
_NARROW = 58
"""Columns of a terminal below which a bar has no room for the rate and the best value."""


class Steps:
    """What goes on before and between the trials; one step at a time."""

    def __init__(self, *, threads: bool) -> None:
        self._threads = threads
        self._step: Step | None = None

    def begin(self, text: str) -> None:
        """This goes on now, and what went on before has ended."""
        self.end()
        if self._threads:
            self._step = Step(text)

    def end(self) -> None:
        """Nothing goes on."""
        if self._step is not None:
            self._step.end()
            self._step = None


class Bar:
    """A bar on standard error, from the first trial to the last; wiped when it ends."""

    def __init__(self, *, threads: bool) -> None:
        self._threads = threads
        self._bar: Any = None
        self._task: Any = None
        self._started = self._drawn = 0.0

    def show(self, progress: Progress) -> None:
        """Draw it."""
        now = time.monotonic()
        if self._bar is None:
            self._begin(progress)
            self._started = now - 1e-3
        self._bar.update(
            self._task,
            completed=progress.ended,
            total=progress.total,
            description=progress.study.component,
            rate=_rate(progress.ended - progress.recorded, now - self._started),
            best=best_text(progress),
        )
        if not self._threads and now - self._drawn > _REDRAW_S:
            self._drawn = now
            self._bar.refresh()
        if progress.ended == progress.total:
            self.end()

    def _begin(self, progress: Progress) -> None:
        from rich import progress as rich
        from rich.console import Console
        from rich.table import Column

        console = Console(stderr=True)
        narrow = console.width < _NARROW
        one_line = {"no_wrap": True, "overflow": "ellipsis"}
        more = (
            rich.TextColumn("{task.fields[rate]}", table_column=Column(no_wrap=True)),
            rich.TextColumn("{task.fields[best]}", table_column=Column(no_wrap=True)),
        )
        self._bar = rich.Progress(
            rich.TextColumn("{task.description}", table_column=Column(**one_line)),  # type: ignore[arg-type]
            rich.BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=4)),
            rich.MofNCompleteColumn(table_column=Column(no_wrap=True)),
            *(() if narrow else more),
            rich.TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
            console=console,
            transient=True,
            expand=True,
            auto_refresh=self._threads,
            redirect_stdout=sys.stdout.isatty(),  # else lines for a file would come to the terminal
        )
        self._bar.start()
        self._task = self._bar.add_task(
            "",
            total=progress.total,
            completed=progress.recorded,  # else the time left would be guessed from what was not run
            rate="",
            best="",
        )

    def end(self) -> None:
        """Wipe it."""
        if self._bar is not None:
            self._bar.stop()


class Lines:
    """A line on standard error every few seconds."""

    def __init__(self) -> None:
        self._started: float | None = None
        self._said = 0.0

    def show(self, progress: Progress) -> None:
        """Write a line where it is time for one."""
        now = time.monotonic()
        if self._started is None:
            self._started = self._said = now
        if now - self._said >= EVERY_S:
            self._said = now
            say_aside(progress_line(progress, now - self._started))

    def end(self) -> None:
        """Nothing is left to do."""


@contextmanager
def counting(what: str) -> Iterator[tuple[Watcher, Callable[[int, int], None]]]:
    """A watcher for the steps before, and what is to be told how many of how many have ended, with what they are."""
    from admf.coordinator.carry_out import Watcher

    steps, count = Steps(threads=True), _Count(what)

    def counted(ended: int, total: int) -> None:
        steps.end()
        count.show(ended, total)

    try:
        yield Watcher(say=say_aside, doing=steps.begin), counted
    finally:
        steps.end()
        count.end()


class _Count:
    """How many of how many have ended: a bar on a terminal, a line every few seconds elsewhere."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._said = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def show(self, ended: int, total: int) -> None:
        if on_terminal(sys.stderr):
            self._draw(ended, total)
        elif time.monotonic() - self._said >= EVERY_S:
            self._said = time.monotonic()
            say_aside(f"{ended:,} of {total:,} {self._what}")

    def _draw(self, ended: int, total: int) -> None:
        from rich import progress as rich
        from rich.console import Console

        if self._bar is None:
            columns = (rich.TextColumn("{task.description}"), rich.BarColumn(), rich.MofNCompleteColumn())
            self._bar = rich.Progress(
                *columns, rich.TimeRemainingColumn(compact=True), console=Console(stderr=True), transient=True
            )
            self._bar.start()
            self._task = self._bar.add_task(self._what)
        self._bar.update(self._task, completed=ended, total=total)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.stop()


def progress_line(progress: Progress, seconds: float) -> str:
    """Where a run is, in one line."""
    run = progress.ended - progress.recorded
    of = f" of {progress.total:,}" if progress.total is not None else ""
    line = f"{progress.study.component}: {progress.ended:,}{of} trials, {_rate(run, seconds)}"
    line += f", {best_text(progress)}"
    if progress.total is None or not run:
        return line
    left = seconds * (progress.total - progress.ended) / run
    return f"{line}, about {duration_text(left)} left"


def best_text(progress: Progress) -> str:
    """The best value so far."""
    return "no value yet" if progress.best is None else f"best {progress.best:.4g}"


def _rate(trials: int, seconds: float) -> str:
    per_second = trials / max(seconds, 1e-9)
    return f"{per_second:,.0f}/s" if per_second >= 10 else f"{per_second:.2g}/s"
