"""The conformance kit of executors: `check_executor(make)`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from admf.containers.job import Job
from admf.errors import ComponentError
from admf.executors.protocol import Done, Executor

_JOBS = "admf.testing.jobs:"


def check_executor(make: Callable[[], Executor], *, survives: bool = True) -> None:
    """Raise AssertionError where the executor that `make` gives does not keep the contract.

    `survives=False` leaves out jobs that end their process: for executors that run in the driver's own.
    """
    for check in (_answers_each_once, _takes_while_waiting, _carries_errors, _closes_twice):
        check(make)
    if survives:
        _loses_one_only(make)


def _job(name: str, argument: object) -> Job:
    return Job(function=_JOBS + name, argument=argument)


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
