"""One run that mixes the whole zoo among good trials, and what must hold of it.

`python -m tests.hostile.mixed --kind isolated --start-method fork` prints what became of each act, what was left
behind, and the makespan beside its bound.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from admf.coordinator.sessions import FINISHED, STARTED
from admf.model.container import Kind
from admf.model.machine import usable_cores
from admf.model.trial import Outcome
from admf.store.run_folder import RunFolder
from admf.store.run_log import RunLog
from tests.chaos.session import admf, session
from tests.hostile.act import TIMEOUT_S
from tests.hostile.changers import OUTSIDE, PORT
from tests.hostile.left_behind import Before
from tests.hostile.plan import SEED, WAITERS, Mix, Places, those
from tests.hostile.zoo import GOOD, ZOO

ROOT = Path(__file__).parents[2]
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one trial; `wrong` says what is not as it should be."""

    act: str
    outcome: str
    reason: str
    wrong: str


@dataclass(slots=True, kw_only=True)
class Mixed:
    """What became of a run."""

    exit_code: int
    said: str
    left: list[str]
    seconds: float = 0.0
    """From the first trial to the last."""
    bound: float = 0.0
    """What they would have taken on all cores, had nothing but waiting and good trials cost time."""
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def wrong(self) -> list[Verdict]:
        """Trials that did not end as they should."""
        return [verdict for verdict in self.verdicts if verdict.wrong]

    @property
    def good(self) -> int:
        """How many good trials were scored, and right."""
        return sum(verdict.act == GOOD and not verdict.wrong for verdict in self.verdicts)


def run_mixed(mix: Mix, folder: Path) -> Mixed:
    """Run the mix in `folder`/torn, and all its trials as good ones in `folder`/calm beside it."""
    places = mix.write(folder / "calm", calm=True)
    assert mix.write(folder / "torn") == places
    (temp := folder / "temp").mkdir()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        env = {
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "TMPDIR": str(temp),
            PORT: str(listener.getsockname()[1]),
        }
        admf(folder / "calm", "run", "--out", "run", env=env)
        before = Before.now(temp)
        with session(folder / "torn", "run", "--out", "run", env=env) as running:
            _, said = running.process.communicate()
            left = before.left_behind(running)
    if (folder / "torn" / OUTSIDE).exists():
        left.append(f"file {OUTSIDE}")
    mixed = Mixed(exit_code=running.process.returncode, said=said, left=left)
    if (folder / "torn" / "run" / "run.db").exists():
        _judge_all(mixed, mix, places, folder)
    return mixed


def _judge_all(mixed: Mixed, mix: Mix, places: Places, folder: Path) -> None:
    calm, torn = (_rows(folder / name, "--measured") for name in ("calm", "torn"))
    kept = _rows(folder / "calm"), _rows(folder / "torn")
    for component, trials in places.items():
        for i, (act, _) in enumerate(trials):
            key = component, str(i)
            mixed.verdicts.append(_judged(act, kept[1].get(key), kept[0][key]))
    with RunLog.open(RunFolder(folder / "torn" / "run").db, readonly=True) as log:
        at = {e.kind: float(e.data["seconds"]) for e in log.events() if "seconds" in e.data}
    mixed.seconds = at.get(FINISHED, float("nan")) - at[STARTED]
    waits = TIMEOUT_S * sum(
        component == WAITERS and row["outcome"] == Outcome.KILLED.value
        for (component, _), row in torn.items()
    )
    waits *= 2 if mix.kind is Kind.MINIMAL else 1  # there the first time is in company
    busy = sum(float(row["duration_s"]) for row in calm.values())
    mixed.bound = (waits + busy) / min(mix.workers, usable_cores())


def _rows(folder: Path, *options: str) -> dict[tuple[str, str], Row]:
    """The trial table of the run in a folder, by component and i."""
    table = csv.DictReader(io.StringIO(admf(folder, "trials", "run", "--format", "csv", *options)))
    return {(row["component"], row.get("i") or row["params.i"]): row for row in table}


def _judged(act: str, row: Row | None, calm: Row) -> Verdict:
    if row is None:
        return Verdict(act=act, outcome="none", reason="", wrong="it is not in the table")
    return Verdict(act=act, outcome=row["outcome"], reason=row["reason"], wrong=_wrong(act, row, calm))


def _wrong(act: str, row: Row, calm: Row) -> str:
    """What of a trial is not as it should be; `calm` is the same trial of the run without hostile ones."""
    outcome, reason = (Outcome.SCORED, "") if act == GOOD else (ZOO[act].outcome, ZOO[act].reason)
    if row["outcome"] != outcome.value:
        return f"must be {outcome.value}"
    if outcome is Outcome.SCORED:
        differs = [name for name in calm if row[name] != calm[name]]
        return f"differs in {', '.join(differs[:3])}" if differs else ""
    if not re.fullmatch(reason, row["reason"]):
        return f"its reason must be {reason!r}"
    return "it has a value" if row["value"] else ""


def table_of(mixed: Mixed) -> str:
    """What became of a run, as a person reads it."""
    acts = sorted((v for v in mixed.verdicts if v.act != GOOD), key=lambda v: list(ZOO).index(v.act))
    goods = [v for v in mixed.verdicts if v.act == GOOD]
    lines = [f"{'act':40} {'outcome':8} {'reason':50} "]
    lines += [f"{v.act:40} {v.outcome:8} {v.reason[:50]:50} {v.wrong or 'right'}" for v in acts]
    lines += [f"good: {v.outcome} {v.reason}: {v.wrong}" for v in goods if v.wrong]
    lines.append(
        f"good: {mixed.good} of {len(goods)} right; acts: {sum(not v.wrong for v in acts)} of {len(acts)}"
    )
    lines.append(f"exit code {mixed.exit_code}; left behind: {'; '.join(mixed.left) or 'nothing'}")
    if mixed.bound:
        ratio = mixed.seconds / mixed.bound
        lines.append(
            f"makespan {mixed.seconds:.1f} s, {ratio:.2f} x what waiting and good trials take (bound 1.5)"
        )
    return "\n".join(lines)


def main() -> None:
    """Mix, run, print; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=[Kind.ISOLATED.value, Kind.MINIMAL.value], default="isolated")
    parser.add_argument("--start-method", choices=["auto", "fork", "spawn"], default="fork")
    parser.add_argument("--good", type=int, default=500)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--acts", nargs="*", default=list(ZOO), metavar="NAME")
    options = parser.parse_args()
    mix = Mix(
        kind=Kind(options.kind),
        start_method=options.start_method,
        workers=options.workers,
        good=options.good,
        acts=those(options.acts),
        seed=options.seed,
    )
    folder = Path(tempfile.mkdtemp(prefix="admf-mixed-"))
    try:
        mixed = run_mixed(mix, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{mixed.said}{table_of(mixed)}\n")
    sys.exit(1 if mixed.wrong or mixed.left or mixed.exit_code else 0)


if __name__ == "__main__":
    main()
