"""`admf verify` and `admf show --rerun`: what gives the same again, and why what does not does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf
from admf.cli.app import run_app
from admf.coordinator import drive
from admf.coordinator.sample import draw, shares
from admf.coordinator.state import Limits
from admf.store.trial_table import TrialTable

COMPONENTS = Path(__file__).parent.parent / "components" / "leaking.py"
CONFIG = """\
seed: 3
data: {{source: bundled:sp500, split: {{out_of_sample: 0.9}}}}
components:
{components}
execution: {{workers: {workers}, max_failures: 1.0}}
containers: {{type: {kind}, resource_limits: {{timeout_s: 3}}}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(COMPONENTS.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def run(*names: str, kind: str = "minimal", workers: int = 1, high: int = 6) -> None:
    lines = [
        f"  {name.lower()}: {{use: 'own.py:{name}', warmup: 0, space: {{n: {{low: 1, high: {high}}}}}}}"
        for name in names
    ]
    text = CONFIG.format(components="\n".join(lines), kind=kind, workers=workers)
    Path("admf.yaml").write_text(text, encoding="utf-8")
    assert run_app(["run", "--out", "run"]) == 0


def verified(capfd: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    """The exit code of `admf verify run`, and what it prints."""
    capfd.readouterr()
    code = run_app(["verify", "run", *more])
    said = capfd.readouterr()
    return code, said.out + (said.err if code == 2 else "")


def stored() -> Mapping[str, float | None]:
    with TrialTable.open(Path("run/run.db"), readonly=True) as table:
        columns = table.columns(["trial_id", "value"])
    return dict(zip(columns["trial_id"], columns["value"].tolist(), strict=True))


def test_what_depends_on_nothing_else_is_the_same_and_the_run_is_left_alone(
    capfd: pytest.CaptureFixture[str],
) -> None:
    run("honest", workers=2)
    before = {path: hashlib.sha256(path.read_bytes()).digest() for path in Path("run").glob("**/*.*")}
    code, said = verified(capfd)
    assert (code, said) == (
        0,
        "6 of 6 trials evaluated again in fresh containers, in another order: all bit-identical.\n",
    )
    assert verified(capfd, "--sample", "2", "--seed", "9", "--workers", "1")[1].startswith("2 of 6 trials")
    after = {path: hashlib.sha256(path.read_bytes()).digest() for path in before}
    assert after == before


def test_every_cause_is_told_from_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    run("honest", "Counting", "Remembering", "Clocked")
    then = stored()
    assert [then[f"1.counting.{i}"] for i in range(6)] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert {then[f"1.remembering.{i}"] for i in range(6)} == {0.0}
    code, said = verified(capfd, "--json")
    assert code == 5
    found = json.loads(said)
    assert (found["trials"], found["sample"], found["left_out"], found["timed"]) == (24, 24, 0, 0)
    by_name = {one["component"]: one for one in found["differences"]}
    assert set(by_name) == {"counting", "remembering", "clocked"}
    counting, remembering, clocked = (by_name[name] for name in ("counting", "remembering", "clocked"))
    # Alone it is the first that its process sees; in the run trial 1 was the second.
    assert (counting["trial"], counting["what"], counting["count"]) == ("1.counting.1", "sharpe", 5)
    assert (counting["cause"], counting["then"], counting["now"]) == ("leak", 2.0, 1.0)
    assert remembering["cause"] == "leak in another order"
    assert (remembering["then"], remembering["now"]) == (1.0, 0.0)
    assert (clocked["cause"], clocked["trial"], clocked["count"]) == ("random", "1.clocked.0", 6)
    assert clocked["then"] == then["1.clocked.0"]
    assert "honest" not in said

    code, said = verified(capfd)
    assert code == 5
    assert (
        "counting leaks state between trials: 1.counting.1 gives sharpe 1 alone in a fresh container,"
        " sharpe 2 in the run. 5 of its trials differ." in said
    )
    assert "remembering leaks state between trials: 1.remembering." in said
    assert "clocked gives other numbers each time it is asked: 1.clocked.0 gave sharpe " in said
    assert "honest" not in said


def test_alone_in_their_containers_they_leak_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    run("Counting", "Remembering", kind="isolated", high=3)
    assert set(stored().values()) == {0.0, 1.0}
    assert verified(capfd)[0] == 0


def test_trials_that_share_a_fork_leak_as_those_of_a_shared_container(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drive, "Limits", partial(Limits, batch_s=60.0))  # several in a slice, on any machine
    run("Counting", kind="isolated, trials: 3")
    first = next(
        trial for trial, value in stored().items() if value != 1.0
    )  # how many share is the driver's affair
    code, said = verified(capfd)
    assert code == 5
    assert f"counting leaks state between trials: {first} gives sharpe 1 alone" in said


def test_without_containers_they_leak_too(capfd: pytest.CaptureFixture[str]) -> None:
    run("Counting", kind="isolated")
    assert run_app(["run", "--out", "inline", "--executor", "inline"]) == 0
    capfd.readouterr()
    assert run_app(["verify", "inline"]) == 5
    assert "counting leaks state between trials" in capfd.readouterr().out


def test_what_it_reads_has_changed(capfd: pytest.CaptureFixture[str]) -> None:
    Path("number.txt").write_text("1", encoding="utf-8")
    run("Reading", kind="isolated", high=3)
    assert verified(capfd)[0] == 0
    Path("number.txt").write_text("-0.5", encoding="utf-8")
    code, said = verified(capfd)
    assert code == 5
    assert (
        "reading gives other numbers than in the run, the same each time: 1.reading.0 gave sharpe 1" in said
    )
    assert "leaks" not in said
    assert run_app(["show", "run", "1", "--rerun"]) == 5


def test_trials_that_end_badly_end_so_again(capfd: pytest.CaptureFixture[str]) -> None:
    run("ending", kind="isolated")
    code, said = verified(capfd)
    assert code == 0, said
    assert "all bit-identical" in said
    assert "The end of 1 of them depends on the machine's load" in said
    for trial in ("0", "1", "2"):
        assert run_app(["show", "run", trial, "--rerun"]) == 0
        assert "evaluated again: " in (shown := capfd.readouterr().out)
        assert "\x1b" not in shown


def test_what_changed_is_said_instead_of_blaming_the_strategy(capfd: pytest.CaptureFixture[str]) -> None:
    run("Counting", high=3)
    text = Path("own.py").read_text(encoding="utf-8")
    Path("own.py").write_text(f"{text}\nmore = 1\n", encoding="utf-8")
    code, said = verified(capfd)
    assert code == 2
    assert "components.counting: the code of this component changed" in said
    assert "leaks" not in said
    Path("own.py").write_text("def nothing(bars): return 1\n", encoding="utf-8")
    assert verified(capfd)[0] == 2
    Path("own.py").unlink()
    assert verified(capfd)[0] == 2


def test_changed_data_are_said(capfd: pytest.CaptureFixture[str]) -> None:
    def write(price: float) -> None:
        days = np.datetime64("2001-01-01") + np.arange(200)
        prices = [price if i == 3 else 100.0 + i % 7 for i in range(200)]
        rows = [f"{day},{p},{p + 1},{p - 1},{p}" for day, p in zip(days, prices, strict=True)]
        Path("bars.csv").write_text("\n".join(["date,open,high,low,close", *rows, ""]), encoding="utf-8")

    write(103.0)
    lines = "  honest: {use: 'own.py:honest', warmup: 0, space: {n: [1, 2]}}"
    config = CONFIG.format(components=lines, kind="minimal", workers=1)
    config = config.replace("bundled:sp500", "bars.csv").replace("0.9", "0.2")
    Path("admf.yaml").write_text(config, encoding="utf-8")
    assert run_app(["run", "--out", "run"]) == 0
    assert verified(capfd)[0] == 0
    write(103.5)
    code, said = verified(capfd)
    assert code == 2
    assert "the data changed" in said


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_no_run_is_bad_input(folder: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_app(["verify", folder]) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_functions_handed_over_in_python(capfd: pytest.CaptureFixture[str]) -> None:
    def own(bars: Any, n: int = 3) -> Any:
        return np.arange(len(bars)) % n == 0

    space = {"n": [2, 3, 4]}
    admf.optimize(own, "bundled:sp500", space=space, out="run")
    code, said = verified(capfd)
    assert (code, said.split(" trials")[0]) == (0, "3 of 3")


def test_a_sample_gives_every_study_its_share(capfd: pytest.CaptureFixture[str]) -> None:
    run("honest", "Counting", high=40, kind="minimal")
    with TrialTable.open(Path("run/run.db"), readonly=True) as table:
        some = draw(table, 10, 1)
        assert [trial.trial_id for trial in some.trials] == [t.trial_id for t in draw(table, 10, 1).trials]
        other = draw(table, 10, 2)
        assert len(draw(table, 1_000, 1).trials) == 80
    assert [trial.trial_id for trial in some.trials] != [trial.trial_id for trial in other.trials]
    assert sorted(trial.component for trial in some.trials) == ["counting"] * 5 + ["honest"] * 5


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 5_000])
def test_shares_add_up(size: int) -> None:
    sizes = {("s", str(i), "w"): n for i, n in enumerate([1, 2_000, 0, 37, 990])}
    found = shares(sizes, size)
    assert sum(found.values()) == max(4, min(size, 3_028))
    for study, own in sizes.items():
        assert min(1, own) <= found[study] <= own
        assert abs(found[study] - own * min(size, 3_028) / 3_028) < 1.0 or size < 100 or found[study] == 1


def test_what_a_trial_said_is_shown_and_harmless(capfd: pytest.CaptureFixture[str]) -> None:
    run("talkative", high=2)
    capfd.readouterr()
    assert run_app(["show", "run", "1.talkative.1"]) == 0
    assert "printed 1 line and noted 1 event: --logs shows them\n" in capfd.readouterr().out
    assert run_app(["show", "run", "1.talkative.1", "--logs"]) == 0
    said = capfd.readouterr().out
    assert "what it printed\n\\x1b[31mred\\x07 2\n" in said
    assert "  seen  bars=484, name=\\x1b[2J\n" in said
    assert "container minimal, " in said
    assert not {"\x1b", "\x07"} & set(said)
    assert run_app(["show", "run", "1.talkative.0", "--logs"]) == 0
    assert "It printed nothing.\nIt noted nothing.\n" in capfd.readouterr().out
