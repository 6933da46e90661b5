"""A run watched from outside: how many of its trials are stored, while a command works on it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

LOOK_S = 0.02


def stored(run: Path) -> int:
    """Trials in a run's table; 0 where there is none yet."""
    file = run / "run.db"
    if not file.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1.0)) as table:
            return int(table.execute("SELECT count(*) FROM typed_trials").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet, or being made
        return 0


class Started:
    """A command that was started in a folder, with what it says in a file there."""

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self.began = time.perf_counter()
        self.said = folder / "said.txt"
        with self.said.open("w") as file:
            self.process = subprocess.Popen(words, cwd=folder, stdout=file, stderr=subprocess.STDOUT)

    def until(self, run: Path, trials: int) -> float:
        """Seconds from the start until so many trials are stored; RuntimeError where it ends before."""
        while stored(run) < trials:
            if self.process.poll() is not None and stored(run) < trials:
                raise RuntimeError(f"ended with {stored(run)} trials:\n{self.said.read_text()[-2000:]}")
            time.sleep(LOOK_S)
        return time.perf_counter() - self.began

    def end(self, signal: int | None = None) -> float:
        """Seconds from the start until it has ended, by a signal where one is given."""
        if signal is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal)
        self.process.wait(timeout=600)
        return time.perf_counter() - self.began
