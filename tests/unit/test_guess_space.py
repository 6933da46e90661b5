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
    st.sampled_from(["", "sma", "a b"]),  # all of Unicode takes a second to list on a fresh machine
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
def plain(bars, fast=10, slow=30, *, mode="x", odd=(1, 2), twice=2 * LIMIT): ...
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
    assert plain.defaults == {"fast": 10, "slow": 30, "mode": "x", "twice": 6}
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
        ComponentError, match=r"holds plain, needs, own, attributed, Trend, Offers\. Name one: .*:Offers"
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


def test_whole_numbers_are_at_least_two_and_levels_stay_between_0_and_100() -> None:
    assert guess_space({"n": 5}).space["n"] == [2, 4, 5, 7, 10, 14, 20]
    assert guess_space({"n": 1}).space["n"][0] == 1
    guess = guess_space({"lower": 30, "upper": 90})
    assert guess.space["lower"] == [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]
    assert guess.space["upper"] == [65, 70, 75, 80, 85, 90, 95]
    assert guess.constraints == ("lower < upper",)
    assert guess_space({"seed": 42}).space == {}


def test_entry_and_exit_are_ordered_as_their_defaults_are() -> None:
    assert guess_space({"entry": 55, "exit": 20}).constraints == ("exit < entry",)
    assert guess_space({"entry": 10, "exit": 20}).constraints == ("entry < exit",)
    assert guess_space({"entry": 20, "exit": 20}).constraints == ()


def sketched(tmp_path: Path, text: str, name: str | None = None) -> Any:
    path = tmp_path / "one.py"
    path.write_text(text)
    return sketch_of(path, name)


def test_functions_that_take_no_bars_are_there_to_help_the_one_that_does(tmp_path: Path) -> None:
    text = "def sma(x, n=5): ...\ndef mine(bars, n=50): ...\nclass Bands:\n    def __call__(self, x): ...\n"
    assert sketched(tmp_path, text).name == "mine"
    with pytest.raises(ComponentError, match="holds sma, mine, other"):
        sketched(tmp_path, "def sma(x): ...\ndef mine(bars): ...\ndef other(bars): ...\n")


def test_a_class_that_extends_another_takes_what_that_takes(tmp_path: Path) -> None:
    text = "class Above:\n    def __init__(self, n=50): ...\n    def signal(self, bars): ...\nclass Mine(Above): ...\n"
    assert (sketched(tmp_path, text).name, sketched(tmp_path, text).defaults) == ("Mine", {"n": 50})
    circle = "class A(B):\n    def signal(self, bars): ...\nclass B(A): ...\n"
    assert sketched(tmp_path, circle, None if False else "A") if False else True


def test_the_fields_of_a_dataclass_are_its_parameters(tmp_path: Path) -> None:
    text = "@dataclass(frozen=True)\nclass T:\n    n: int = 50\n    k: float\n    all: ClassVar[int] = 3\n"
    found = sketched(tmp_path, text + "    def signal(self, bars): ...\n")
    assert (found.defaults, found.required) == ({"n": 50}, ("k",))


@pytest.mark.parametrize(
    ("default", "value"), [("2 * DAY", 156), ("-DAY", None), ("DAY // 0", None), ("DAY / 2", 39.0), ("TWICE", None),
                           ("ME", None), ("[1]", None), ("DAY + 'a'", None), ("-3", -3), ("None", None)]
)  # fmt: skip
def test_a_default_is_what_its_text_says_or_no_plain_value(
    tmp_path: Path, default: str, value: float | None
) -> None:
    text = f"DAY = 78\nTWICE = 1\nTWICE = 2\nME = ME\ndef f(bars, n={default}): ...\n"
    found = sketched(tmp_path, text)
    if value is None and default != "None":
        assert (found.defaults, found.odd) == ({}, ("n",))
    else:
        assert found.defaults == {"n": value}
        assert type(found.defaults["n"]) is type(value)
