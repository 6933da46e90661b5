"""Resume by replay: whatever stopped a run, it goes on to the same bytes; what changed is refused by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf
from admf.cli.app import run_app
from admf.coordinator import resume as resuming
from admf.coordinator.books import Progress
from admf.coordinator.launch import Watcher
from admf.errors import DataError, InputError, RunError
from admf.model.param_sets import ParamSets
from admf.model.trial import Outcomes
from admf.search import grid
from admf.store.run_log import RunLog
from admf.store.trial_table import TrialTable

STRATEGY = """\
import numpy as np
def cross(bars, fast=5, slow=20):
    if fast == 7:
        raise ValueError("not seven")
    return np.where(np.arange(len(bars)) % slow < fast, 1.0, 0.0)
"""
CONFIG = """\
name: study
seed: 7
data: {{source: bundled:sp500, split: {{out_of_sample: 0.9}}}}
components:
  first: {{use: 'own.py:cross', space: {{fast: {{low: 2, high: 12}}, slow: {{low: 13, high: 30}}}}, warmup: 0}}
  rsi: {{}}
execution: {{executor: inline, generation: 50, max_failures: 0.5}}
workflow:
  - stage: component_optimization
    components:
      - {{name: first, method: {method}, budget: 198}}
      - {{name: rsi, method: random, budget: 30}}
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config of 228 trials."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(STRATEGY)
    write_config(tmp_path)
    return tmp_path


def write_config(folder: Path, method: str = "grid") -> None:
    (folder / "admf.yaml").write_text(CONFIG.format(method=method))


def csv_of(run: str, capfd: pytest.CaptureFixture[str]) -> str:
    capfd.readouterr()
    assert run_app(["trials", run, "--format", "csv"]) == 0
    return capfd.readouterr().out


