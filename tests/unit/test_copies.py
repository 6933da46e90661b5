"""Jobs done apart: in a copy of the worker that keeps nothing of them, waits for nobody, and dies as they do."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from admf.containers.job import Job
from admf.executors.local import LocalExecutor
from admf.executors.protocol import Done

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux copies processes safely"),
    pytest.mark.timeout(60),
]

_seen: list[str] = []


def remembers(word: str) -> tuple[list[str], int]:
    _seen.append(word)
    return list(_seen), os.getpid()


def leaves_a_process(_: None) -> str:
    if os.fork() == 0:
        signal.pause()
    return "done"


def dies(_: None) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(workers=1) as executor:
        yield executor


def ask(executor: LocalExecutor, name: str, argument: object = None, *, apart: bool = True) -> Done:
    executor.submit(0, Job(function=f"{__name__}:{name}", argument=argument, apart=apart))
    return executor.next()


def test_nothing_of_a_job_is_seen_by_the_next(executor: LocalExecutor) -> None:
    answers = [ask(executor, "remembers", word).answer for word in ("one", "two")]
    results = [answer.result for answer in answers if answer is not None and answer.apart]
    assert [seen for seen, _ in results] == [["one"], ["two"]]
    assert len({pid for _, pid in results}) == 2


def test_a_job_that_is_not_done_apart_says_so(executor: LocalExecutor) -> None:
    answers = [ask(executor, "remembers", word, apart=False).answer for word in ("one", "two")]
    assert [(a.result[0], a.apart) for a in answers if a is not None] == [
        (["one"], False),
        (["one", "two"], False),
    ]


def test_a_process_that_a_job_leaves_behind_keeps_nobody_waiting(executor: LocalExecutor) -> None:
    answer = ask(executor, "leaves_a_process").answer
    assert answer is not None
    assert answer.result == "done"


def test_a_job_that_dies_takes_its_worker_with_it_and_the_next_one_is_done(executor: LocalExecutor) -> None:
    done = ask(executor, "dies")
    assert done.answer is None
    assert "SIGSEGV" in done.cause
    answer = ask(executor, "remembers", "three").answer
    assert answer is not None
    assert answer.result[0] == ["three"]
