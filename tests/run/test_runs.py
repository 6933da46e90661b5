"""`admf runs` and `admf note`: what there is below a folder, and remarks that stay with a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import admf
from admf.cli.app import run_app
from admf.store.run_log import RunLog
from tests.run.stopped import Stops


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