def status_of(run: str, capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capfd.readouterr()
    assert run_app(["status", run, "--json"]) == 0
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    return found


class Stops:
    """Lets a number of batches be stored, then raises; counts every trial that is stored."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
        self.left, self.error, self.stored = 10**9, error, list[str]()
        write = TrialTable.write

        def counted(table: TrialTable, **batch: Any) -> None:
            if not self.left:
                raise self.error
            self.left -= 1
            write(table, **batch)
            outcomes: Outcomes = batch["outcomes"]
            self.stored += [f"{batch['component']}.{n}" for n in outcomes.numbers]

        monkeypatch.setattr(TrialTable, "write", counted)

    def after(self, batches: int) -> None:
        self.left = batches


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> Stops:
    return Stops(monkeypatch, RunError("the disk is full."))


@pytest.mark.parametrize("method", ["grid", "random", "sobol", "genetic", "bayesian", "cmaes"])
def test_a_run_stopped_again_and_again_ends_in_the_same_bytes(
    study: Path, capfd: pytest.CaptureFixture[str], stops: Stops, method: str
) -> None:
    write_config(study, method)
    assert run_app(["run", "--out", "whole"]) == 0
    stops.stored.clear()
    stops.after(1)
    assert run_app(["run", "--out", "torn"]) == 2
    said = capfd.readouterr().err.strip().splitlines()
    assert (
        said[-1] == "the disk is full. To go on: admf resume torn"
    )  # after progress, where a search takes long
    seen = []
    for batches in (3, 6, 0, 2):
        stops.after(batches)
        assert run_app(["resume", "torn"]) == 2
        status = status_of("torn", capfd)
        seen.append(status["ended"])
        assert status["state"] == "interrupted"
        assert status["why"] == "it stopped: RunError: the disk is full."
        assert status["next"] == "admf resume torn"
    assert 0 < seen[0] < seen[1] == seen[2] < seen[3] < 228
    stops.after(10**9)
    assert run_app(["resume", "torn", "--workers", "1", "--executor", "local"]) == 0
    assert csv_of("torn", capfd) == csv_of("whole", capfd)
    assert len(stops.stored) == len(set(stops.stored)) == 228  # nothing was run twice
    assert (study / "torn" / "reports" / "report.html").is_file()
    assert status_of("torn", capfd)["state"] == "finished"


def test_progress_counts_what_was_there(study: Path, stops: Stops) -> None:
    stops.after(4)
    assert run_app(["run", "--out", "torn"]) == 2
    stored, seen = len(stops.stored), list[Progress]()
    stops.after(10**9)
    resuming.resume(Path("torn"), watcher=Watcher(progress=seen.append))
    first = min(
        stored, 50
    )  # what of the first generation had ended: batches are small where the machine is slow
    assert (seen[0].ended, seen[0].recorded) == (first, first)
    assert seen[-1].recorded == stored
    assert seen[-1].ended == seen[-1].total == 228
    assert all(one.ended <= two.ended for one, two in pairwise(seen))


def only_inputs(run: Path) -> None:
    (run / "run.db").unlink()


def empty_file(run: Path) -> None:
    (run / "run.db").write_bytes(b"")


def only_a_note(run: Path) -> None:
    (run / "run.db").unlink()
    assert run_app(["note", str(run), "killed", "early"]) == 0


@pytest.mark.parametrize("left", [only_inputs, empty_file, only_a_note])
def test_a_run_killed_before_its_first_trial_goes_on(
    study: Path, capfd: pytest.CaptureFixture[str], left: Callable[[Path], None]
) -> None:
    assert run_app(["run", "--out", "run"]) == 0
    whole = csv_of("run", capfd)
    shutil.rmtree(study / "run" / "reports")
    for path in study.glob("run/run.db-*"):
        path.unlink()
    left(study / "run")
    assert run_app(["trials", "run"]) == 2
    assert "before its first trial. Go on with it: admf resume run" in capfd.readouterr().err
    status = status_of("run", capfd)
    assert (status["state"], status["ended"], status["total"]) == ("interrupted", 0, 228)
    assert run_app(["resume", "run"]) == 0
    assert csv_of("run", capfd) == whole


def test_a_finished_run_says_so_and_gets_a_missing_report(
    study: Path, capfd: pytest.CaptureFixture[str], stops: Stops
) -> None:
    assert run_app(["run", "--out", "run"]) == 0
    table, report = csv_of("run", capfd), study / "run" / "reports" / "report.html"
    (study / "own.py").unlink()  # nobody needs it any more
    assert run_app(["resume", "run"]) == 0
    assert "finished; nothing is left to do" in capfd.readouterr().out
    (study / "own.py").write_text(STRATEGY)
    report.unlink()
    assert status_of("run", capfd)["waits_for"] == "its report"
    stops.stored.clear()
    assert run_app(["resume", "run"]) == 0
    assert report.is_file()
    assert stops.stored == []
    assert csv_of("run", capfd) == table


def test_everything_that_changed_is_refused_by_name(
    study: Path, capfd: pytest.CaptureFixture[str], stops: Stops
) -> None:
    prices = bars_of(2000)
    prices.to_csv(study / "prices.csv")
    stops.after(4)
    assert run_app(["run", "--out", "run", "--data", "prices.csv"]) == 2
    capfd.readouterr()
    stops.after(10**9)
    bars_of(2000, seed=4).to_csv(study / "prices.csv")
    (study / "own.py").write_text(STRATEGY + "# edited\n")
    provenance = json.loads((study / "run" / "provenance.json").read_text())
    before = provenance["inputs"]["versions"]["numpy"]
    provenance["inputs"]["versions"]["numpy"] = "1.0"
    (study / "run" / "provenance.json").write_text(json.dumps(provenance))
    assert run_app(["resume", "run"]) == 2
    said = capfd.readouterr().err.strip().splitlines()
    assert len(said) == 3
    assert said[0].startswith("prices.csv: the data changed: the digest was ")
    assert said[1].startswith("components.first: the code of this component changed: ")
    assert said[2].startswith(f"numpy: its version changed: was 1.0, is {before}.")
    assert status_of("run", capfd)["state"] == "interrupted"
    prices.to_csv(study / "prices.csv")
    (study / "own.py").write_text(STRATEGY)
    provenance["inputs"]["versions"]["numpy"] = before
    (study / "run" / "provenance.json").write_text(json.dumps(provenance))
    (study / "run" / "config.yaml").write_text((study / "run" / "config.yaml").read_text() + "\n")
    assert run_app(["resume", "run"]) == 2
    assert "config.yaml: the config of a run must stay as it was run" in capfd.readouterr().err
    text = (study / "run" / "config.yaml").read_text()
    (study / "run" / "config.yaml").write_text(text[:-1])
    assert run_app(["resume", "run"]) == 0  # all is as it was again


def test_a_component_that_no_longer_loads_is_said_with_its_line(
    study: Path, capfd: pytest.CaptureFixture[str], stops: Stops
) -> None:
    stops.after(2)
    assert run_app(["run", "--out", "run"]) == 2
    capfd.readouterr()
    (study / "own.py").write_text("import no_such_module\n")
    assert run_app(["resume", "run"]) == 2
    assert "own.py:1:1: the component 'first' cannot be loaded" in capfd.readouterr().err


def test_it_resumes_from_another_folder_with_the_paths_of_the_first(
    study: Path, capfd: pytest.CaptureFixture[str], stops: Stops, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops.after(2)
    assert run_app(["run", "--out", "run"]) == 2
    stops.after(10**9)
    (study / "elsewhere").mkdir()
    shutil.move(study / "run", study / "elsewhere" / "run")
    monkeypatch.chdir(study / "elsewhere")
    assert run_app(["resume", "run"]) == 0
    assert run_app(["show", "run", "1.first.0", "--rerun"]) == 0
    assert "bit-identical" in capfd.readouterr().out


def test_a_search_that_proposes_something_else_stops_the_resume(
    study: Path, capfd: pytest.CaptureFixture[str], stops: Stops, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops.after(2)
    assert run_app(["run", "--out", "run"]) == 2
    capfd.readouterr()
    stops.after(10**9)
    make = grid.make

    class Moody(grid.Grid):  # not the search that began
        def ask(self, n: int) -> ParamSets:
            proposals = super().ask(n)
            return proposals.take(np.array([0, 2, 1, *range(3, len(proposals))]) if proposals else slice(0))

    def made(space: Any, seed: int = 0, budget: int | None = None) -> grid.Grid:
        return Moody(space, make(space, seed, budget).total())

    monkeypatch.setattr(grid, "make", made)
    assert run_app(["resume", "run"]) == 2
    said = capfd.readouterr().err
    assert "1.first.1: a trial must be proposed as it was recorded, with {'fast': 2, 'slow': 14}" in said
    assert "the search now proposes {'fast': 2, 'slow': 15}" in said
    assert "To go on" not in said


def test_a_space_that_moved_stops_the_resume(
    study: Path, capfd: pytest.CaptureFixture[str], stops: Stops
) -> None:
    stops.after(2)
    assert run_app(["run", "--out", "run"]) == 2
    capfd.readouterr()
    path = study / "run" / "studies.json"
    kept = json.loads(path.read_text())
    kept["studies"][1]["space"]["parameters"][0]["high"] += 1
    path.write_text(json.dumps(kept))
    assert run_app(["resume", "run"]) == 2
    said = capfd.readouterr().err
    assert "component_optimization, rsi: the plan of a run must stay as it was: space was" in said


def test_a_full_disk_leaves_a_run_that_goes_on(
    study: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_app(["run", "--out", "whole"]) == 0
    with monkeypatch.context() as small:
        ready = TrialTable.ready.__func__  # type: ignore[attr-defined]

        def nearly_full(cls: type[TrialTable], *given: Any) -> TrialTable:
            table: TrialTable = ready(cls, *given)
            pages = table.connection.execute("PRAGMA page_count").fetchone()[0]
            table.connection.execute(f"PRAGMA max_page_count = {pages + 3}")
            return table

        small.setattr(TrialTable, "ready", classmethod(nearly_full))
        capfd.readouterr()
        assert run_app(["run", "--out", "full"]) == 2
        (said,) = capfd.readouterr().err.strip().splitlines()
        assert said.startswith("full/run.db: the disk is full; nothing that was written before is lost (")
        assert said.endswith("Free some space. To go on: admf resume full")
        stored = status_of("full", capfd)["ended"]
        assert 0 < stored < 228
        assert run_app(["resume", "full"]) in (0, 2)
        assert status_of("full", capfd)["ended"] >= stored
    assert run_app(["resume", "full"]) == 0
    assert csv_of("full", capfd) == csv_of("whole", capfd)


def bars_of(length: int = 500, seed: int = 3) -> pd.DataFrame:
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, length)))
    columns = dict.fromkeys(("open", "high", "low", "close"), close)
    return pd.DataFrame(columns, index=pd.date_range("2015-01-01", periods=length, name="time"))


def test_a_study_of_python_objects_goes_on(
    tmp_path: Path, stops: Stops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMF_CACHE", str(tmp_path / "cache"))
    bought = 0.7

    def trend(bars: Any, window: int = 5, share: float = 1.0) -> Any:
        return np.where(np.arange(len(bars)) % 20 < window, share * bought, 0.0)

    def study(out: Path) -> Any:
        return admf.optimize(
            trend, bars_of(), space={"window": range(3, 15), "share": np.linspace(0.1, 1.0, 4)},
            constraints=["window > 4 or share < 0.5"], objective=lambda m: m["total_return"] - m["costs"],
            executor="inline", warmup=0, out=out,
        )  # fmt: skip

    whole = study(tmp_path / "whole").trials
    stops.after(3)
    with pytest.raises(RunError, match="To go on: admf resume"):
        study(tmp_path / "torn")
    stops.after(3)
    with pytest.raises(RunError):
        admf.Run.open(tmp_path / "torn").resume()
    stops.after(10**9)
    run = admf.Run.open(tmp_path / "torn")
    mapped = tmp_path / "cache" / "bars"
    shutil.move(mapped, tmp_path / "away")
    with pytest.raises(DataError, match=r"handed over in Python \(pandas.DataFrame\).*resume\(bars=\.\.\.\)"):
        run.resume()
    with pytest.raises(InputError, match=r"pandas\.DataFrame: the data changed"):
        run.resume(bars=bars_of(seed=4))
    stops.after(2)
    with pytest.raises(RunError):
        run.resume(bars=bars_of())
    stops.after(10**9)
    assert run.resume() is run  # mapped again, from what was handed over
    pd.testing.assert_frame_equal(run.trials, whole)
    best = run.best("trend")
    assert best is not None
    assert best.value == whole["value"].max()
    assert run.resume().trials.equals(run.trials)


def test_a_pool_that_was_handed_over_answers_nobody_else_after_a_stop(tmp_path: Path, stops: Stops) -> None:
    def trend(bars: Any, window: int = 5) -> Any:
        return np.where(np.arange(len(bars)) % 40 < window, 1.0, 0.0)

    def study(first: int, pool: Any, out: Path) -> Any:
        space = {"window": range(first, first + 10)}
        return admf.optimize(trend, bars_of(), space=space, executor=pool, warmup=0, out=out)

    alone = study(11, "inline", tmp_path / "alone").trials
    with admf.Pool(workers=1) as pool:
        stops.after(1)
        with pytest.raises(RunError):
            study(1, pool, tmp_path / "stopped")
        stops.after(10**9)
        pd.testing.assert_frame_equal(study(11, pool, tmp_path / "next").trials, alone)


def test_runs_lists_the_newest_first_and_survives_broken_ones(
    study: Path, capfd: pytest.CaptureFixture[str], stops: Stops
) -> None:
    assert run_app(["runs"]) == 0
    assert "There are no runs below" in capfd.readouterr().out
    assert run_app(["run"]) == 0
    stops.after(3)
    assert run_app(["run", "--set", "name=other"]) == 2
    provenance = study / "runs" / "other" / "provenance.json"
    provenance.write_text(json.dumps(json.loads(provenance.read_text()) | {"created": "2999-01-01T00:00:00"}))
    for name, content in (("broken", b"no database"), ("empty", b"")):
        (study / "deep" / name).mkdir(parents=True)
        (study / "deep" / name / "run.db").write_bytes(content)
    capfd.readouterr()
    assert run_app(["runs", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert [(one["run"], one["state"]) for one in found] == [
        ("runs/other", "interrupted"), ("runs/study", "finished"),
        ("deep/broken", "unreadable"), ("deep/empty", "unreadable"),
    ]  # fmt: skip
    assert found[1]["trials"] == found[1]["total"] == 228
    assert found[1]["best"] == admf.Run.open("runs/study").trials["value"].max()
    assert run_app(["runs"]) == 0
    assert [line.split()[0] for line in capfd.readouterr().out.splitlines()[1:3]] == [
        "runs/other",
        "runs/study",
    ]


def test_notes_are_kept_and_shown(study: Path, capfd: pytest.CaptureFixture[str], stops: Stops) -> None:
    stops.after(2)
    assert run_app(["run", "--out", "run"]) == 2
    assert run_app(["note", "run", "the first half", "looked odd"]) == 0
    assert run_app(["note", "run", "  "]) == 2
    stops.after(10**9)
    assert run_app(["resume", "run"]) == 0
    capfd.readouterr()
    assert run_app(["status", "run"]) == 0
    said = capfd.readouterr().out
    assert "the first half looked odd" in said
    assert "run: finished." in said
    assert "228 of 228" in said
    assert "18 failed" in said
    with RunLog.open(study / "run" / "run.db", readonly=True) as log:
        kinds = [event.kind for event in log.events() if not event.kind.startswith("study")]
        assert kinds == ["started", "stopped", "note", "resumed", "finished"]
    assert run_app(["status", "nowhere"]) == 2
