"""Kills runs with -9 at random moments, resumes them until they are done, and compares bytes.

`python -m tests.chaos.kill_and_resume --kills 30` does it from the command line and says what it did; with
`--rounds 50` it kills single processes of a run at random moments too (tests/chaos/rounds.py).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from admf.store.run_folder import RunFolder
from tests.chaos.rounds import rounds
from tests.chaos.session import Session, admf, csv_of, session
from tests.chaos.study import METHODS, TRIALS, ended, is_finished, write_config

PHASES = ("beginning", "trials", "trials", "worker", "report")


@dataclass(slots=True)
class Chaos:
    """Kills in one folder, one after the other; a run that got to its end is compared, and another begun."""

    folder: Path
    method: str
    chance: random.Random
    whole: str = ""
    runs: int = 0
    kills: list[str] = field(default_factory=list)

    def run(self, kills: int, phases: tuple[str, ...] = PHASES) -> None:
        """Kill `kills` times, and see the last run to its end."""
        write_config(self.folder, self.method)
        admf(self.folder, "run", "--out", "whole")
        self.whole = csv_of(self.folder, "whole")
        assert self.whole.count("\n") == TRIALS + 1
        order = list(phases)
        while len(self.kills) < kills:
            turn = len(self.kills) % len(phases)
            order = order if turn else self.chance.sample(phases, len(phases))
            self.kill_once(order[turn])
        while not self.is_over():
            admf(self.folder, *self.command())
            self.compare()

    @property
    def current(self) -> RunFolder:
        """The run that is tormented."""
        return RunFolder(self.folder / f"torn-{self.runs}")

    def command(self) -> tuple[str, ...]:
        """How a person would go on."""
        name = self.current.path.name
        return ("resume", name) if self.current.begun else ("run", "--out", name)

    def is_over(self) -> bool:
        """Whether the current run has its last trial and its report, and was compared."""
        return not self.current.path.exists()

    def compare(self) -> None:
        """The run is done: its bytes are those of the undisturbed one. Another is begun next time."""
        name = self.current.path.name
        status = json.loads(admf(self.folder, "status", name, "--json"))
        assert (status["state"], status["ended"]) == ("finished", TRIALS), status
        assert (self.current.reports / "report.html").is_file()
        assert csv_of(self.folder, name) == self.whole, f"{name} differs after {self.kills}"
        self.runs += 1

    def kill_once(self, phase: str) -> None:
        """Start or resume, wait for a moment of the phase, kill; a process that was faster is no kill."""
        before = ended(self.current)
        with session(self.folder, *self.command()) as running:
            reached, spread_s = self.moment(phase, before)
            if not self.wait(running, reached, spread_s):
                _, said = running.process.communicate()
                assert running.process.returncode == 0, said
                self.compare()
                return
            if phase == "worker":
                self.kill_worker(running)
            running.process.send_signal(signal.SIGKILL)
            running.process.wait()
            left = running.left_behind()
            assert left == [], f"orphans after a kill during {phase}: {left}"
        self.kills.append(f"{phase} at {ended(self.current)}")

    def moment(self, phase: str, before: int) -> tuple[Callable[[], bool], float]:
        """When a phase has begun, and how long after that the kill may come; `before` trials were there."""
        match phase:
            case "beginning":  # imports, probing, the first files
                return (lambda: True), 1.5
            case "report":
                return (lambda: is_finished(self.current)), 0.5
            case _:
                return (lambda: ended(self.current) > before), 0.5 if phase == "worker" else 1.5

    def kill_worker(self, running: Session) -> None:
        """Kill a worker, and let the driver mend it for a moment."""
        workers = running.others()
        if workers:
            with suppress(psutil.NoSuchProcess):
                self.chance.choice(workers).kill()
        time.sleep(self.chance.uniform(0.0, 0.6))

    def wait(self, running: Session, reached: Callable[[], bool], spread_s: float) -> bool:
        """Wait until a phase is reached and then a random while; whether the process still lives."""
        while running.process.poll() is None and not reached():
            time.sleep(0.01)
        until = time.monotonic() + self.chance.uniform(0.0, spread_s)
        while running.process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        return running.process.poll() is None


def main() -> None:
    """Torment runs of every method, and say what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=None, help="of whole runs, at phases of their lives")
    parser.add_argument("--rounds", type=int, default=None, help="runs whose processes are killed at random")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(10**9)
    say(f"seed {seed}")
    if options.rounds is not None:
        for told in rounds(options.rounds, seed):
            say(told)
    if options.kills is not None or options.rounds is None:
        kill_runs(options.kills or 30, seed)


def kill_runs(kills: int, seed: int) -> None:
    """Kill runs of every method `kills` times altogether."""
    for number, method in enumerate(METHODS):
        folder = Path(tempfile.mkdtemp(prefix="admf-chaos-"))
        chaos = Chaos(folder, method, random.Random(seed + number))
        chaos.run(kills // len(METHODS))
        say(f"{method}: {chaos.runs} runs, all identical; killed: {'; '.join(chaos.kills)}")
        shutil.rmtree(folder)


def say(line: str) -> None:
    """Now, not when the output is full."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
