"""Several objectives end to end: from a config to the front, its choice on the report, and the exported file."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import admf
from admf.cli.app import run_app
from admf.coordinator.study_front import fronts_of
from admf.errors import ConfigError, InputError
from admf.store.trial_table import TrialTable

CONFIG = """\
name: two
seed: 7
data: {{source: bundled:sp500, split: {{out_of_sample: 0.6}}}}
costs: {{commission: 0.0005, slippage: 0.0002}}
components:
  ma_crossover:
    space: {{fast: {{low: 5, high: 40, step: 5}}, slow: {{low: 20, high: 120, step: 10}}}}
    constraints: ["fast < slow"]
objective: {objective}
execution: {{workers: 1, executor: {executor}}}
workflow: [{{stage: component_optimization, method: {method}, budget: {budget}}}]
"""
TWO = '{metric: [sharpe, {metric: turnover, direction: minimize}], constraints: ["n_trades <= 60"]}'
NSGA2 = "{nsga2: {population: 8}}"


def a_run(
    folder: Path, objective: str = TWO, method: str = NSGA2, budget: int = 40, executor: str = "inline"
) -> Path:
    """A run's folder."""
    config = folder / "admf.yaml"
    config.write_text(
        CONFIG.format(objective=objective, method=method, budget=budget, executor=executor), encoding="utf-8"
    )
    assert run_app(["run", str(config), "--out", str(folder / "run")]) == 0
    return folder / "run"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_run(tmp_path_factory.mktemp("several"))


def rows(run: Path, capfd: pytest.CaptureFixture[str], *more: str) -> list[dict[str, Any]]:
    capfd.readouterr()
    assert run_app(["trials", str(run), "--format", "csv", *more]) == 0
    return list(csv.DictReader(io.StringIO(capfd.readouterr().out)))


