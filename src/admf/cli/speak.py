"""How commands speak: lines of words, a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from admf.coordinator.drive import Progress
    from admf.coordinator.launch import Watcher

_EVERY_S = 5.0
_INTERRUPTED = 130


def say(text: str = "") -> None:
    """One line on standard output; a run goes on when nobody listens any more."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except (BrokenPipeError, ValueError, AttributeError):
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115  (for the rest of the process)


@contextmanager
def watching() -> Iterator[Watcher]:
    """A watcher that shows a run's progress; Ctrl-C ends the command with a line that says how to go on."""
    try:
        with _shown() as watcher:
            yield watcher
    except KeyboardInterrupt as stop:
        sys.stderr.write(f"{str(stop) or 'interrupted before the first trial.'}\n")
        raise typer.Exit(_INTERRUPTED) from stop


@contextmanager
def _shown() -> Iterator[Watcher]:
    """A bar on a terminal, a line now and then elsewhere."""
    from admf.coordinator.launch import Watcher

    if not sys.stderr.isatty():
        yield Watcher(say=say, progress=_Lines().show)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[best]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Watcher(say=say, progress=_Bar(bar).show)


class _Bar:
    def __init__(self, bar: Any) -> None:
        self.bar, self.task, self.started = bar, None, time.monotonic()

    def show(self, progress: Progress) -> None:
        if self.task is None:
            there = progress.recorded  # else the time left would be guessed from what was not run
            self.task = self.bar.add_task("", total=progress.total, completed=there, rate="", best="")
        rate = (progress.ended - progress.recorded) / max(time.monotonic() - self.started, 1e-9)
        self.bar.update(
            self.task,
            completed=progress.ended,
            description=progress.study.component,
            rate=f"{rate:,.0f}/s",
            best=_best(progress),
        )


class _Lines:
    def __init__(self) -> None:
        self.started = self.said = time.monotonic()

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self.said < _EVERY_S:
            return
        self.said = now
        of = f" of {progress.total:,}" if progress.total is not None else ""
        rate = (progress.ended - progress.recorded) / max(now - self.started, 1e-9)
        say(f"{progress.ended:,}{of} trials, {rate:,.0f} a second, {_best(progress)}")


def _best(progress: Progress) -> str:
    return "no value yet" if progress.best is None else f"best {progress.best:.4g}"
