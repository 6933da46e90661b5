"""One `admf` process and all that descends from it, found again by a mark in the environment."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "ADMF_TEST_SESSION"
ADMF = (sys.executable, "-c", "from admf.cli.app import main; main()")


@dataclass(slots=True)
class Session:
    """One `admf` process and all that it starts, which carry its mark in their environment."""

    process: subprocess.Popen[str]
    mark: str

    def others(self) -> list[psutil.Process]:
        """The living processes of this session without the driver."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                theirs = process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self.mark
                if theirs and process.pid != self.process.pid:
                    found.append(process)
        return found

    def left_behind(self, patience_s: float = 60.0) -> list[psutil.Process]:
        """What still lives some time after the driver is gone."""
        until = time.monotonic() + patience_s
        while (left := self.others()) and time.monotonic() < until:
            time.sleep(0.05)
        return left

    def at_depth(self, depth: int) -> list[psutil.Process]:
        """Descendants of the driver, 1: its children, 2: theirs ...; those of the last generation there is."""
        generation: list[psutil.Process] = [psutil.Process(self.process.pid)]
        for _ in range(depth):
            children = []
            for process in generation:
                with suppress(psutil.Error):
                    children += [c for c in process.children() if c.status() != psutil.STATUS_ZOMBIE]
            if not children:
                break
            generation = children
        return [process for process in generation if process.pid != self.process.pid]


@contextmanager
def session(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Session]:
    """`admf ARGUMENTS` in `folder`, in a process group of its own; killed at the end of the block."""
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        [*ADMF, *arguments],
        cwd=folder,
        env={**os.environ, **(env or {}), MARK: mark},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Session(process, mark)
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def admf(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """What `admf ARGUMENTS` prints; AssertionError where it does not end with 0."""
    done = subprocess.run(
        [*ADMF, *arguments],
        cwd=folder,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"admf {' '.join(arguments)}: {done.returncode}: {done.stderr}"
    return done.stdout


def csv_of(folder: Path, run: str) -> str:
    """The deterministic columns of a run."""
    return admf(folder, "trials", run, "--format", "csv")
