"""Kills runs with -9 at random moments, resumes them until they are done, and compares bytes.

`python -m tests.chaos.kill_and_resume --kills 30` does it from the command line and says what it did.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from admf.coordinator.sessions import FINISHED
from admf.errors import RunError
from admf.store.run_folder import RunFolder
from admf.store.run_log import RunLog
from admf.store.trial_table import TrialTable, has_trials

METHODS = ("grid", "random", "sobol")
PHASES = ("beginning", "trials", "trials", "worker", "report")
PATIENT = Path(__file__).parents[1] / "components" / "patient.py"
TRIALS = 1_500

_ADMF = (sys.executable, "-c", "from admf.cli.app import main; main()")
_MARK = "ADMF_TEST_SESSION"
_CONFIG = """\
name: chaos
seed: 3
data: {{source: bundled:sp500, split: {{out_of_sample: 0.9}}}}
components:
  mine: {{use: '{patient}:patient', space: {{fast: {{low: 2, high: 51}}, slow: {{low: 60, high: 89}}}}, warmup: 0}}
execution: {{workers: 2}}
workflow: [{{stage: component_optimization, components: [{{name: mine, method: {method}, budget: {trials}}}]}}]
"""


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
                theirs = (
                    process.status() != psutil.STATUS_ZOMBIE and process.environ().get(_MARK) == self.mark
                )
                if theirs and process.pid != self.process.pid:
                    found.append(process)
        return found

    def left_behind(self, patience_s: float = 10.0) -> list[psutil.Process]:
        """What still lives some time after the driver is gone."""
        until = time.monotonic() + patience_s
        while (left := self.others()) and time.monotonic() < until:
            time.sleep(0.05)
        return left


@contextmanager
def session(folder: Path, *arguments: str) -> Iterator[Session]:
    """`admf ARGUMENTS` in `folder`, in a process group of its own; killed at the end of the block."""
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        [*_ADMF, *arguments],
        cwd=folder,
        env={**os.environ, _MARK: mark},
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


def admf(folder: Path, *arguments: str) -> str:
    """What `admf ARGUMENTS` prints; CalledProcessError where it does not end with 0."""
    done = subprocess.run([*_ADMF, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"admf {' '.join(arguments)}: {done.returncode}: {done.stderr}"
    return done.stdout


def write_config(folder: Path, method: str) -> None:
    """A study of about 1,500 trials that take two milliseconds each."""
    (folder / "admf.yaml").write_text(_CONFIG.format(patient=PATIENT, method=method, trials=TRIALS))


def csv_of(folder: Path, run: str) -> str:
    """The deterministic columns of a run."""
    return admf(folder, "trials", run, "--format", "csv")


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
        before = _ended(self.current)
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
        self.kills.append(f"{phase} at {_ended(self.current)}")

    def moment(self, phase: str, before: int) -> tuple[Callable[[], bool], float]:
        """When a phase has begun, and how long after that the kill may come; `before` trials were there."""
        match phase:
            case "beginning":  # imports, probing, the first files
                return (lambda: True), 1.5
            case "report":
                return (lambda: _is_finished(self.current)), 0.5
            case _:
                return (lambda: _ended(self.current) > before), 0.5 if phase == "worker" else 1.5

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


def _ended(folder: RunFolder) -> int:
    with suppress(RunError):
        if has_trials(folder.db):
            with TrialTable.open(folder.db, readonly=True) as table:
                return sum(table.count().values())
    return 0


def _is_finished(folder: RunFolder) -> bool:
    with suppress(RunError), RunLog.open(folder.db, readonly=True) as log:
        return bool(log.events(kind=FINISHED))
    return False


def main() -> None:
    """Torment runs of every method, and say what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(10**9)
    sys.stdout.write(f"seed {seed}\n")
    for number, method in enumerate(METHODS):
        folder = Path(tempfile.mkdtemp(prefix="admf-chaos-"))
        chaos = Chaos(folder, method, random.Random(seed + number))
        chaos.run(options.kills // len(METHODS))
        sys.stdout.write(f"{method}: {chaos.runs} runs, all identical; killed: {'; '.join(chaos.kills)}\n")
        sys.stdout.flush()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
