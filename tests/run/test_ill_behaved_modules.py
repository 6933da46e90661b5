"""What a component's module does when it is imported is its own affair: it is named, or its trials run all the same."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from admf.cli.app import run_app
from admf.model.cache_folder import cache_folder

CONFIG = """\
seed: 3
data: {source: bundled:sp500, split: {out_of_sample: 0.9}}
components:
  own: {use: 'own.py:own', warmup: 0, space: {n: {low: 2, high: 9}}}
execution: {workers: 2, max_failures: 1.0}
containers: {type: isolated, resource_limits: {timeout_s: 30}}
"""
STRATEGY = """
import admf

def own(bars, n=2):
    return bars.close > admf.ta.sma(bars.close, n)
"""
IN_THE_KEEPER = """
import os
if b"template" in open("/proc/self/cmdline", "rb").read():
    above = open(f"/proc/{os.getppid()}/stat").read().rpartition(")")[2].split()[1]
    if b"template" not in open(f"/proc/{above}/cmdline", "rb").read():  # its parent is the template: it is a keeper
"""
HARMLESS = {
    "ignores the end of children": "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "blocks all signals": "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())",
    "closes standard output": "import sys; sys.stdout.close()",
    "has a clock of its own": "import time; time.monotonic = lambda: 1e18",
    "ends a keeper": f"{IN_THE_KEEPER}        os._exit(0)",
    "kills a keeper": f"{IN_THE_KEEPER}        os.kill(os.getpid(), 9)",
    "is about to be ended by a timer": f"{IN_THE_KEEPER}        import signal; signal.setitimer(2, 0.02)",
    "breaks fork in a keeper": f"{IN_THE_KEEPER}        os.fork = None",
}
REFUSED = {
    "raise KeyboardInterrupt": "cannot be loaded: KeyboardInterrupt.",
    "class Own(BaseException): pass\nraise Own('words')": "cannot be loaded: Own: words.",
    "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))": "Too many open files",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "admf.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def table(capfd: pytest.CaptureFixture[str], run: str) -> list[dict[str, str]]:
    capfd.readouterr()
    assert run_app(["trials", run, "--format", "csv"]) == 0
    return list(csv.DictReader(io.StringIO(capfd.readouterr().out)))


@pytest.mark.parametrize("harm", HARMLESS.values(), ids=HARMLESS)
def test_trials_of_a_module_that_harms_its_keeper_are_scored(
    here: Path, capfd: pytest.CaptureFixture[str], harm: str
) -> None:
    (here / "own.py").write_text(STRATEGY, encoding="utf-8")
    assert run_app(["run", "--out", "calm"]) == 0
    (here / "own.py").write_text(f"{harm}\n{STRATEGY}", encoding="utf-8")
    assert run_app(["run", "--out", "torn"]) == 0
    calm, torn = table(capfd, "calm"), table(capfd, "torn")
    assert {row["outcome"] for row in calm} == {"scored"}
    assert torn == calm


@pytest.mark.parametrize("harm", REFUSED)
def test_one_that_cannot_be_loaded_is_named(here: Path, capfd: pytest.CaptureFixture[str], harm: str) -> None:
    (here / "own.py").write_text(f"{harm}\n{STRATEGY}", encoding="utf-8")
    assert run_app(["run"]) == 2
    said = capfd.readouterr().err
    assert REFUSED[harm] in said
    assert "'own'" in said
    assert "Traceback" not in said


def test_what_ended_a_container_from_within_is_among_its_last_words(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = "    import builtins\n    builtins.isinstance = None\n    return"
    (here / "own.py").write_text(STRATEGY.replace("    return", broken), encoding="utf-8")
    assert run_app(["run", "--out", "torn"]) == 0
    assert {row["outcome"] for row in table(capfd, "torn")} == {"crashed"}
    assert run_app(["show", "torn", "1.own.0", "--logs"]) == 0
    assert "TypeError: 'NoneType' object is not callable" in capfd.readouterr().out


def test_a_trial_that_writes_to_the_bars_of_all_is_found_out(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this run; and the next one reads them anew."""
    (here / "cache").mkdir()
    (here / "cache" / "kernels").symlink_to(cache_folder() / "kernels")  # compiled once is enough
    monkeypatch.setenv("ADMF_CACHE", str(here / "cache"))
    (here / "own.py").write_text(STRATEGY, encoding="utf-8")
    assert run_app(["run", "--out", "calm"]) == 0
    spoil = (
        "import os, pathlib\n"
        "def spoil():\n"
        f"    for file in pathlib.Path({str(here / 'cache' / 'bars')!r}).glob('*/column-*.npy'):\n"
        "        file.chmod(0o644)\n"
        "        with file.open('r+b') as at:\n"
        "            at.seek(-8, 2)\n"
        "            at.write(bytes(8))\n"
    )
    torn = STRATEGY.replace("    return", "    spoil() if n == 5 else None\n    return")
    (here / "own.py").write_text(spoil + torn, encoding="utf-8")
    assert run_app(["run", "--out", "torn"]) == 2
    assert "no value of it can be trusted" in capfd.readouterr().err
    for command in ("resume", "report"):
        assert run_app([command, "torn"]) == 2
        said = capfd.readouterr()
        assert "no value of it can be trusted" in said.err
        assert "All is as it was" not in said.out + said.err
    assert run_app(["status", "torn"]) == 0
    said = capfd.readouterr()
    assert said.out.startswith("torn: spoiled: a trial wrote to the files of its bars")
    assert "admf resume" not in said.out
    (here / "own.py").write_text(STRATEGY, encoding="utf-8")
    assert run_app(["run", "--out", "again"]) == 0
    assert table(capfd, "again") == table(capfd, "calm")
