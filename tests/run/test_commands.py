"""The commands as a user calls them: from a config to tables, with the promised exit codes."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from admf.cli.app import run_app

COMPONENTS = Path(__file__).parent.parent / "components"

CONFIG = """\
name: study
seed: 7
data: {{source: bundled:sp500, split: {{out_of_sample: 0.8}}}}
costs: {{commission: 0.0005, slippage: 0.0002}}
components:
{components}
objective: {objective}
{more}
"""

CROSS = """\
  ma_crossover:
    space: {fast: {low: 5, high: 30, step: 5}, slow: {low: 20, high: 60, step: 10}, simulation.stop_loss: [null, 0.02]}
    constraints: ["fast < slow"]
  rsi: {}
"""
SEARCHES = """\
workflow:
  - stage: component_optimization
    components:
      - {name: ma_crossover, method: grid}
      - {name: rsi, method: random, budget: 40}
"""


def write(folder: Path, components: str, *, objective: str = "sharpe", more: str = "") -> Path:
    path = folder / "admf.yaml"
    path.write_text(CONFIG.format(components=components, objective=objective, more=more), encoding="utf-8")
    return path


def own(name: str, space: str = "{window: {low: 10, high: 16}}", more: str = "") -> str:
    use = f"{COMPONENTS / 'troubled.py'}:{name}"
    return f"  mine:\n    use: {use}\n    space: {space}\n    warmup: 0\n{more}"


def table(run: Path, capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capfd.readouterr()
    assert run_app(["trials", str(run), "--format", "csv"]) == 0
    return list(csv.DictReader(io.StringIO(capfd.readouterr().out)))


def test_the_same_config_gives_the_same_bytes_for_any_workers_and_executor(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write(
        tmp_path, CROSS, objective='{metric: sharpe, constraints: ["n_trades >= 10"]}', more=SEARCHES
    )
    outputs = []
    for name, options in {
        "one": ["--workers", "1"],
        "two": ["--workers", "2"],
        "here": ["--executor", "inline"],
    }.items():
        out = tmp_path / name
        assert run_app(["run", str(config), "--out", str(out), *options]) == 0
        capfd.readouterr()
        assert run_app(["trials", str(out), "--format", "csv"]) == 0
        outputs.append(capfd.readouterr().out)
    assert outputs[0] == outputs[1] == outputs[2]
    assert len(outputs[0].splitlines()) == 1 + 2 * 26 + 40
    identities = {
        json.loads((tmp_path / n / "provenance.json").read_text())["inputs"]["data"] for n in ("one", "two")
    }
    assert len(identities) == 1


def test_a_trial_that_goes_wrong_ends_alone_with_its_reason(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, own("stumbles"), more="execution: {max_failures: 0.5, workers: 1}")
    assert run_app(["run", str(config), "--out", str(tmp_path / "run")]) == 0
    rows = {row["params.window"]: row for row in table(tmp_path / "run", capfd)}
    assert {w: r["outcome"] for w, r in rows.items() if r["outcome"] != "scored"} == dict.fromkeys(
        ("13", "14", "15"), "failed"
    )
    assert rows["13"]["reason"] == "ValueError: thirteen is not for me"
    assert "one value per bar" in rows["14"]["reason"]
    assert "must lie in [-1, 1]" in rows["15"]["reason"]
    assert run_app(["show", str(tmp_path / "run"), "3"]) == 0
    assert 'raise ValueError("thirteen is not for me")' in capfd.readouterr().out


def test_a_trial_that_ends_its_process_is_crashed_and_the_others_are_scored(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, own("vanishes"), more="execution: {max_failures: 0.5, workers: 2}")
    assert run_app(["run", str(config), "--out", str(tmp_path / "run")]) == 0
    rows = {row["params.window"]: row for row in table(tmp_path / "run", capfd)}
    assert (rows["13"]["outcome"], rows["13"]["reason"]) == ("crashed", "exit code 9")
    assert [w for w, r in rows.items() if r["outcome"] == "scored"] == ["10", "11", "12", "14", "16"]


def test_too_many_failures_are_exit_code_4(tmp_path: Path) -> None:
    config = write(tmp_path, own("stumbles"), more="execution: {executor: inline}")
    assert run_app(["run", str(config), "--out", str(tmp_path / "run")]) == 4


def test_look_ahead_stops_the_run_before_anything_is_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    peeks = f"  mine: {{use: '{COMPONENTS / 'peeking.py'}:standardised', space: {{width: [0.5, 1.0]}}{{}}}}\n"
    for more, code in (("", 2), (", allow_lookahead: to show it", 0)):
        config = write(tmp_path, peeks.replace("{}", more), more="execution: {executor: inline}")
        assert run_app(["run", str(config), "--out", str(tmp_path / "run")]) == code
        said = capfd.readouterr()
        if code == 2:
            assert "peeking.py:10: the signal at 19" in said.err
            assert not (tmp_path / "run").exists()
    assert "to show it" in (tmp_path / "run/reports/report.html").read_text()


def test_what_a_strategy_keeps_between_calls_does_not_hide_its_look_ahead(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, f"  mine: {{use: '{COMPONENTS / 'peeking.py'}:fitted_once'}}\n")
    assert run_app(["run", str(config), "--out", str(tmp_path / "run"), "--workers", "1"]) == 2
    assert "the signal at 19" in capfd.readouterr().err


def test_every_component_that_looks_ahead_is_named_whatever_was_probed_before_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = ("centred", "standardised", "open_weeks", "Remembers", "tomorrow", "fitted_once", "backfilled")
    lines = "".join(
        f"  {name}: {{use: '{COMPONENTS / 'peeking.py'}:{name}'{SPACES.get(name, '')}}}\n" for name in names
    )
    config = write(tmp_path, lines)
    assert run_app(["run", str(config), "--out", str(tmp_path / "run"), "--workers", "1"]) == 2
    said = capfd.readouterr().err
    assert [name for name in names if f"({name}" in said] == list(names)


SPACES = {
    name: f", space: {{{parameter}: {values}}}"
    for name, parameter, values in (
        ("centred", "window", "[11, 21]"),
        ("standardised", "width", "[0.5, 1.0]"),
        ("Remembers", "ahead", "[1, 5]"),
        ("backfilled", "window", "[20, 50]"),
    )
}


def test_a_component_in_two_stages_is_reported_in_both(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stages = "workflow:\n" + 2 * "  - {stage: component_optimization, method: grid, components: [mine]}\n"
    config = write(tmp_path, own("stumbles", "{window: [10, 11]}"), more=stages)
    assert run_app(["run", str(config), "--out", str(tmp_path / "run"), "--executor", "inline"]) == 0
    assert [row["trial_id"] for row in table(tmp_path / "run", capfd)] == [
        f"{s}.mine.{n}" for s in (1, 2) for n in (0, 1)
    ]


def test_the_best_of_what_is_minimised_is_the_smallest(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, own("stumbles", "{window: [10, 11, 12]}"), objective="max_drawdown")
    assert run_app(["run", str(config), "--out", str(tmp_path / "run"), "--executor", "inline"]) == 0
    least = min(float(row["max_drawdown"]) for row in table(tmp_path / "run", capfd))
    assert run_app(["show", str(tmp_path / "run"), "best"]) == 0
    assert f"value   {least!r}" in capfd.readouterr().out


def test_a_custom_objective_that_raises_fails_that_trial_only(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    use = f"{COMPONENTS / 'troubled.py'}:judge"
    config = write(
        tmp_path, own("stumbles"), objective=f"{{metric: '{use}'}}", more="execution: {max_failures: 0.9}"
    )
    assert run_app(["run", str(config), "--out", str(tmp_path / "run"), "--executor", "inline"]) == 0
    rows = table(tmp_path / "run", capfd)
    refused = [row for row in rows if row["reason"] == "RuntimeError: not this one at 0x..."]
    assert {row["outcome"] for row in refused} == {"failed"}
    assert [row["value"] for row in rows if row["outcome"] == "scored"] != []


def test_a_noisy_strategy_is_the_same_trial_when_it_is_shown_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, own("lucky", "{window: [2, 3]}"))
    assert run_app(["run", str(config), "--out", str(tmp_path / "run"), "--workers", "1"]) == 0
    assert run_app(["show", str(tmp_path / "run"), "best", "--rerun"]) == 0
    assert "bit-identical" in capfd.readouterr().out


def test_a_parameter_that_the_component_does_not_take_is_an_error_with_its_place(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, own("stumbles", space="{windw: [1, 2]}"))
    assert run_app(["run", str(config)]) == 2
    said = capfd.readouterr().err
    assert "takes no parameter 'windw'. Did you mean 'window'?" in said
    assert said.startswith(f"{config}:") or "admf.yaml:" in said


def test_infeasible_is_null_with_its_reason_and_never_a_number(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    objective = '{metric: sharpe, constraints: ["n_trades >= 1000000"]}'
    config = write(tmp_path, own("stumbles", "{window: [10, 11]}"), objective=objective)
    assert run_app(["run", str(config), "--out", str(tmp_path / "run"), "--executor", "inline"]) == 0
    rows = table(tmp_path / "run", capfd)
    assert [row["value"] for row in rows] == ["", ""]
    assert {row["reason"] for row in rows} == {"constraint: n_trades >= 1000000"}
    assert all(float(row["sharpe"]) for row in rows)


def test_the_global_generators_are_seeded_per_trial(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, own("lucky", "{window: [2, 3, 4, 5, 6]}"))
    runs = []
    for name, workers in (("a", "1"), ("b", "2")):
        assert run_app(["run", str(config), "--out", str(tmp_path / name), "--workers", workers]) == 0
        runs.append(table(tmp_path / name, capfd))
    assert runs[0] == runs[1]
    assert len({row["seed"] for row in runs[0]}) == 5
    assert len({row["sharpe"] for row in runs[0]}) == 5


def test_one_trial_can_be_shown_rerun_and_its_trades_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write(
        tmp_path, CROSS.splitlines(keepends=True)[0] + "    space: {fast: [5, 10], slow: [20, 30]}\n"
    )
    run = tmp_path / "run"
    assert run_app(["run", str(config), "--out", str(run), "--executor", "inline"]) == 0
    assert run_app(["show", str(run), "best", "--rerun"]) == 0
    assert "bit-identical" in capfd.readouterr().out
    assert run_app(["trades", str(run), "0", "--format", "json"]) == 0
    trades = json.loads(capfd.readouterr().out)
    assert set(trades[0]) >= {"symbol", "entry_time", "units", "commission", "exit_reason", "best_excursion"}
    with sqlite3.connect(run / "run.db") as db:
        params, metrics = db.execute("SELECT params, metrics FROM trials WHERE proposal = 0").fetchone()
    assert json.loads(params) == {"fast": 5, "slow": 20}
    assert json.loads(metrics)["n_trades"] == len(trades)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nowhere.yaml"], "nowhere.yaml"),
        (["trials", "nowhere"], "nowhere: there is no such folder"),
        (["show", "nowhere", "1"], "nowhere"),
        (["rum"], "No such command"),
        (["run", "--workers", "many"], "--workers"),
    ],
)
def test_wrong_commands_are_one_line_and_exit_code_2(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_app(arguments) == 2
    said = capfd.readouterr().err
    assert says in said
    assert "Traceback" not in said


def test_a_folder_that_holds_something_is_left_as_it_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, own("stumbles", "{window: [10]}"))
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "thesis.txt").write_text("years of work")
    assert run_app(["run", str(config), "--out", str(tmp_path / "kept"), "--executor", "inline"]) == 2
    assert "thesis.txt" in capfd.readouterr().err
    assert [p.name for p in (tmp_path / "kept").iterdir()] == ["thesis.txt"]
