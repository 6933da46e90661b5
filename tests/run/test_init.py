"""`admf init`: what it writes runs as it is, and an edit of the strategy is another result."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from admf.cli.app import run_app
from admf.config.schema import MODELINE, schema


def best(run: Path) -> float:
    with sqlite3.connect(run / "run.db") as db:
        return float(db.execute("SELECT max(value) FROM trials").fetchone()[0])


def test_a_new_project_runs_and_an_edited_number_is_another_result_and_another_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_app(["init", "mine"]) == 0
    monkeypatch.chdir(tmp_path / "mine")
    assert run_app(["run"]) == 0
    strategy = Path("strategy.py")
    text = strategy.read_text(encoding="utf-8")
    assert text.count("0.01") == 1
    strategy.write_text(text.replace("0.01", "0.02"), encoding="utf-8")
    assert run_app(["run"]) == 0
    runs = [Path("runs/mine"), Path("runs/mine-2")]
    first, second = (json.loads((run / "provenance.json").read_text(encoding="utf-8")) for run in runs)
    assert first["identity"] != second["identity"]
    assert first["inputs"]["config"] == second["inputs"]["config"]
    assert best(runs[0]) != best(runs[1])


@pytest.mark.parametrize("options", [[], ["--full"]])
def test_the_first_line_names_the_schema_beside_it(options: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert run_app(["init", str(folder), *options]) == 0
    lines = (folder / "admf.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[0] == MODELINE
    assert lines[0].endswith("$schema=admf.schema.json")
    assert json.loads((folder / "admf.schema.json").read_text(encoding="utf-8")) == schema()
    assert len(lines) < 20 or options


def test_nothing_is_overwritten(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "strategy.py").write_text("# years of work\n", encoding="utf-8")
    assert run_app(["init", str(tmp_path)]) == 2
    said = capfd.readouterr().err
    assert said == (
        f"{tmp_path}/strategy.py: a new project must not overwrite a file, this one is there already."
        " Name another folder, or move it away.\n"
    )
    assert [one.name for one in tmp_path.iterdir()] == ["strategy.py"]
    assert run_app(["init", str(tmp_path / "strategy.py")]) == 2
    assert "strategy.py: a project's folder must be writable: " in capfd.readouterr().err
