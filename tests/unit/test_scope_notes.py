"""What a trial notes is kept as it was then, as plain data: the driver that reads it runs no code of a trial."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest

from admf.trials.scope import Scope


class Counted(dict[str, Any]):
    """A type of the user's own, which JSON takes for a mapping."""


def test_a_note_holds_what_its_values_were_then() -> None:
    scope, trades = Scope(), [1, 2]
    scope.note("trades", made=trades)
    trades.append(3)
    assert scope.events[0].data == {"made": [1, 2]}


def test_no_type_of_the_users_is_in_a_note() -> None:
    class Name(str):
        __slots__ = ()

    scope = Scope()
    scope.note(Name("kind"), counted=Counted(a=1), name=Name("n"))
    event = pickle.loads(pickle.dumps(scope.events[0]))  # a local class could not be pickled
    assert (type(event.kind), type(event.data["counted"]), type(event.data["name"])) == (str, dict, str)


def test_what_json_cannot_hold_is_refused_where_it_is_noted() -> None:
    with pytest.raises(TypeError):
        Scope().note("odd", thing=object())


def test_not_a_number_may_be_noted() -> None:
    scope = Scope()
    scope.note("sharpe", value=math.nan)
    assert math.isnan(scope.events[0].data["value"])
