"""A space guessed from defaults, and a strategy file read without running it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf.errors import ComponentError
from admf.model.space import parse_space
from admf.plan.guess_space import guess_space
from admf.plan.strategy_file import sketch_of

PLAIN = st.one_of(
    st.integers(-500, 500),
    st.booleans(),
    st.none(),
    st.text(max_size=5),
    st.floats(-1e6, 1e6, allow_nan=False),
)


@given(st.dictionaries(st.sampled_from(["fast", "slow", "a", "lower_x", "upper_x", "min_n", "max_n"]), PLAIN))
def test_a_guess_is_a_space_that_holds_the_defaults(defaults: dict[str, Any]) -> None:
    guess = guess_space(defaults)
    assert guess.space.keys() | guess.fixed.keys() == defaults.keys()
    assert not guess.space.keys() & guess.fixed.keys()
    for name, values in guess.space.items():
        assert defaults[name] in values
        assert {type(v) for v in values} == {type(defaults[name])}
        assert values == sorted(set(values))
    if guess.space:
        space = parse_space(dict(guess.space), guess.constraints)
        assert space.contains({name: defaults[name] for name in guess.space})


def test_constraints_are_guessed_where_the_defaults_keep_them() -> None:
    assert guess_space({"fast": 10, "slow": 30}).constraints == ("fast < slow",)
    assert guess_space({"fast": 30, "slow": 10}).constraints == ()
    assert guess_space({"fast_window": 5, "slow_window": 9, "x": 2}).constraints == (
        "fast_window < slow_window",
    )


def test_shares_stay_below_one_and_zero_tells_nothing() -> None:
    guess = guess_space({"share": 0.8, "zero": 0, "none": None})
    assert max(guess.space["share"]) < 1.0
    assert guess.fixed.keys() == {"zero", "none"}


FILE = """
raise SystemExit("this must not run")
from typing import Annotated
LIMIT = 3
def _hidden(bars, a=1): ...
def plain(bars, fast=10, slow=30, *, mode="x", odd=LIMIT): ...
def needs(bars, window, k=2.0): ...
def own(bars, w: Annotated[int, range(5)] = 3): ...
def attributed(bars, w=3): ...
attributed.space = {"w": [1, 2]}
class Trend:
    def __init__(self, n=20, up=True): ...
    def on_bar(self, bar, position): ...
class Offers:
    def get_parameter_space(self): ...
    def signal(self, bars): ...
class Nothing:
    def other(self): ...
def without_arguments(): ...
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "many.py"
    path.write_text(FILE)
    return path


def test_a_file_is_read_and_not_run(file: Path) -> None:
    plain = sketch_of(file, "plain")
    assert plain.defaults == {"fast": 10, "slow": 30, "mode": "x"}
    assert (plain.odd, plain.required, plain.line) == (("odd",), (), 6)
    assert sketch_of(file, "needs").required == ("window",)
    assert sketch_of(file, "Trend").defaults == {"n": 20, "up": True}
    assert [sketch_of(file, n).own_space for n in ("own", "attributed", "Offers", "plain")] == [
        True,
        True,
        True,
        False,
    ]


def test_it_must_be_clear_which_strategy_is_meant(file: Path) -> None:
    with pytest.raises(
        ComponentError, match=r"holds plain, needs, own, attributed, Trend, Offers\. Name one"
    ):
        sketch_of(file)
    with pytest.raises(ComponentError, match="Did you mean 'plain'"):
        sketch_of(file, "plian")
    for text, says in (("x = 1\n", "a public function of bars"), ("def f(:\n", "must be Python")):
        file.write_text(text)
        with pytest.raises(ComponentError, match=says):
            sketch_of(file)
    with pytest.raises(ComponentError, match="no such file"):
        sketch_of(file.with_name("mani.py"))
