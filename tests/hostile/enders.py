"""Acts that end their process, or its ties to the world."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.chaos.session import MARK
from tests.hostile.act import FOR_EVER, Act, crashed, lost, timed_out

_EXTENDED = 1


def segfaults(_bars: Any) -> None:
    ctypes.string_at(0)


def exits_with_seven(_bars: Any) -> None:
    os._exit(7)


def exits_with_zero(_bars: Any) -> None:
    os._exit(0)


def aborts(_bars: Any) -> None:
    os.abort()


def divides_by_zero_in_c(_bars: Any) -> None:
    os.kill(os.getpid(), signal.SIGFPE)


def terminates_itself(_bars: Any) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def kills_itself(_bars: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kills_its_group(_bars: Any) -> None:
    os.killpg(0, signal.SIGKILL)


def kills_its_parent(_bars: Any) -> None:
    """Whoever keeps it; never anybody of another session, and never the driver."""
    parent = os.getppid()
    environment = Path(f"/proc/{parent}/environ").read_bytes()
    driver = b"cli.app" in Path(f"/proc/{parent}/cmdline").read_bytes()
    if parent == 1 or driver or f"{MARK}={os.environ[MARK]}".encode() not in environment:
        raise RuntimeError("its parent is not one that may be killed")
    os.kill(parent, signal.SIGKILL)
    time.sleep(FOR_EVER)


def stops_itself(_bars: Any) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def overflows_the_stack(_bars: Any) -> None:
    """In C, where no recursion is counted: the parser of patterns descends once per bracket."""
    ctypes.CDLL(None).regcomp(ctypes.create_string_buffer(4096), b"(" * 2_000_000, _EXTENDED)


def closes_descriptors(_bars: Any) -> None:
    os.closerange(0, 65_536)


def closes_descriptors_and_stays(_bars: Any) -> None:
    os.closerange(0, 65_536)
    time.sleep(FOR_EVER)


def _talk(words: bytes) -> None:
    """Say something on every socket that is open."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                os.write(int(name), words)


def babbles(_bars: Any) -> None:
    """A message of its own, well-formed but for its content."""
    _talk(b"\x00\x00\x00\x05hello")


def babbles_without_end(_bars: Any) -> None:
    """Announces two gigabytes, and sends some bytes of them."""
    _talk(b"\x7f\xff\xff\xff" + b"x" * 64)


def breaks_pickle(_bars: Any) -> None:
    """Nothing can be sent from its process any more."""
    pickle.dumps = None  # type: ignore[assignment]


ENDERS: dict[str, Act] = {
    "segfaults": crashed(segfaults, "SIGSEGV"),
    "exits_with_seven": crashed(exits_with_seven, "exit code 7"),
    "exits_with_zero": crashed(exits_with_zero, "exit code 0"),
    "aborts": crashed(aborts, "SIGABRT"),
    "divides_by_zero_in_c": crashed(divides_by_zero_in_c, "SIGFPE"),
    "terminates_itself": crashed(terminates_itself, "SIGTERM"),
    "overflows_the_stack": crashed(overflows_the_stack, "SIGSEGV"),
    "closes_descriptors": crashed(closes_descriptors, "closed its connection"),
    "closes_descriptors_and_stays": crashed(closes_descriptors_and_stays, "closed its connection"),
    "babbles": crashed(babbles, ".+"),
    "babbles_without_end": crashed(babbles_without_end, ".+"),
    "breaks_pickle": crashed(breaks_pickle, ".+"),
    "kills_itself": lost(kills_itself),
    "kills_its_group": lost(kills_its_group),
    "kills_its_parent": lost(kills_its_parent),
    "stops_itself": timed_out(stops_itself),
}
