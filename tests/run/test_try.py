"""`admf try`: one line, an own file, five lines of verdict, a report; every mistake in one line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from admf.cli.app import run_app

STRATEGY = """
def cross(bars, fast=10, slow=40):
    close = bars.to_pandas()["close"]
    return close.rolling(fast).mean() > close.rolling(slow).mean()
"""


PEEK = """
def peek(bars, w=3):
    c = bars.to_pandas()["close"]
    return c.shift(-w) > c
"""


NAIVE = "time,open,high,low,close\n" + "".join(f"2024-03-01 10:{m},9,9,9,9\n" for m in range(10, 60))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(STRATEGY)
    return tmp_path


def test_five_lines_a_report_and_a_config_to_run_again(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_app(["try", "own.py", "bundled:sp500", "--space", "fast=5,10,20", "--out", "first"]) == 0
    said = capfd.readouterr().out.splitlines()
    assert "  space:" in said
    assert "  constraints: [fast < slow]" in said
    verdict = [line.partition(":")[0] for line in said[said.index("") + 1 :]][:5]
    assert verdict == ["Best", "Plateau", "Costs", "Look-ahead", "Sealed"]
    assert "the edge dies" in "\n".join(said).lower()
    assert "no costs were given" in "\n".join(said)
    assert (folder / "first/reports/report.html").is_file()
    assert run_app(["run", "first/try.yaml", "--out", "again"]) == 0
    tables = []
    for run in ("first", "again"):
        capfd.readouterr()
        assert run_app(["trials", run, "--format", "csv"]) == 0
        tables.append(capfd.readouterr().out)
    assert tables[0] == tables[1]


def test_a_budget_below_the_grid_is_spread_over_the_space(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_app(["try", "own.py", "bundled:sp500", "--budget", "5", "--commission", "0.001"]) == 0
    said = capfd.readouterr().out
    assert re.search(
        r"^5 of \d\d sets are tried, spread evenly .* Sobol points \(as asked\)", said, re.MULTILINE
    )
    assert (folder / "runs/try-cross").is_dir()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["none.py", "bundled:sp500"], "none.py: there is no such file. Did you mean 'own.py'?"),
        (["own.py:crss", "bundled:sp500"], "there is no strategy 'crss' in this file. Did you mean 'cross'?"),
        (["own.py", "none.csv"], "there is no such file"),
        (["own.py", "bundled:sp500", "--space", "fast"], "must be name=low:high:step or name=a,b"),
        (["own.py", "bundled:sp500", "--space", "fast=a:b"], "a range must be low:high or low:high:step"),
        (["own.py", "bundled:sp500", "--objective", "sharp"], "Did you mean 'sharpe'?"),
        (["peek.py", "bundled:sp500"], "peek.py:2: the signal at 19"),
        (["peek.py", "bundled:sp500"], '`--allow-lookahead "reason"` runs it'),
        (["own.py", "none.csv"], "DATA: "),
        (["own.py", "naive.csv"], "for example --timezone America/New_York."),
        (["own.py", "bundled:sp500", "--objective", "sharp"], "--objective: a metric must be known"),
        (
            ["own.py", "bundled:sp500", "--space", "fats=5:10"],
            "--space: cross takes no parameter 'fats'. Did you mean 'fast'?",
        ),
        (["bare.py", "bundled:sp500"], "--space fast=5:60:5,slow=5:60:5"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    folder: Path, capfd: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    (folder / "peek.py").write_text(PEEK)
    (folder / "bare.py").write_text("def f(bars, fast, slow): ...\n")
    (folder / "naive.csv").write_text(NAIVE)
    assert run_app(["try", *more]) == 2
    said = capfd.readouterr().err
    assert says in said
    assert "Traceback" not in said
    assert not (folder / "runs").exists()


def test_several_parameters_in_one_option(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "bare.py").write_text(STRATEGY.replace("fast=10, slow=40", "fast, slow"))
    assert run_app(["try", "bare.py", "bundled:sp500", "--space", "fast=5,10, slow=40:50:10"]) == 0
    said = capfd.readouterr().out
    assert "    fast: [5, 10]\n    slow: {type: int, low: 40, high: 50, step: 10}\n" in said
    assert "All 4 sets are tried" in said


@pytest.mark.parametrize("parameters", ["", ", kind='sma'"])
def test_what_has_nothing_to_search_is_run_once(
    folder: Path, capfd: pytest.CaptureFixture[str], parameters: str
) -> None:
    (folder / "up.py").write_text(f"def up(bars{parameters}):\n    return bars.close > bars.open\n")
    assert run_app(["try", "up.py", "bundled:sp500"]) == 0
    said = capfd.readouterr().out
    assert "There is one set to try." in said
    assert "Sealed: " in said


def test_select_plateau_names_the_centre_of_the_plateau(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = (
        "data: {source: bundled:sp500}\nobjective: {metric: sharpe, select: plateau}\n"
        "components: {cross: {use: own.py:cross, space: {fast: [5, 10, 20, 40], slow: [50, 100, 150, 200]}}}\n"
    )
    (folder / "admf.yaml").write_text(config)
    assert run_app(["run"]) == 0
    assert "cross: selected, as the centre of the plateau: " in capfd.readouterr().out
