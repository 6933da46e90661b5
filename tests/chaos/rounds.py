"""Runs whose single processes are killed at random: a container, a keeper, the template, and the driver itself.

Each session kills some descendants of the driver after a random number of outcomes each, and then the driver; the
run is resumed until it is done, and its bytes are those of an undisturbed one.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import psutil

from admf.store.run_folder import RunFolder
from tests.chaos.session import Session, admf, csv_of, session
from tests.chaos.study import METHODS, ended, write_config

ROUNDS = (("minimal", 2_000), ("isolated", 600), ("minimal", 2_000))
"""Kinds of container in turn, and how many trials a run of each has."""
DEPTHS = {"template": 1, "keeper": 2, "container": 3}
"""Where in the tree of processes below the driver these are."""


@dataclass(slots=True)
class Round:
    """One run in one folder, tormented until it is done."""

    folder: Path
    chance: random.Random
    kind: str = "minimal"
    """The container's; '': as the config has it by itself."""
    trials: int = 2_000
    method: str = "random"
    kills: list[str] = field(default_factory=list)
    resumes: int = -1

    def run(self) -> None:
        """Torment it, and compare; AssertionError where anything differs or is left behind."""
        write_config(self.folder, self.method, trials=self.trials, container=self.kind)
        admf(self.folder, "run", "--out", "whole")
        whole = csv_of(self.folder, "whole")
        assert whole.count("\n") == self.trials + 1
        while not self.torment():
            pass
        status = json.loads(admf(self.folder, "status", "torn", "--json"))
        assert (status["state"], status["ended"]) == ("finished", self.trials), status
        torn = csv_of(self.folder, "torn")
        assert torn == whole, f"{_first_difference(torn, whole)} after {self.kills}"

    @property
    def torn(self) -> RunFolder:
        """The run that is tormented."""
        return RunFolder(self.folder / "torn")

    def torment(self) -> bool:
        """One session: start or resume, kill what it started, then itself; whether it was done before that."""
        self.resumes += 1
        command = ("resume", "torn") if self.torn.begun else ("run", "--out", "torn")
        with session(self.folder, *command) as running:
            for _ in range(self.chance.randint(1, 4)):
                if not self.reach(running, ended(self.torn) + self.some()):
                    return self.is_over(running)
                self.kill_one(running)
            if not self.reach(running, ended(self.torn) + self.some()):
                return self.is_over(running)
            running.process.send_signal(signal.SIGKILL)
            running.process.wait()
            left = running.left_behind()
            assert left == [], f"orphans of a killed driver: {left}"
        self.kills.append(f"driver at {ended(self.torn)}")
        return False

    def some(self) -> int:
        """A number of outcomes to wait for: a run ends after some five to ten sessions."""
        return self.chance.randint(1, max(1, self.trials // 20))

    def reach(self, running: Session, target: int) -> bool:
        """Wait until so many trials have ended; False where the driver ended before."""
        while running.process.poll() is None:
            if ended(self.torn) >= target:
                return True
            time.sleep(0.01)
        return False

    def is_over(self, running: Session) -> bool:
        """The driver ended by itself: because it was done, and without leaving anything."""
        said = running.process.stderr.read() if running.process.stderr is not None else ""
        assert running.process.returncode == 0, f"{running.process.returncode} after {self.kills}: {said}"
        left = running.left_behind()
        assert left == [], f"left by a driver that was done: {left}"
        return True

    def kill_one(self, running: Session) -> None:
        """Kill a random template, keeper or container; the driver is to mend it."""
        what = self.chance.choice(list(DEPTHS))
        found = running.at_depth(DEPTHS[what])
        if found:
            with suppress(psutil.NoSuchProcess):
                self.chance.choice(found).kill()
                self.kills.append(f"{what} at {ended(self.torn)}")


def _first_difference(torn: str, whole: str) -> str:
    lines = zip_longest(torn.splitlines(), whole.splitlines())
    return next((f"{one!r} instead of {other!r}" for one, other in lines if one != other), "line ends")


def rounds(number: int, seed: int) -> Iterator[str]:
    """Torment `number` runs, each of another method and kind; what was done to each, in a line."""
    for i in range(number):
        kind, trials = ROUNDS[i % len(ROUNDS)]
        folder = Path(tempfile.mkdtemp(prefix="admf-chaos-"))
        method = METHODS[i // len(ROUNDS) % len(METHODS)]
        one = Round(folder, random.Random(seed + i), kind=kind, trials=trials, method=method)
        one.run()
        shutil.rmtree(folder)
        killed = "; ".join(one.kills)
        yield f"round {i + 1}, {kind}, {method}: identical after {one.resumes} resumes; killed: {killed}"
