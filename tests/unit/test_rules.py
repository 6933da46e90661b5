"""Compiled rules: what their arguments are, what is refused, what is kept; and trials go as plain ones do."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import cloudpickle
import numba
import numpy as np
import pytest

import admf
from admf.api.component_spec import component_spec
from admf.errors import ComponentError, InputError, TrialError
from admf.model.bars import BarInfo
from admf.model.mapped_bars import write_bars
from admf.model.trial import Batch, ComponentSpec, ObjectiveSpec, Outcome, Outcomes, StudySpec
from admf.plan.strategy_file import sketch_of
from admf.trials.component import load_component
from admf.trials.evaluate import evaluate_batch
from admf.trials.rules import lines, machine_code
from admf.trials.rules.rule import Rule
from tests.components import rules
from tests.unit.test_lookahead import random_walk

HERE = str(Path(__file__).parent.parent / "components")
FACTOR = 2.0


def evaluate(
    tmp_path: Path, component: str | ComponentSpec, sets: list[dict[str, Any]], numbers: range | None = None
) -> Outcomes:
    bars = random_walk(300)
    of = (
        component
        if isinstance(component, ComponentSpec)
        else ComponentSpec(name="c", use=component, folder=HERE)
    )
    spec = StudySpec(
        component=of,
        bars=str(write_bars(bars, tmp_path / "bars")),
        start=0,
        stop=len(bars),
        warmup=40,
        simulation="{}",
        objective=ObjectiveSpec(metric="sharpe"),
    )
    return evaluate_batch(
        Batch(
            study=spec,
            numbers=numbers or range(len(sets)),
            params=tuple(sets),
            seeds=np.arange(len(sets)),
        )
    )


# --- as a plain function ---------------------------------------------------------------------------------


def test_a_rule_scores_what_the_plain_function_scores(tmp_path: Path) -> None:
    sets: list[dict[str, Any]] = [{"fast": f, "slow": s} for f in range(2, 12) for s in (20, 30, 40)]
    sets += [{"fast": 5}, {"slow": 25, "simulation.direction": "short"}, {}]  # defaults and options hold too
    found, plain = (evaluate(tmp_path, f"{file}.py:cross", sets) for file in ("rules", "honest"))
    assert found.metrics.tobytes() == plain.metrics.tobytes()
    assert (found.reasons, found.undefined) == (plain.reasons, plain.undefined)
    again = evaluate(tmp_path, "rules.py:cross", sets[:30], range(7, 37))  # all at once, none of them sampled
    assert again.metrics.tobytes() == plain.metrics[:30].tobytes()
    assert len({tuple(row) for row in again.metrics.tolist()}) > 20


def test_what_goes_wrong_is_the_set_s_own(tmp_path: Path) -> None:
    sets = [{"window": n} for n in (3, 2, 4, 5, 6, 8)]
    found = evaluate(tmp_path, "rules.py:troubled", sets, range(1, 7))
    assert [one is Outcome.SCORED for one in found.outcomes] == [True, False, False, False, False, True]
    assert found.reasons[1] == "ValueError: no line for 2"
    assert found.reasons[2] == "ValueError: it is bar 20"
    assert found.reasons[3].startswith("a signal must lie in [-1, 1], got 1.5 at bar ")
    assert found.reasons[4].startswith("ZeroDivisionError")
    assert np.isnan(found.metrics[1:5]).all()
    for row, words in (
        (1, "no line for 2"),
        (2, "it is bar 20"),
        (3, "got 1.5 at bar"),
        (4, "division by zero"),
    ):
        with pytest.raises((ValueError, ZeroDivisionError, TrialError), match=words):  # plainly too
            admf.backtest(rules.troubled, random_walk(300), window=sets[row]["window"])
    sampled = evaluate(tmp_path, "rules.py:troubled", sets[:5], range(0, 5000, 1000))
    assert sampled.reasons == found.reasons[:5]


def test_a_warm_up_that_lines_record_is_held_against_the_study_s(tmp_path: Path) -> None:
    bars = random_walk(300)
    undeclared = admf.per_bar(average=lambda bars, window: admf.ta.sma(bars.close, window))(_above)
    found = evaluate(tmp_path, component_spec(undeclared), [{"window": n} for n in (10, 60, 60, 20)])
    assert [reason[:29] for reason in found.reasons] == ["", *["this parameter set needs 59 b"] * 2, ""]
    assert undeclared(bars, window=3).shape == (300,)


def test_symbols_have_equal_shares_and_none_may_take_more() -> None:
    one = random_walk(60)
    columns = {name: np.column_stack([column, column]) for name, column in one.columns.items()}
    info = BarInfo(symbols=("A", "B"), bars_per_year=252.0, bar_ns=one.info.bar_ns)
    two = admf.Bars(time=one.time, columns=columns, session=one.session, info=info)
    assert set(rules.cross(two, fast=3, slow=9).ravel()) == {0.0, 0.5}
    with pytest.raises(TrialError, match=r"must lie in \[-1, 1\], got 1\.5 at bar"):
        rules.troubled(two, window=5)
    out = np.empty(120)
    with pytest.raises(TrialError, match=r"must lie in \[-1, 1\], got 1\.5 at bar"):
        rules.troubled.many(two)(window=[5]).write(0, out)


# --- both ways -------------------------------------------------------------------------------------------


def test_a_rule_that_does_otherwise_when_compiled_ends_the_run(tmp_path: Path) -> None:
    sets = [{"fast": 3, "slow": 20}]
    with pytest.raises(InputError, match=r"both ways to ask a component must agree") as raised:
        evaluate(tmp_path, "rules.py:tampered", sets, range(2000, 2001))
    text = str(raised.value)
    assert "proposal 2000 of 'c'" in text
    assert "with {'fast': 3, 'slow': 20}, total_return is " in text
    one_way, plain = (
        float(text.split(before)[1].split(" ")[0]) for before in ("_return is ", "one way and ")
    )
    assert plain == pytest.approx(evaluate(tmp_path, "honest.py:cross", sets).metrics[0, 0], abs=1e-12)
    assert abs(one_way - plain) > 1e-6
    evaluate(tmp_path, "rules.py:tampered", sets, range(2001, 2002))  # which is not sampled


def test_a_random_number_is_found(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="draws no random number"):
        evaluate(tmp_path, "rules.py:random", [{"share": 0.5}])


def test_one_way_that_raises_alone_is_found(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"plain it fails \(ValueError: .*\), compiled it does not"):
        evaluate(tmp_path, "rules.py:domain", [{"level": 0.0}])


# --- what is refused -------------------------------------------------------------------------------------


def _above(close: float, average: float, window: int = 5) -> Any:
    return close > average


def _sma(bars: Any, window: int) -> Any:
    return admf.ta.sma(bars.close, window)


def _averages(bars: Any, windows: Any) -> Any:
    return admf.ta.sma(bars.close, windows)


def _any_number(*closes: float) -> Any:
    return closes[0]


REFUSED: dict[str, tuple[Any, str]] = {
    "a line that the rule does not take": (
        lambda: admf.per_bar(averge=_sma)(_above),
        "Did you mean 'average'",
    ),
    "a line that is no function": (lambda: admf.per_bar(average=3)(_above), "must be a function of bars"),  # type: ignore[call-overload]
    "a line of unknown parameters": (
        lambda: admf.per_bar(average=_averages)(_above),
        "takes 'windows', which is no parameter of the rule. Did you mean 'window'",
    ),
    "a line of nothing": (lambda: admf.per_bar(average=lambda: 1)(_above), "must take the bars"),
    "a line with a default": (lambda: admf.per_bar(window=_sma)(_above), "'window' must have no default"),
    "any number of arguments": (lambda: admf.per_bar(_any_number), "must be plain ones"),
    "a class": (lambda: admf.per_bar(admf.Orders), "must be given a function, got type"),
    "an unknown column": (
        lambda: admf.per_bar(_above)(random_walk(9)),
        "takes 'average', which is no column",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_arguments_that_are_none_are_refused(name: str) -> None:
    make, says = REFUSED[name]
    with pytest.raises(ComponentError) as raised:
        make()
    assert says in str(raised.value)


def _imports(close: float, n: int = 1) -> Any:
    import json

    return json.loads("1") * close


def _calls_plain(close: float, n: int = 1) -> Any:
    first = 1.0
    return first if _imports(close, n) > close else 0.0


def _writes(close: Any, n: int = 1) -> Any:
    close[0] = 1.0
    return close


@pytest.mark.parametrize(
    ("form", "function", "line", "says"),
    [
        (admf.per_bar, _imports, 1, "Use of unsupported opcode (IMPORT_NAME) found."),
        (admf.per_bar, _calls_plain, 2, "Untyped global name '_imports'"),
        (admf.compiled, _writes, 1, "Cannot modify readonly array"),
    ],
)
def test_what_numba_cannot_compile_is_refused_with_its_line_and_reason(
    form: Any, function: Any, line: int, says: str
) -> None:
    with pytest.raises(ComponentError) as raised:
        form(function).many(random_walk(20))
    (problem,) = raised.value.problems
    assert problem.where == f"tests/unit/test_rules.py:{function.__code__.co_firstlineno + line}"
    assert problem.says.startswith(f"Numba cannot compile {function.__name__}: {says}"[:-1])
    assert len(problem.says) < 350
    assert "leave the decorator away" in problem.hint


def test_an_index_beyond_the_end_raises() -> None:
    rule = admf.compiled(_beyond)
    bars, out = random_walk(20), np.empty(20)
    with pytest.raises(IndexError):
        rule(bars)
    with pytest.raises(IndexError):
        rule.many(bars)(n=[20]).write(0, out)


def _beyond(close: Any, n: int = 20) -> Any:
    out = np.zeros(len(close))
    out[0] = close[n]
    return out


# --- what is kept ----------------------------------------------------------------------------------------


def _scaled(close: float, n: int = 1) -> Any:
    return min(close * n / (FACTOR * 1000.0), 1.0)


def _write(rule: Rule, n: Any = 1) -> float:
    out = np.empty(20)
    rule.many(random_walk(20))(n=[n]).write(0, out)
    return float(out[0])


def test_machine_code_is_read_from_disk_by_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMF_CACHE", str(tmp_path))
    monkeypatch.setattr(machine_code, "_known", {})
    first = _write(admf.per_bar(_scaled))
    assert _write(admf.per_bar(_scaled)) == first
    (run,) = machine_code._known.values()
    assert (sum(run.stats.cache_hits.values()), len(run.overloads)) == (0, 1)
    machine_code._known.clear()  # as in another process
    assert _write(admf.per_bar(_scaled)) == first
    (run,) = machine_code._known.values()
    assert sum(run.stats.cache_hits.values()) == 1


def test_an_edited_constant_is_other_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMF_CACHE", str(tmp_path))
    first = _write(admf.per_bar(_scaled))
    monkeypatch.setitem(globals(), "FACTOR", 4.0)
    assert _write(admf.per_bar(_scaled)) == first / 2.0
    assert _write(admf.per_bar(_scaled), 1.0) == first / 2.0  # a float is another type


def test_rules_of_one_name_are_not_taken_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMF_CACHE", str(tmp_path))
    for _ in range(2):  # compiled, then read
        monkeypatch.setattr(machine_code, "_known", {})
        versions = [_version(share) for share in ("0.25", "0.5", "0.75")]
        assert [_write(rule) for rule in versions] == [0.25, 0.5, 0.75]


def _version(share: str) -> Rule:
    names: dict[str, Any] = {"__name__": "notebook"}
    exec(f"def rule(close, n=1):\n    return {share}\n", names)
    return admf.per_bar(names["rule"])


def _twice(x: float) -> float:
    return 2.0 * x


_doubled: Any = numba.njit(_twice)


def _by_another(close: float, n: int = 1) -> Any:
    return _doubled(0.25) * n


def test_with_compiled_functions_of_the_user_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether those have changed could not be seen."""
    monkeypatch.setenv("ADMF_CACHE", str(tmp_path))
    rule = admf.per_bar(_by_another)
    assert _write(rule) == 0.5
    assert not (tmp_path / "rules").exists()


