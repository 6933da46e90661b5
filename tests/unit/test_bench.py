"""The benchmark's own arithmetic, and that its rows run: nothing here says how fast anything is."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench"
ALONE = ("flat", "pandas", "minimal", "isolated", "workers", "commands", "resume", "million", "coordinator")
"""Rows that need no other engine."""


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of `bench/measure` by its name."""
    monkeypatch.syspath_prepend(str(BENCH))
    return lambda name: import_module(f"measure.{name}")


def run(*results: Any, measure: Any, quick: bool = False, processor: str = "A") -> dict[str, Any]:
    options = measure("result").Options(quick=quick)
    found: dict[str, Any] = measure("baseline").document(results, options, 0.0)
    found["machine"] |= {"processor": processor}
    back: dict[str, Any] = json.loads(json.dumps(found))
    return back


def change(
    now: tuple[float, ...], then: tuple[float, ...], measure: Any, unit: str = "x", **more: Any
) -> str:
    """What is said of a figure that was `then` and is `now`."""
    where = {key: more.pop(key) for key in ("quick", "processor") if key in more}
    new, old = (
        measure("result").Result(name="r", what="a row", rounds=rounds, unit=unit, **more)
        for rounds in (now, then)
    )
    said: str = measure("baseline").changes(run(new, measure=measure, **where), run(old, measure=measure))[
        "r"
    ]
    return said


def test_a_change_beyond_noise_is_named(measure: Any) -> None:
    steady = (10.0, 10.0, 10.0)
    assert change((8.0, 8.0, 8.0), steady, measure) == "WORSE: was 10"
    assert change((12.0, 12.0, 12.0), steady, measure) == "better: was 10"
    assert change((8.0, 8.0, 8.0), steady, measure, more_is_better=False) == "better: was 10"
    assert change((9.7, 9.7, 9.7), steady, measure) == "same"


def test_the_noise_of_both_runs_counts(measure: Any) -> None:
    assert change((8.0, 9.0, 10.0), (9.0, 10.0, 11.0), measure) == "same"
    assert change((9.0,), (10.0,), measure) == "same"  # one round: 20 %
    assert change((7.0,), (10.0,), measure) == "WORSE: was 10"


def test_only_ratios_cross_machines(measure: Any) -> None:
    assert change((8.0, 8.0), (10.0, 10.0), measure, unit="s", processor="B") == "another machine"
    assert change((8.0, 8.0), (10.0, 10.0), measure, processor="B") == "WORSE: was 10"
    assert change((8.0, 8.0), (10.0, 10.0), measure, quick=True) == "one of the runs was quick"


def test_a_target_is_met_from_its_side(measure: Any) -> None:
    result = measure("result")

    def met(figure: float, target: Any, **more: Any) -> bool | None:
        found: bool | None = result.Result(name="r", what="", rounds=(figure,), target=target, **more).met
        return found

    assert met(100.0, result.at_least(100.0)) is True
    assert met(99.0, result.at_least(100.0)) is False
    assert met(99.0, result.at_most(100.0)) is True
    assert met(101.0, result.at_most(100.0)) is False
    assert met(1.0, result.at_least(1.8), also_met=True) is True
    assert met(1.0, None) is None


def test_children_are_counted(measure: Any, tmp_path: Path) -> None:
    """CPU time and memory of a command are those of its children too."""
    work = "import subprocess, sys; subprocess.run([sys.executable, '-c', {!r}], check=True)"
    child = "held = bytearray(b'x') * (200 * 2**20)\nimport time\nuntil = time.process_time() + 0.5\n"
    child += "while time.process_time() < until: pass"
    ran = measure("processes").command(
        [sys.executable, "-c", work.format(child)], folder=tmp_path, memory=True
    )
    assert ran.cpu_s >= 0.5
    assert ran.peak_mb >= 200


def test_time_is_attributed_to_files(measure: Any, tmp_path: Path) -> None:
    spins = {}
    for name in ("busy", "idle"):
        file = tmp_path / f"{name}.py"
        file.write_text(
            "import time\n"
            "def spin(seconds):\n"
            "    until = time.process_time() + seconds\n"
            "    while time.process_time() < until: pass\n"
        )
        scope: dict[str, Any] = {}
        exec(compile(file.read_text(), str(file), "exec"), scope)
        spins[name] = scope["spin"]
    with measure("sampling").Sampler({"much": ("busy.py",), "little": ("idle.py",)}) as sampler:
        spins["busy"](0.4)
        spins["idle"](0.1)
    assert sampler.seconds["much"] > 2 * sampler.seconds["little"] > 0
    assert sampler.seconds["the rest"] < sampler.seconds["little"]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(sys.platform != "linux", reason="rows fork, and read /proc")
def test_rows_run(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    command = [sys.executable, str(BENCH / "table.py"), "--quick", "--write", str(file), "--only", *ALONE]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    names = set(json.loads(file.read_text())["results"])
    assert {"flat", "minimal", "isolated", "workers", "help", "demo", "resume", "million.top"} <= names
