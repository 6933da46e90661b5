"""Resume by replay: whatever stopped a run, it goes on to the same bytes; what changed is refused by name."""

from __future__ import annotations

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
from admf.store.trial_table import TrialTable
from tests.run.stopped import STRATEGY, Stops, bars_of, csv_of, status_of, write_config


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