def test_a_disk_that_takes_nothing_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ADMF_CACHE", str(tmp_path / "file"))
    assert _write(_version("0.125")) == 0.125


def test_a_line_is_computed_once_while_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def line(bars: Any, window: Any) -> Any:
        asked.append(window)
        return bars.close

    rule, out = admf.per_bar(average=line)(_above), np.empty(20)
    sets = rule.many(random_walk(20))(window=[1, 2, 1, True, 1.0, 2])
    for i in range(6):
        sets.write(i, out)
    assert asked == [1, 2, True, 1.0]
    monkeypatch.setattr(lines, "_MOST_BYTES", 20 * 8)
    sets = rule.many(random_walk(20))(window=[1, 2, 2, 1])
    for i in range(4):
        sets.write(i, out)
    assert asked[4:] == [1, 2, 1]


# --- how it travels --------------------------------------------------------------------------------------


def test_a_rule_is_shipped_by_value(tmp_path: Path) -> None:
    shipped = pickle.loads(cloudpickle.dumps(_version("0.5")))
    assert _write(shipped) == 0.5
    spec = component_spec(_version("0.5"))
    component = load_component(spec)
    assert (component.plain, component.accepts, component.defaults) == (True, frozenset({"n"}), {"n": 1})
    assert evaluate(tmp_path, spec, [{"n": 1}]).outcomes[0] is Outcome.SCORED


def test_a_rule_says_what_a_function_says() -> None:
    component = load_component(ComponentSpec(name="c", use="rules.py:cross", folder=HERE))
    assert (component.warmup, component.plain, component.built_in) == ("slow", True, False)
    assert component.where.startswith("tests/components/rules.py:")
    assert math.isclose(
        float(rules.held(random_walk(9)).sum()), float(rules.held(random_walk(9), enter=101.0).sum())
    )


def test_its_file_is_read_without_running_it() -> None:
    sketch = sketch_of(Path(HERE) / "rules.py", "cross")
    assert (sketch.defaults, sketch.required, sketch.own_space) == ({"fast": 10, "slow": 30}, (), False)
    assert sketch_of(Path(HERE) / "rules.py", "held").defaults == {"enter": 101.0, "leave": 99.0}
