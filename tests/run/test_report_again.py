"""Reports made again from a run's folder, unfinished runs, and runs held against each other."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from admf.cli.app import run_app
from admf.coordinator.compare_runs import compare_runs
from admf.coordinator.report_again import facts_of
from admf.executors.inline import InlineExecutor
from admf.store.run_folder import RunFolder

CONFIG = """\
name: small
data: {source: "bundled:sp500"}
costs: {commission: 0.0005, slippage: 0.0002}
components:
  mine: {use: "own.py:mine", space: {window: {low: 20, high: 100, step: 20}}}
execution: {executor: inline}
"""
STRATEGY = """\
from admf import ta
def mine(bars, window=50):
    return bars.close > ta.sma(bars.close, window)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    (place / "own.py").write_text(STRATEGY)
    (place / "admf.yaml").write_text(CONFIG)
    assert run_app(["run", str(place / "admf.yaml"), "--out", str(place / "one")]) == 0
    dear = ["--set", "costs.commission=0.003", "--out", str(place / "two")]
    assert run_app(["run", str(place / "admf.yaml"), *dear]) == 0
    return place


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "one", tmp_path / "one"))


def body(page: Path) -> str:
    """Without what must differ: when it was made, and how long that took; plotly has words of its own."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"<script>.*?</script>", "", text, flags=re.S)
    return re.sub(r"ADMF report · [^<]*|<dt>Took</dt><dd>[^<]*</dd>", "", text)


def test_a_report_made_again_is_the_report(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = copy / "reports" / "report.html"
    before = body(page).replace(str(copy.parent.parent), "")
    page.unlink()
    assert run_app(["report", str(copy)]) == 0
    assert str(page.resolve()) in capsys.readouterr().out
    after = body(page)
    again = re.sub(r"admf (\w+) \S+", r"admf \1 RUN", after)
    assert again == re.sub(r"admf (\w+) \S+", r"admf \1 RUN", before)
    assert "Where the edge dies" in after


def test_an_unfinished_run_has_a_report_that_says_so(copy: Path) -> None:
    with closing(sqlite3.connect(RunFolder(copy).db)) as db, db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{trigger}"')  # the log is append-only
        db.execute("DELETE FROM log WHERE kind = 'finished'")
        db.execute("DELETE FROM typed_trials WHERE trial % 1099511627776 >= 3")
    facts, studies = facts_of(copy, InlineExecutor(workers=1))
    assert "3 of 5 trials have ended" in facts.unfinished
    assert f"admf resume {copy}" in facts.unfinished
    assert studies[0].trials == 3
    assert run_app(["report", str(copy)]) == 0
    text = body(copy / "reports" / "report.html")
    assert text.index("Unfinished run") < text.index("What was tried")


def test_a_strategy_that_has_changed_is_said_on_the_page(copy: Path, made: Path) -> None:
    own = made / "own.py"
    own.write_text(STRATEGY.replace(">", "<"))
    try:
        facts, _ = facts_of(copy)  # in a process that has not read the file before
    finally:
        own.write_text(STRATEGY)
    assert len(facts.warnings) == 1
    assert "gives other numbers than in the run" in facts.warnings[0]


def test_what_cannot_be_read_is_said(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "facts.json").write_text("{")
    assert run_app(["report", str(copy)]) == 2
    assert "facts.json" in capsys.readouterr().err
    assert run_app(["report", str(copy.parent / "nowhere")]) == 2


def test_runs_are_compared_in_words(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = made / "one", made / "two"
    assert run_app(["compare", str(one), str(two)]) == 0
    said = capsys.readouterr().out
    assert "The same in all: data, code, versions." in said
    assert re.search(r"costs\.commission +0\.0005 +0\.003", said)
    assert "common bars" in said
    assert re.search(r"two against .*one, mean return a year: -", said)


def test_runs_are_compared_as_json(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = made / "one", made / "two"
    capsys.readouterr()
    assert run_app(["compare", str(one), str(two), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["differences"]["config"] == {"costs.commission": [0.0005, 0.003]}
    assert found["best"][0]["trials"] == 5
    assert found["against"][0]["mean"]["estimate"] < 0.0


def test_a_run_beside_itself_differs_in_nothing(made: Path) -> None:
    found = compare_runs([made / "one", made / "one"])
    assert not any(found.differences.values())
    assert found.against[0] is not None
    assert found.against[0].mean is not None
    assert found.against[0].mean.estimate == 0.0


@pytest.mark.parametrize("arguments", [["one"], ["one", "two", "--format", "cvs"], ["one", "nowhere"]])
def test_wrong_comparisons_are_refused(
    made: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made)
    assert run_app(["compare", *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err
