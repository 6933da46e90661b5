"""A run that is not what it was is not resumed: what changed is said by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf.cli.app import run_app
from admf.model.param_sets import ParamSets
from admf.search import grid
from admf.search.in_order import InOrder
from tests.run.stopped import STRATEGY, Stops, bars_of, status_of


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


def test_a_search_that_proposes_something_else_stops_the_resume(
    study: Path, capfd: pytest.CaptureFixture[str], stops: Stops, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops.after(2)
    assert run_app(["run", "--out", "run"]) == 2
    capfd.readouterr()
    stops.after(10**9)
    make = grid.make

    class Moody(InOrder):  # not the search that began
        def ask(self, n: int) -> ParamSets:
            proposals = super().ask(n)
            return proposals.take(np.array([0, 2, 1, *range(3, len(proposals))]) if proposals else slice(0))

    def made(space: Any, seed: int = 0, budget: int | None = None) -> InOrder:
        return Moody(space, space.grid_blocks(), make(space, seed, budget).total())

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
