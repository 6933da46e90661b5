"""Kill a run with -9 at a number of outcomes."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from admf.store.run_folder import RunFolder
from tests.chaos.session import session
from tests.chaos.study import ended


def beginning_or_resuming(torn: RunFolder) -> tuple[str, ...]:
    """The command of the next session of a run."""
    return ("resume", torn.path.name) if torn.begun else ("run", "--out", torn.path.name)


def kill_once_ended(folder: Path, torn: RunFolder, target: int, what: str) -> None:
    """One session of a run, killed when so many trials have ended: it must not end before, nor leave a process."""
    with session(folder, *beginning_or_resuming(torn)) as running:
        while ended(torn) < target:
            if running.process.poll() is not None:
                said = running.process.stderr.read() if running.process.stderr is not None else ""
                raise AssertionError(
                    f"{what}: ended with {running.process.returncode} before it was killed: {said}"
                )
            time.sleep(0.005)
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
        left = running.left_behind()
        assert left == [], f"left behind: {left}"
