"""What one trial has for itself: made, initialised, noted, and all of it gone when it has ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf
from admf.errors import InputError
from admf.trials.scope import Scope
from admf.trials.scope import scope as current


class Part:
    """Says what is done to it."""

    def __init__(self, name: str, said: list[str]) -> None:
        self.name, self.said = name, said

    def initialize(self) -> None:
        self.said.append(f"+{self.name}")

    def teardown(self) -> None:
        self.said.append(f"-{self.name}")


class Asking(Part):
    """Takes the scope."""

    def initialize(self, scope: Scope) -> None:  # type: ignore[override]
        self.said.append(f"+{self.name} {scope.seed}")


class Clumsy(Part):
    def teardown(self) -> None:
        super().teardown()
        raise ValueError("cannot let go")


def test_parts_are_initialised_when_owned_and_torn_down_in_reverse_each_once() -> None:
    said: list[str] = []
    scope = Scope(seed=4)
    with scope:
        scope.own("a", Part("a", said))
        scope.own("b", Asking("b", said))
        scope.own("nothing to do", object())
        assert said == ["+a", "+b 4"]
    assert said == ["+a", "+b 4", "-b", "-a"]
    scope.close()
    assert said[4:] == []


def test_what_a_teardown_raises_is_an_event_and_the_others_are_torn_down() -> None:
    said: list[str] = []
    with Scope() as scope:
        scope.own("a", Part("a", said))
        scope.own("b", Clumsy("b", said))
    assert said == ["+a", "+b", "-b", "-a"]
    (event,) = scope.events
    assert event.kind == "teardown failed"
    assert event.data == {"component": "b", "error": "ValueError: cannot let go"}


def test_what_failed_to_initialise_is_torn_down_too() -> None:
    said: list[str] = []

    class Broken(Part):
        def initialize(self) -> None:
            raise ValueError("no")

    with Scope() as scope:
        scope.own("a", Part("a", said))
        with pytest.raises(ValueError, match="no"):
            scope.own("b", Broken("b", said))
    assert said == ["+a", "-b", "-a"]


def test_services_are_found_by_name_and_cannot_be_changed() -> None:
    scope = Scope(services={"bars": 1, "indicators": 2})
    assert scope.service("bars") == 1
    with pytest.raises(InputError, match=r"no service is called 'bar'.*Did you mean 'bars'"):
        scope.service("bar")
    with pytest.raises(TypeError):
        scope.services["bars"] = 3  # type: ignore[index]
    with pytest.raises(AttributeError):
        scope.services = {}  # type: ignore[misc]


def test_scratch_is_made_when_asked_for_and_gone_at_the_end() -> None:
    with Scope() as scope:
        (scope.scratch / "notes").write_text("x")
        folder = scope.scratch
        assert folder.is_dir()
    assert not folder.exists()


def test_scratch_of_a_container_is_the_containers_to_clear(tmp_path: Path) -> None:
    with Scope(folder=tmp_path) as scope:
        assert scope.scratch == tmp_path
    assert tmp_path.is_dir()


def test_its_generator_depends_on_the_seed_alone() -> None:
    draws = [Scope(seed=seed).rng.random() for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]
    scope = Scope(seed=1)
    assert scope.rng is scope.rng
    assert draws[0] == np.random.default_rng(1).random()


def test_events_are_limited_and_in_order() -> None:
    scope = Scope()
    for n in range(1500):
        scope.note("bar", n=n)
    assert [event.data["n"] for event in scope.events] == list(range(1000))
    assert all(a.at_s <= b.at_s for a, b in zip(scope.events, scope.events[1:], strict=False))


@pytest.mark.parametrize("value", [object(), {1, 2}, np.float32(1.0), lambda: None])
def test_what_json_cannot_hold_is_not_noted(value: Any) -> None:
    scope = Scope()
    with pytest.raises(TypeError):
        scope.note("kind", value=value)
    assert scope.events == []


def test_the_current_scope_is_the_innermost_one_that_is_open() -> None:
    with Scope(seed=1) as outer:
        assert admf.scope() is outer
        with Scope(seed=2) as inner:
            assert current() is inner
        assert current() is outer
        with pytest.raises(ValueError, match="no"), Scope(seed=3):
            raise ValueError("no")
        assert current() is outer


def test_outside_of_any_trial_nothing_is_kept() -> None:
    admf.scope().note("seen", n=1)
    assert admf.scope().events == []
