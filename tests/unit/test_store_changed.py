"""What keeps a run from being resumed is named, with what it was and is; what changes no number is not."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from typing import Any

import pytest

from admf.store.changed import config_changed, inputs_changed

BEFORE: dict[str, Any] = {
    "inputs": {
        "config": hashlib.sha256(b"seed: 1\n").hexdigest(),
        "data": "d" * 64,
        "code": {"admf": "a" * 64, "components": {"ma": "b" * 64}},
        "versions": {
            "python": "CPython 3.12.4",
            "numpy": "2.1.0",
            "numba": "0.61",
            "ray": "2.0",
            "optuna": None,
        },
    },
    "data": {"source": "spy.csv", "bars": 5031, "first": "1999-01-04", "last": "2018-12-31"},
}


def changed(**paths: Any) -> list[str]:
    now = deepcopy(BEFORE)
    for path, value in paths.items():
        place = now["inputs"]
        *above, last = path.split("__")
        for key in above:
            place = place[key]
        place[last] = value
    return [str(problem) for problem in inputs_changed(BEFORE, now)]


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"versions__python": "CPython 3.12.9"},
        {"versions__ray": "2.9"},
        {"versions__optuna": "4.0"},
        {"config": "c" * 64},
    ],
)
def test_what_changes_no_number_is_no_problem(same: dict[str, Any]) -> None:
    assert changed(**same) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"data": "e" * 64},
            "spy.csv: the data changed: the digest was dddddddddddd (5,031 bars, 1999-01-04 to",
        ),
        (
            {"code__components": {"ma": "c" * 64}},
            "components.ma: the code of this component changed: its hash was",
        ),
        ({"code__components": {}}, "is none"),
        (
            {"code__admf": "f" * 64},
            "admf: the code of ADMF changed: its hash was aaaaaaaaaaaa, is ffffffffffff",
        ),
        (
            {"versions__python": "CPython 3.13.0"},
            "python: its version changed: was CPython 3.12.4, is CPython 3.13",
        ),
        (
            {"versions__numpy": "2.2.0"},
            "numpy: its version changed: was 2.1.0, is 2.2.0. Install 2.1.0 again",
        ),
        ({"versions__numba": None}, "numba: its version changed: was 0.61, is not installed"),
    ],
)
def test_what_can_change_a_number_is_named(change: dict[str, Any], says: str) -> None:
    (line,) = changed(**change)
    assert says in line
    assert "or start a new run" in line


def test_every_change_is_a_line_of_its_own() -> None:
    assert len(changed(data="e" * 64, versions__numpy="9", code__admf="f" * 64)) == 3


def test_an_edited_config_is_seen_and_line_ends_are_not() -> None:
    assert config_changed(BEFORE, "seed: 1\r\n") is None
    problem = config_changed(BEFORE, "seed: 2\n")
    assert problem is not None
    assert "Undo the edit" in str(problem)
