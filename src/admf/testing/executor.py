"""The conformance kit of executors: `check_executor(make)`."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

from admf.containers.job import Job
from admf.errors import ComponentError, InputError, TrialError
from admf.executors.protocol import Done, Executor
from admf.model.container import ContainerSpec, Kind
from admf.testing.jobs import Unreadable

_JOBS = "admf.testing.jobs:"


def check_executor(make: Callable[[], Executor], *, survives: bool = True) -> None:
    """Raise AssertionError where the executor that `make` gives does not keep the contract.

    `survives=False` leaves out jobs that end their process: for executors that run in the driver's own.
    """
    for check in (
        _answers_each_once,
        _takes_while_waiting,
        _carries_errors,
        _carries_errors_of_users,
        _closes_twice,
        _renews_at_any_time,
    ):
        check(make)
    if not survives:
        return
    for check in (
        _loses_one_only,
        _notices_every_death,
        _dies_idle_at_no_cost,
        _refuses_what_cannot_be_sent,
        _survives_answers_that_cannot_be_sent,
        _renews,
        _hashes_alike,
    ):
        check(make)


def _job(name: str, argument: object) -> Job:
    return Job(function=_JOBS + name, argument=argument)


def _shared(name: str, argument: object) -> Job:
    """A job for a container that others share."""
    return Job(function=_JOBS + name, argument=argument, container=ContainerSpec(kind=Kind.MINIMAL))


def _collect(executor: Executor, count: int) -> dict[int, Done]:
    done: dict[int, Done] = {}
    for _ in range(count):
        one = executor.next()
        assert one.ticket not in done, f"ticket {one.ticket} came back twice"
        done[one.ticket] = one
    return done


def _answers_each_once(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        assert executor.slots >= 1, "an executor has at least one slot"
        values = {ticket: {"n": ticket, "text": "x" * ticket} for ticket in range(40)}
        for ticket, value in values.items():
            executor.submit(ticket, _job("echo", value))
        done = _collect(executor, len(values))
        for ticket, value in values.items():
            answer = done[ticket].answer
            assert answer is not None, f"ticket {ticket} was lost: {done[ticket].cause}"
            assert answer.result == value, f"ticket {ticket} came back with another job's answer"


def _takes_while_waiting(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        executor.submit(0, _job("nap", 0.05))
        executor.submit(1, _job("nap", 0.0))
        first = executor.next()
        executor.submit(2, _job("echo", "late"))
        rest = _collect(executor, 2)
        assert {first.ticket, *rest} == {0, 1, 2}, "every ticket comes back exactly once"


def _carries_errors(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        executor.submit(0, _job("refuse", "no such thing"))
        executor.submit(1, _job("stumble", "over a zero"))
        executor.submit(2, _job("echo", "still here"))
        done = _collect(executor, 3)
        refused, stumbled, fine = (done[ticket].answer for ticket in range(3))
        assert refused is not None, "an error of ours is an answer"
        assert isinstance(refused.error, ComponentError), "our errors come back as themselves"
        assert str(refused.error) == "no such thing", "with their words"
        assert stumbled is not None, "any other error is an answer too"
        assert "ZeroDivisionError: over a zero" in stumbled.fault, "with its trace"
        assert fine is not None, "an error ends its own job only"
        assert fine.result == "still here", "an error ends its own job only"


def _carries_errors_of_users(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        executor.submit(0, _job("refuse_in_own_words", "not today"))
        executor.submit(1, _job("refuse_with_luggage", "too heavy"))
        done = _collect(executor, 2)
        own, heavy = (done[ticket].answer for ticket in range(2))
        assert own is not None, f"an error of a user's class is an answer: {done[0].cause}"
        assert type(own.error) is ComponentError, "a user's class of error comes back as the nearest of ours"
        assert str(own.error) == "not today 7", "with its words"
        assert heavy is not None, f"an error with attributes is an answer: {done[1].cause}"
        assert type(heavy.error) is TrialError, "an error comes back without what cannot be sent"
        assert str(heavy.error) == "too heavy", "with its words"


def _renews_at_any_time(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        executor.renew()
        for ticket in range(6):
            executor.submit(ticket, _job("nap", 0.02))
        executor.renew()
        done = _collect(executor, 6)
        executor.renew()
        lost = [ticket for ticket, one in done.items() if one.answer is None]
        assert not lost, f"tickets {lost} were lost: renewing ends idle containers only"


def _closes_twice(make: Callable[[], Executor]) -> None:
    executor = make()
    executor.submit(0, _job("nap", 0.2))
    executor.close()
    executor.close()
    make().close()  # one that was never used


def _loses_one_only(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        for ticket in range(12):
            name, argument = ("vanish", 7) if ticket in (3, 4) else ("echo", ticket)
            executor.submit(ticket, _job(name, argument))
        done = _collect(executor, 12)
        for ticket in range(12):
            answer = done[ticket].answer
            if ticket in (3, 4):
                assert answer is None, "a job that ends its process is lost"
                assert done[ticket].cause == "exit code 7", f"the cause was '{done[ticket].cause}'"
            else:
                assert answer is not None, f"ticket {ticket} was lost with another one"
                assert answer.result == ticket, f"ticket {ticket} came back with another job's answer"


def _notices_every_death(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        for ticket, name in enumerate(("vanish_behind_fork", "vanish_behind_child", "hang_up")):
            executor.submit(ticket, _job(name, 3))
        executor.submit(3, _job("echo", "still here"))
        done = _collect(executor, 4)
        for ticket in range(3):
            assert done[ticket].answer is None, "a job that ends its process or its connection is lost"
        for ticket in range(2):
            assert done[ticket].cause == "exit code 3", f"the cause was '{done[ticket].cause}'"
        assert done[2].cause, "a loss has a cause"
        assert done[3].answer is not None, "a death costs its own job only"


def _dies_idle_at_no_cost(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        slots = executor.slots
        for ticket in range(slots):
            executor.submit(ticket, _shared("vanish_later", 0.05))
        _collect(executor, slots)
        time.sleep(0.4)  # so that all are dead
        for ticket in range(slots, 3 * slots):
            executor.submit(ticket, _shared("echo", ticket))
        for ticket, one in _collect(executor, 2 * slots).items():
            assert one.answer is not None, f"ticket {ticket} was lost with a container that was idle"


def _refuses_what_cannot_be_sent(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        for ticket in range(2 * executor.slots):
            refusal = None
            try:
                executor.submit(ticket, _job("echo", lambda: None))
            except InputError as error:
                refusal = str(error)
            assert refusal is not None, "a job that cannot be sent is refused by submit"
            assert "pickled" in refusal, f"the error does not say why: '{refusal}'"
        executor.submit(0, _job("echo", "still here"))
        assert executor.next().answer is not None, "a job that is refused costs no slot"


def _survives_answers_that_cannot_be_sent(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        executor.submit(0, _job("give_function", None))
        executor.submit(1, _job("give_unreadable", None))
        executor.submit(2, _job("echo", Unreadable()))
        executor.submit(3, _job("echo", "still here"))
        done = _collect(executor, 4)
        unsent, unread, unheard, fine = (done[ticket].answer for ticket in range(4))
        assert unsent is not None, "a result that cannot be sent is a fault, not a death"
        assert "give_function" in unsent.fault, f"the fault does not name its job: '{unsent.fault}'"
        assert unread is None, "an answer that cannot be read is lost"
        assert "cannot be read" in done[1].cause, f"the cause was '{done[1].cause}'"
        assert unheard is not None, "a job that cannot be read is a fault, not a death"
        assert "over its own pickle" in unheard.fault, f"the fault does not say why: '{unheard.fault}'"
        assert fine is not None, "what cannot be sent costs its own job only"


def _renews(make: Callable[[], Executor]) -> None:
    with closing(make()) as executor:
        slots = executor.slots
        for ticket in range(slots):
            executor.submit(ticket, _shared("remember", ticket))
        executor.next()  # one is idle, others may be busy
        executor.renew()
        _collect(executor, slots - 1)
        for ticket in range(slots, 3 * slots):
            executor.submit(ticket, _shared("recall", None))
        for one in _collect(executor, 2 * slots).values():
            assert one.answer is not None, f"a fresh container was lost: {one.cause}"
            assert one.answer.result == [], "what ran before is not seen in a fresh container"


def _hashes_alike(make: Callable[[], Executor]) -> None:
    names, orders = [f"name {n}" for n in range(20)], []
    for _ in range(2):
        with closing(make()) as executor:
            executor.submit(0, _job("order_of", names))
            answer = executor.next().answer
            assert answer is not None, "a job that does nothing wrong has an answer"
            orders.append(answer.result)
    assert orders[0] == orders[1], "hashes are the same in every container"
