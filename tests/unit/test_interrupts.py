"""Ctrl-C and SIGTERM: delivered at once, later where something is held, and what was set before comes back."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from admf.coordinator import interrupts
from admf.coordinator.interrupts import Interrupts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")


@pytest.fixture(autouse=True)
def _python_s_own() -> Iterator[None]:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
        signal.signal(number, handler)


def send(number: int = signal.SIGINT) -> None:
    signal.raise_signal(number)


@contextmanager
def ends_by_interrupt() -> Iterator[Interrupts]:
    """The block must end by KeyboardInterrupt."""
    try:
        with Interrupts() as interrupts:
            yield interrupts
    except KeyboardInterrupt:
        return
    raise AssertionError("the block was not interrupted")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_delivered_at_once(number: int) -> None:
    done = []
    with ends_by_interrupt():
        send(number)
        done.append("after")
    assert done == []
    assert signal.getsignal(number) is signal.default_int_handler


def test_what_is_held_is_done_whole_and_then_the_signal_comes() -> None:
    done = []
    with ends_by_interrupt() as interrupts:
        with interrupts.held():
            send()
            with interrupts.held():
                send(signal.SIGTERM)
            done.append("stored")
        done.append("after")
    assert done == ["stored"]


def test_a_second_one_while_the_first_is_put_away_is_dropped() -> None:
    done = []
    with Interrupts() as interrupts:
        try:
            send()
        except KeyboardInterrupt:
            with interrupts.held():
                send()
                done.append("put away")
            done.append("no second one")
    assert done == ["put away", "no second one"]


def test_a_later_one_reaches_a_program_that_swallowed_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "_AT_ONCE_S", 0.01)
    with ends_by_interrupt():
        with suppress(KeyboardInterrupt):
            send()
        time.sleep(0.02)
        send()


def test_several_at_once_are_one() -> None:
    done = []
    with Interrupts():
        try:
            send()
        except KeyboardInterrupt:
            send()
            send()
            done.append("put away")
    assert done == ["put away"]


def test_what_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interrupts() as interrupts, interrupts.held():
        send()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_another_thread_changes_nothing() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def elsewhere() -> None:
        with Interrupts() as interrupts, interrupts.held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [before]
