"""Components in every form: found, called, refused with the nearest name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf.errors import ComponentError, TrialError
from admf.finance.simulation.options import Simulation
from admf.model.trial import ComponentSpec
from admf.trials.answer import ask, simulated
from admf.trials.component import Component, load_component
from tests.unit.test_lookahead import random_walk

HERE = str(Path(__file__).parent.parent / "components")
BARS = random_walk(300)


def load(name: str) -> Component:
    return load_component(ComponentSpec(name=name, use=f"honest.py:{name}", folder=HERE))


def equity(component: Component, params: dict[str, Any]) -> Any:
    answer = ask(component, params, BARS, Simulation(), 30)
    return simulated(answer, BARS, Simulation(), 30).equity


@pytest.mark.parametrize("name", ["pandas_cross", "Signal", "ByBar", "optimizable"])
def test_one_strategy_in_every_form_earns_the_same(name: str) -> None:
    expected = equity(load("cross"), {"fast": 5, "slow": 20})
    np.testing.assert_allclose(equity(load(name), {"fast": 5, "slow": 20}), expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["cross", "Signal", "ByBar", "optimizable", "annotated"])
def test_a_name_that_is_not_taken_is_an_error_with_the_nearest(name: str) -> None:
    wrong, component = "windw" if name == "annotated" else "fastt", load(name)
    with pytest.raises(ComponentError, match=f"takes no parameter '{wrong}'") as caught:
        ask(component, {wrong: 5}, BARS, Simulation(), 30)
    assert "Did you mean" in str(caught.value)


def test_spaces_come_from_annotations_and_from_objects() -> None:
    assert load("annotated").space == {"window": range(5, 50, 5)}
    assert load("optimizable").space == {"fast": [5, 10], "slow": [20, 40]}


def test_an_object_is_not_changed_by_a_trial() -> None:
    component = load("optimizable")
    equity(component, {"fast": 5, "slow": 40})
    assert component.make({}).parameters == {"fast": 10, "slow": 30}


def test_metrics_of_its_own_are_taken_as_they_are() -> None:
    answer = ask(load("Measures"), {"x": 3.0}, BARS, Simulation(), 0)
    assert answer.metrics == {"score": -1.0, "sharpe": 3.0}


def test_a_file_that_does_not_import_says_its_own_error_and_line(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("x = 1\ny = undefined_name\n")
    with pytest.raises(ComponentError, match=r"broken\.py:2:5: .*NameError: name 'undefined_name'"):
        load_component(ComponentSpec(name="b", use="broken.py:f", folder=str(tmp_path)))
    (tmp_path / "typo.py").write_text("def f(bars):\n    return (\n")
    with pytest.raises(ComponentError, match=r"typo\.py:2:\d+: .*SyntaxError"):
        load_component(ComponentSpec(name="t", use="typo.py:f", folder=str(tmp_path)))


def test_what_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(ComponentError, match=r"has no 'cros'.*Did you mean 'cross'"):
        load_component(ComponentSpec(name="c", use="honest.py:cros", folder=HERE))
    with pytest.raises(
        ComponentError, match=r"no strategy is called 'ma_cross'.*Did you mean 'ma_crossover'"
    ):
        load_component(ComponentSpec(name="c", use="ma_cross"))
    with pytest.raises(ComponentError, match=r"there is no file .*nowhere\.py"):
        load_component(ComponentSpec(name="c", use="nowhere.py:f", folder=HERE))


def test_what_is_no_component_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text("number = 3\nclass Empty: pass\ndef nothing(): return 1\n")
    for name, says in [
        ("number", "is a int"),
        ("Empty", "has none of the methods"),
        ("nothing", "must take the bars"),
    ]:
        with pytest.raises(ComponentError, match=says):
            load_component(ComponentSpec(name=name, use=f"odd.py:{name}", folder=str(tmp_path)))


@pytest.mark.parametrize(
    ("signal", "says"),
    [
        (np.ones(7), r"one value per bar, shape \(300,\), got \(7,\)"),
        (np.full(300, 1.5), r"must lie in \[-1, 1\], got 1.5 at bar 0"),
        (np.full(300, "long"), "must be numbers or bool"),
        (None, "must return a signal"),
    ],
)
def test_a_signal_that_is_none_is_refused(signal: Any, says: str) -> None:
    component = Component(
        name="s", make=lambda _: lambda _: signal, call="__call__", accepts=None, defaults={}
    )

    def trade() -> None:
        simulated(ask(component, {}, BARS, Simulation(), 0), BARS, Simulation(), 0)

    with pytest.raises(TrialError, match=says):
        trade()


def test_composites_combine_their_parts() -> None:
    parts = tuple(
        ComponentSpec(name=name, use=f"honest.py:{use}", folder=HERE)
        for name, use in (("quick", "cross"), ("slow", "Signal"))
    )
    params = {"quick.fast": 5, "quick.slow": 20, "slow.fast": 10, "slow.slow": 40}
    alone = [
        ask(load("cross"), p, BARS, Simulation(), 0).signal
        for p in ({"fast": 5, "slow": 20}, {"fast": 10, "slow": 40})
    ]
    mean = load_component(ComponentSpec(name="c", of=parts, combine="weighted_mean"))
    signal = ask(mean, params | {"quick.weight": 3.0}, BARS, Simulation(), 0).signal
    np.testing.assert_allclose(signal, (3.0 * alone[0] + alone[1]) / 4.0)
    both = load_component(ComponentSpec(name="c", of=parts, combine="and"))
    np.testing.assert_array_equal(ask(both, params, BARS, Simulation(), 0).signal, alone[0] & alone[1])
    with pytest.raises(ComponentError, match=r"takes no parameter 'quick\.fats'.*quick\.fast"):
        ask(both, {"quick.fats": 1}, BARS, Simulation(), 0)
