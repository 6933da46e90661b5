"""How commands speak: what goes to which stream, and when."""

from __future__ import annotations

import io
import json
import re
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from admf.cli import progress, speak
from admf.cli.progress import Bar, Lines, Steps, progress_line


def at(ended: int, total: int | None, best: float | None = None, recorded: int = 0) -> Any:
    return SimpleNamespace(
        study=SimpleNamespace(component="ma"), ended=ended, total=total, best=best, recorded=recorded
    )


def test_a_line_has_rate_best_and_time_left() -> None:
    assert progress_line(at(50, 200, 1.23456), 10.0) == (
        "ma: 50 of 200 trials, 5/s, best 1.235, about 30 seconds left"
    )
    resumed = progress_line(at(150, 200, recorded=100), 10.0)
    assert resumed == "ma: 150 of 200 trials, 5/s, no value yet, about 10 seconds left"
    assert progress_line(at(3, None), 60.0) == "ma: 3 trials, 0.05/s, no value yet"


def test_lines_come_now_and_then_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = iter([0.0, 1.0, 6.0, 7.0])
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(now)))
    lines = Lines()
    for ended in (1, 2, 3, 4):
        lines.show(at(ended, 10))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "ma: 3 of 10 trials, 0.5/s, no value yet, about 14 seconds left\n"


def test_a_step_speaks_only_where_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speak, "STEP_S", 60.0)
    with speak.step("Reading."):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(speak, "STEP_S", 0.0)
    with speak.step("Reading."):
        for _ in range(500):
            time.sleep(0.01)
            if said := capsys.readouterr().err:
                break
    assert said == "Reading.\n"


def test_steps_without_threads_show_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speak, "STEP_S", 0.0)
    started: list[str] = []
    monkeypatch.setattr(progress, "Step", started.append)
    steps = Steps(threads=False)
    steps.begin("Looking.")
    steps.end()
    assert started == []


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("threads", [True, False])
@pytest.mark.parametrize(("columns", "shows"), [("100", "best 1.5"), ("44", "ma")])
def test_a_bar_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, threads: bool, columns: str, shows: str
) -> None:
    terminal = _Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", columns)
    bar = Bar(threads=threads)
    for ended in (1, 5, 10):
        bar.show(at(ended, 10, 1.5))
    bar.end()
    drawn = terminal.getvalue()
    assert shows in drawn
    assert "10/10" in drawn
    assert ("best" in drawn) == (columns == "100")


def test_no_colour_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = []
    for wanted in (True, False):
        terminal = _Terminal()
        monkeypatch.setattr("sys.stdout", terminal)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "60")
        monkeypatch.delenv("NO_COLOR", raising=False)
        if not wanted:
            monkeypatch.setenv("NO_COLOR", "1")
        speak.say_findings([("ok", "python", "is there"), ("missing", "ray", "is not")])
        speak.say_sections([("data", [("remark", "look here " * 20)])])
        coloured.append(any(f"\x1b[{n}m" in terminal.getvalue() for n in (31, 32, 33)))
        plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
        assert max(map(len, plain.split("\n"))) <= 60
    assert coloured == [True, False]


def test_a_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    for name, fit in (("xterm", True), ("dumb", False)):
        monkeypatch.setenv("TERM", name)
        assert speak.on_terminal(terminal) is fit
    terminal.close()
    assert not speak.on_terminal(io.StringIO())


@dataclass(frozen=True)
class _Found:
    value: float
    names: tuple[str, ...]


def test_json_is_one_document_without_nan(capsys: pytest.CaptureFixture[str]) -> None:
    speak.say_json([_Found(float("nan"), ("é",)), {"x": float("inf")}])
    assert json.loads(capsys.readouterr().out) == [{"value": None, "names": ["é"]}, {"x": None}]
