"""Twelve components in one queue, searched by four methods: wall time beside the CPU time of the trials alone."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from statistics import median

from admf.store.run_log import RunLog
from measure.result import Options, Result, Target

METHODS = ("grid", "random", "genetic", "bayesian")
COMPONENTS, WORKERS, BURN_S = 12, 2, 0.02
MOST, SLOWER = 1.2, 1.1
_BUSY = Path(__file__).parents[1] / "strategies" / "busy.py"


def queue(options: Options) -> list[Result]:
    """The queue with and without a component that crashes always, round after round."""
    trials = options.size(100, 9)
    rounds = [
        (_run(trials, crashing=False), _run(trials, crashing=True))
        for _ in range(options.size(options.rounds, 1))
    ]
    burnt = COMPONENTS * trials * BURN_S
    return [
        Result(
            name="queue.wall",
            what=f"{COMPONENTS} components x {trials} trials of {BURN_S * 1e3:.0f} ms, {len(METHODS)} methods: wall /"
            f" (CPU of the trials / {WORKERS} workers)",
            rounds=tuple(plain * WORKERS / burnt for plain, _ in rounds),
            target=Target(text=f"at most {MOST} x", limit=MOST, more=False),
            more_is_better=False,
            ours=f"{median(plain for plain, _ in rounds):.1f} s",
            beside=f"{burnt / WORKERS:.1f} s of CPU a worker",
        ),
        Result(
            name="queue.crashing",
            what="the same twelve with a thirteenth that crashes always / without it, until the twelve are over",
            rounds=tuple(torn / plain for plain, torn in rounds),
            more_is_better=False,
            ours=f"{median(torn for _, torn in rounds):.1f} s",
            beside=f"{median(plain for plain, _ in rounds):.1f} s",
        ),
    ]


def _run(trials: int, *, crashing: bool) -> float:
    """Seconds from the first trial's turn until the twelve were over."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "admf.yaml").write_text(json.dumps(_config(trials, crashing=crashing)))
        command = [sys.executable, "-c", "from admf.cli.app import main; main()", "run", "--out", "run"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        with RunLog.open(Path(folder) / "run" / "run.db", readonly=True) as log:
            events = log.events()
    began = next(event.at for event in events if event.kind == "started")
    ends = [e.at for e in events if e.kind == "study over" and e.data["component"] != "crashing"]
    assert len(ends) == COMPONENTS
    return (datetime.fromisoformat(max(ends)) - datetime.fromisoformat(began)).total_seconds()


def _config(trials: int, *, crashing: bool) -> dict[str, object]:
    """A config whose only stage is the queue."""
    wide = {"a": {"low": 0.0, "high": 1.0}, "b": {"low": 0.0, "high": 1.0}}
    grid = {"a": [(i + 1) / trials for i in range(trials)], "b": [0.5]}
    components: dict[str, object] = {}
    listed: list[dict[str, object]] = []
    for number in range(COMPONENTS):
        method, name = METHODS[number % len(METHODS)], f"c{number}"
        space = (grid if method == "grid" else wide) | {"burn": [BURN_S]}
        components[name] = {"use": f"{_BUSY}:busy", "space": space, "warmup": 0}
        listed.append({"name": name, "method": method, "budget": trials})
    if crashing:
        space = {"a": [i / 10 for i in range(10)]}
        why = "it dies before it could be looked at"
        components["crashing"] = {
            "use": f"{_BUSY}:crashing",
            "space": space,
            "warmup": 0,
            "allow_lookahead": why,
        }
        listed.insert(0, {"name": "crashing", "method": "grid"})
    return {
        "name": "queue",
        "data": {"source": "bundled:sp500", "split": {"out_of_sample": 0.8}},
        "components": components,
        "execution": {"workers": WORKERS, "max_failures": 1.0},
        "workflow": [{"stage": "component_optimization", "parallel": True, "components": listed}],
    }
