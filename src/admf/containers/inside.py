"""The whole life of a container's process: settle down, answer what the keeper asks, leave."""

from __future__ import annotations

import io
import os
import pickle
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

import admf.trials.evaluate  # noqa: F401  (what all trials need is there before the first one)
from admf.containers.capture import Capture
from admf.containers.enforce.landlock import without_tcp, write_only_below
from admf.containers.enforce.namespaces import without_network
from admf.containers.enforce.rlimits import limit_self, nice_of, oom_first
from admf.containers.job import Job, answer_packed, answer_to
from admf.containers.page import CLOSING, Page
from admf.containers.parent import end_with_parent, has_children
from admf.containers.seat import Seat
from admf.containers.wire import receive, send
from admf.trials.surroundings import OutputLimitError, Surroundings
from admf.trials.warm import is_warm, warm

AGAIN, REPLACE_ME = b"+" + bytes(7), b"-" + bytes(7)
"""The beginning of a reply: whether the container may be asked again."""
UNHEARD = 113
"""How a container exits that could not send its reply: what ran in it closed its connection."""


def live(seat: Seat, page: Page, first: Job | None = None) -> NoReturn:
    """Serve a seat until it is done; this process does not return from here, whatever happens in it.

    `first` is a job that it was forked with: nothing has to be sent or read for it.
    """
    code = 1
    try:
        capture = Capture(_bytes(seat.limits.output_mb), seat.capture)
        _settle(seat, capture)
        _serve(seat, page, capture, first)
        code = 0
    except BaseException:  # what ran in here has broken what is around it: these are its last words
        sys.__excepthook__(*sys.exc_info())
    finally:
        os._exit(code)


def settle_program() -> None:
    """In a keeper, and in a container that is not forked from one: what its copies are to begin with."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if signal.getsignal(number) not in (None, signal.SIG_DFL):  # such as a module may have set
            signal.signal(number, signal.SIG_DFL)
    for timer in (signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(timer, 0.0)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's to handle
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python has it: a write says so
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.closed:  # a module may have changed it
            stream.reconfigure(line_buffering=True)  # so that last words are there


def _settle(seat: Seat, capture: Capture) -> None:
    """Let nothing out that is not asked for: output, files, processes, memory."""
    end_with_parent(seat.keeper)
    capture.take_over()
    os.environ["TMPDIR"] = tempfile.tempdir = seat.folder
    limit_self(seat.limits, seat.memory_mb)
    oom_first()
    if "cpu" not in seat.groups:
        nice_of(seat.limits.cpu_shares)
    if not seat.limits.network and not without_network():
        without_tcp()
    if seat.limits.write == "scratch":
        write_only_below([Path(seat.folder)])


def _serve(seat: Seat, page: Page, capture: Capture, first: Job | None) -> None:
    connection = Connection(seat.connection)
    os.register_at_fork(after_in_child=connection.close)  # else what it starts could answer in its place
    around = Surroundings(
        limits=seat.limits,
        shared=seat.shared,
        folder=seat.folder,
        begins=_telling(page, capture),
        printed=_listening(capture),
    )
    threads = threading.active_count() if seat.shared else 0
    while True:
        if first is not None:
            reply, first = answer_to(first, around), None
        else:
            try:
                request = receive(connection)
            except (EOFError, OSError):
                return
            reply = answer_packed(request, around)
        page.write(CLOSING, capture.written())  # what goes wrong from now on is of no known trial
        _flush()
        mark = AGAIN if seat.shared and not _left_something(threads) else REPLACE_ME
        try:
            send(connection, [mark, *reply])
        except OSError:
            os._exit(UNHEARD)
        if mark is REPLACE_ME:
            return


def _telling(page: Page, capture: Capture) -> Callable[[int], None]:
    """A trial after another begins where `printed` has rewound to: only before the first one others may have spoken."""
    return lambda row: page.write(row, 0 if row else capture.written())


def _listening(capture: Capture) -> Callable[[], str]:
    """What was printed since it was asked last."""

    def printed() -> str:
        _flush()
        written = capture.written()
        if not written:
            return ""
        text, full = capture.text(0, written), capture.is_full()
        with suppress(OSError):
            capture.rewind()
        if full:
            raise OutputLimitError(text)
        return text

    return printed


def _flush() -> None:
    """What a job printed is there before its answer is."""
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105 (after every trial, where `suppress` takes longer than what it surrounds)
            stream.flush()
        except BaseException:
            pass


def _left_something(threads: int) -> bool:
    """Whether threads or processes were left behind: the next trials are not to run beside them."""
    return threading.active_count() > threads or has_children()


def _bytes(megabytes: float) -> int:
    return int(megabytes * 2**20)


def main() -> None:
    """The life of a container that is a program of its own: its seat comes first over its connection."""
    if is_warm():
        warm()  # while nothing is refused to this process yet
    fd = int(sys.argv[1])
    settle_program()
    seat: Seat = pickle.loads(Connection(os.dup(fd)).recv_bytes())
    live(seat, Page(seat.page))
