"""What a trial raises: its own end in a container, the process's outside of one."""

from __future__ import annotations

import pytest

from admf.model.container import Limits
from admf.model.trial import ObjectiveSpec, Outcome
from admf.trials.objective import make_objective
from admf.trials.sheet import Sheet
from admf.trials.surroundings import OUTSIDE, OutputLimitError, Surroundings

INSIDE = Surroundings(limits=Limits(memory_mb=300, output_mb=0.5))


def sheet(around: Surroundings) -> Sheet:
    return Sheet(2, make_objective(ObjectiveSpec(metric="sharpe"), ()), (), around)


def ended(around: Surroundings, error: BaseException) -> tuple[Outcome, str]:
    one = sheet(around)
    one.fail(1, error)
    found = one.outcomes_of([7, 8], [0, 0])
    assert found.outcomes[0] is Outcome.SCORED, "the other one is not touched"
    assert type(error).__name__ in found.details[1]
    return found.outcomes[1], found.reasons[1]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit(), SystemExit(3), ValueError("x")])
def test_in_a_container_whatever_is_raised_fails_its_trial(error: BaseException) -> None:
    outcome, reason = ended(INSIDE, error)
    assert outcome is Outcome.FAILED
    assert reason.startswith(type(error).__name__)


def test_memory_that_ends_in_a_container_kills_its_trial() -> None:
    assert ended(INSIDE, MemoryError()) == (Outcome.KILLED, "memory_mb = 300")


def test_outside_it_is_an_error_like_any_other() -> None:
    assert ended(OUTSIDE, MemoryError()) == (Outcome.FAILED, "MemoryError")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit()])
def test_outside_of_containers_what_is_meant_to_end_the_process_ends_it(error: BaseException) -> None:
    with pytest.raises(type(error)):
        sheet(OUTSIDE).fail(0, error)


def test_outside_of_containers_sys_exit_fails_its_trial() -> None:
    assert ended(OUTSIDE, SystemExit(3)) == (Outcome.FAILED, "SystemExit: 3")


def test_addresses_are_masked_for_they_differ_from_run_to_run() -> None:
    _, reason = ended(INSIDE, ValueError("<object at 0x7f12ab34cd56>"))
    assert reason == "ValueError: <object at 0x...>"


def test_an_error_that_cannot_be_spelled_is_called_by_its_class() -> None:
    class SpeechlessError(Exception):
        def __str__(self) -> str:
            raise ValueError("no words")

    assert ended(INSIDE, SpeechlessError()) == (Outcome.FAILED, "SpeechlessError")


def test_a_trial_that_printed_too_much_is_killed_and_the_first_of_it_is_kept() -> None:
    def flood() -> str:
        raise OutputLimitError("the first of it")

    one = sheet(Surroundings(limits=Limits(output_mb=0.5), printed=flood))
    one.hear(0)
    found = one.outcomes_of([7, 8], [0, 0])
    assert found.outcomes[0] is Outcome.KILLED
    assert found.reasons[0] == "output_mb = 0.5"
    assert found.outputs == ("the first of it", "")