def beats(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether a trial is at least as good in both objectives, and better in one."""
    first, second = ((float(t["sharpe"]), -float(t["turnover"])) for t in (one, other))
    return first != second and all(a >= b for a, b in zip(first, second, strict=True))


def test_the_front_is_what_no_feasible_trial_beats(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    trials = rows(run, capfd)
    feasible = [t for t in trials if t["value"]]
    assert 0 < len(feasible) < len(trials)
    assert all(float(t["n_trades"]) <= 60 for t in feasible)
    assert all(t["value"] == t["sharpe"] for t in feasible)
    wanted = [t for t in feasible if not any(beats(other, t) for other in feasible)]
    front = rows(run, capfd, "--front")
    assert {t["trial_id"] for t in front} == {t["trial_id"] for t in wanted}
    assert front == sorted(front, key=lambda t: -float(t["sharpe"]))
    most = rows(run, capfd, "--front", "--sort", "n_trades", "--top", "2")
    trades = sorted((float(t["n_trades"]) for t in front), reverse=True)
    assert [float(t["n_trades"]) for t in most] == trades[:2]


def test_the_same_run_with_workers_and_resumed_gives_the_same_bytes(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = rows(run, capfd)
    assert rows(a_run(tmp_path, executor="local"), capfd) == wanted
    kept: list[int] = []
    write = TrialTable.write

    def stop(self: TrialTable, **given: Any) -> None:
        write(self, **given)
        kept.append(len(given["outcomes"]))
        if sum(kept) > 17:
            raise KeyboardInterrupt

    monkeypatch.setattr(TrialTable, "write", stop)
    assert (
        run_app(["run", str(tmp_path / "admf.yaml"), "--executor", "inline", "--out", str(tmp_path / "cut")])
        == 130
    )
    monkeypatch.undo()
    assert len(rows(tmp_path / "cut", capfd)) < 40
    assert run_app(["resume", str(tmp_path / "cut")]) == 0
    assert rows(tmp_path / "cut", capfd) == wanted


def test_the_run_and_its_status_say_what_the_front_is(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with TrialTable.open(run / "run.db", readonly=True) as table:
        (front,) = fronts_of(table, run)
    capfd.readouterr()
    assert run_app(["status", str(run), "--json"]) == 0
    told = json.loads(capfd.readouterr().out)["studies"][0]["front"]
    assert (told["size"], told["of"]) == (len(front.ids), front.front.of)
    assert told["objectives"] == [["sharpe", True], ["turnover", False]]
    assert told["hypervolume"] == front.front.hypervolume
    assert run_app(["status", str(run)]) == 0
    said = capfd.readouterr().out
    assert f"{len(front.ids)} of {front.front.of} on the front" in said
    assert f"admf trials {run} --front" in said


def test_one_objective_has_no_front(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    one = a_run(tmp_path, "sharpe", "random", 5)
    capfd.readouterr()
    assert run_app(["trials", str(one), "--front"]) == 2
    assert "a front must be one of several objectives, this run has one." in capfd.readouterr().err
    assert (
        "front"
        not in (one / "reports" / "report.html").read_text(encoding="utf-8").split("<body>")[1][:20_000]
    )
    assert run_app(["params", "export", str(one), "best"]) == 0
    (written,) = (one / "parameters").iterdir()
    content = YAML(typ="safe", pure=True).load(written.read_text(encoding="utf-8"))
    assert content["objectives"] == [
        {"metric": "sharpe", "direction": "maximize", "value": content["metrics"]["sharpe"]}
    ]


@pytest.mark.parametrize("method", ["genetic", "cmaes", "adaptive", "optuna:CmaEsSampler"])
def test_a_method_that_seeks_one_objective_refuses_before_the_run(
    method: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "admf.yaml"
    config.write_text(CONFIG.format(objective=TWO, method=method, budget=40, executor="inline"))
    assert run_app(["run", str(config), "--out", str(tmp_path / "run")]) == 2
    said = capfd.readouterr().err
    assert f"a search for several objectives must take them, {method} seeks one." in said
    assert "Use grid, random, sobol, nsga2, nsga3, or one objective" in said
    assert not (tmp_path / "run" / "run.db").exists()


@pytest.mark.parametrize("method", ["nsga3", "sobol", "optuna:NSGAIISampler", "optuna:TPESampler"])
def test_methods_that_take_several_objectives(method: str, tmp_path: Path) -> None:
    with TrialTable.open(a_run(tmp_path, method=method, budget=20) / "run.db", readonly=True) as table:
        assert sum(table.count().values()) == 20


def choice(run: Path) -> tuple[str, dict[str, Any]]:
    """The report's page, and what its choice is made of."""
    page = (run / "reports" / "report.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" data-front="[^"]*">(.*?)</script>', page)
    assert found is not None
    return page, json.loads(found[1])


def test_the_report_offers_what_export_writes(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page, data = choice(run)
    choices, at = data["choices"], data["first"]
    front = [t["trial_id"] for t in rows(run, capfd, "--front")]
    assert choices["trial"][: len(front)] == front
    assert all(f'<button type="button">{name}</button>' in page for name in front)
    assert len(choices["trial"]) == sum(bool(t["value"]) for t in rows(run, capfd))
    name = choices["trial"][at]
    assert data["command"].replace("@trial", name) == f"admf params export {run} {name}"
    text = data["document"].replace('"@trial"', json.dumps(name)).replace('"@seed"', choices["seed"][at])
    text = text.replace('"@parameters"', choices["parameters"][at])
    for i, value in enumerate(choices["value"][at]):
        text = text.replace(f'"@value{i}"', value)
    offered = json.loads(text)
    assert run_app(["params", "export", str(run), name, "--out", str(tmp_path / "chosen.json")]) == 0
    written = json.loads((tmp_path / "chosen.json").read_text(encoding="utf-8"))
    both = offered["metrics"].keys()
    assert offered == written | {"metrics": {key: written["metrics"][key] for key in both}}
    assert set(both) == {"sharpe", "turnover"}


def test_an_exported_set_says_where_it_comes_from(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    trial = rows(run, capfd, "--front")[0]
    out = tmp_path / "set.yaml"
    assert run_app(["params", "export", str(run), trial["trial_id"], "--out", str(out)]) == 0
    content = YAML(typ="safe", pure=True).load(out.read_text(encoding="utf-8"))
    assert content["parameters"] == {"fast": int(trial["fast"]), "slow": int(trial["slow"])}
    assert (content["component"], content["feasible"]) == ("ma_crossover", True)
    assert repr(content["metrics"]["sharpe"]) == trial["sharpe"]
    assert content["from"]["seed"] == int(trial["seed"])
    inputs = json.loads((run / "provenance.json").read_text())["inputs"]
    assert {key: content["from"][key] for key in ("config", "data", "code", "versions")} == inputs
    before = out.read_bytes()
    assert run_app(["params", "export", str(run), trial["trial_id"], "--out", str(out)]) == 2
    assert "never written over" in capfd.readouterr().err
    assert out.read_bytes() == before


def test_export_of_what_has_no_value_and_of_what_is_not_there(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    infeasible = next(t for t in rows(run, capfd) if not t["value"])
    out = tmp_path / "set.json"
    assert run_app(["params", "export", str(run), infeasible["trial_id"], "--out", str(out)]) == 0
    assert "feasible: false" in capfd.readouterr().out
    content = json.loads(out.read_text(encoding="utf-8"))
    assert (content["feasible"], content["reason"]) == (False, "constraint: n_trades <= 60")
    assert run_app(["params", "export", str(run), "1.ma_crosover.1", "--out", str(tmp_path / "x.json")]) == 2
    assert "Did you mean '1.ma_crossover.1'?" in capfd.readouterr().err
    assert run_app(["params", "export", str(run), "1", "--format", "toml"]) == 2
    assert "the format must be yaml or json, was 'toml'." in capfd.readouterr().err
    assert not (tmp_path / "x.json").exists()


def fails(bars: Any, n: int = 1) -> Any:
    if n == 2:
        raise ValueError("not two")
    return bars.close > n


def test_a_trial_that_failed_is_no_result_to_export(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    study = admf.optimize(
        fails, "bundled:sp500", space={"n": [1, 2]}, warmup=0, executor="inline", out=tmp_path / "run",
        allow_lookahead="it raises",
    )  # fmt: skip
    assert run_app(["params", "export", str(study.folder), "1"]) == 2
    assert "must have come to its end, 1.fails.1 failed: ValueError: not two." in capfd.readouterr().err


def test_from_python() -> None:
    def optimized(method: str) -> admf.Study:
        return admf.optimize(
            "ma_crossover", "bundled:sp500", space={"fast": [5, 10, 20], "slow": [50, 100]}, executor="inline",
            objective=["sharpe", {"metric": "n_trades", "direction": "minimize"}], method=method, budget=6,
        )  # fmt: skip

    study = optimized("grid")
    front = study.front()
    assert front["value"].tolist() == sorted(front["value"], reverse=True)
    assert front["n_trades"].tolist() == sorted(front["n_trades"], reverse=True)
    assert front["knee"].sum() <= 1
    assert front["crowding"].iloc[0] == float("inf")
    assert admf.Run.open(study.folder).front().equals(front)
    with pytest.raises(ConfigError, match="cmaes seeks one"):
        optimized("cmaes")
    one = admf.optimize("ma_crossover", "bundled:sp500", space={"fast": [5, 10]}, executor="inline")
    with pytest.raises(InputError, match="this run has one"):
        one.front()
