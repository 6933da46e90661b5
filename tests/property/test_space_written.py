"""A space written as JSON and read again is the same space, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from admf.model.space import Space, parse_space
from admf.model.space.written import read_space, space_data

values = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False),
    st.text("abc'\"é ", max_size=4), st.dictionaries(st.sampled_from(["atr", "window"]), st.integers(1, 9)),
)  # fmt: skip
floats = st.floats(0.001, 1e6)


@st.composite
def forms(draw: st.DrawFn) -> Any:
    low = draw(st.integers(1, 50))
    return draw(
        st.one_of(
            st.lists(values, min_size=1, max_size=4, unique_by=lambda v: (type(v) is bool, repr(v))),
            st.just({"low": low, "high": low + 12, "step": draw(st.sampled_from([1, 2, 3, 4]))}),
            st.just({"type": "int", "low": low, "high": low + 5, "log": draw(st.booleans())}),
            floats.map(lambda x: {"type": "float", "low": x, "high": 2 * x, "num_points": 5}),
            floats.map(lambda x: {"type": "float", "low": x, "high": 3 * x, "log": True, "default": x}),
            st.just({"choices": ["x", "y"], "ordinal": draw(st.booleans()), "default": "y"}),
            st.just({"type": "boolean"}),
        )
    )


@settings(max_examples=200, deadline=None)
@given(raw=st.dictionaries(st.sampled_from(["a", "b", "part.c", "d"]), forms(), min_size=1), data=st.data())
def test_what_is_written_is_read_as_the_same_space(raw: dict[str, Any], data: st.DataObject) -> None:
    try:
        space = parse_space(raw, data.draw(st.sampled_from([(), ("1 <= 1.0",)])))
    except Exception:  # equal values of different spellings: not what is tried here
        return
    again = read_space(json.loads(json.dumps(space_data(space))))
    assert again == space
    assert repr(again.parameters) == repr(space.parameters)  # 1 and 1.0 and true are equal, and not the same


def test_conditions_and_constraints_come_along() -> None:
    raw = {"mode": ["x", "y"], "n": {"low": 1, "high": 9, "when": "mode == 'x'"}, "m": range(0, 10, 3)}
    space = parse_space(raw, ["n < 5 or m > 2", "mode != 'z'"])
    again = read_space(json.loads(json.dumps(space_data(space))))
    assert again == space
    assert list(again.grid()) == list(space.grid())
    assert isinstance(again, Space)
