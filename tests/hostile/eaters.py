"""Acts that take more than they may have: memory, processes, output, files.

Each stops by itself where nothing stops it, so that a machine that enforces nothing survives the zoo.
"""

from __future__ import annotations

import mmap
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from admf.model.trial import Outcome
from tests.hostile.act import (
    FOR_EVER,
    MEMORY_MB,
    OUTPUT_MB,
    PROCESSES,
    TIMEOUT_S,
    WAITING,
    Act,
    failed,
    killed,
    marked,
    scored,
)

_MB = 2**20
_MOST_MB, _PIECE_MB = 1_200, 16
_SHARED = Path("/dev/shm")


def _pieces() -> Iterator[int]:
    yield from range(_MOST_MB // _PIECE_MB)


def _piece() -> Any:
    """Memory that is used: one number on every page of it."""
    piece = np.empty(_PIECE_MB * _MB // 8)
    piece[:: mmap.PAGESIZE // 8] = 1.0
    return piece


def eats_by_numpy(_bars: Any) -> None:
    _eaten = [_piece() for _ in _pieces()]


def eats_at_once(_bars: Any) -> None:
    np.ones(_MOST_MB * _MB // 8)


def eats_by_objects(_bars: Any) -> None:
    _eaten = [[None] * (_MB // 8) for _ in range(_MOST_MB)]


def eats_by_mmap(_bars: Any) -> None:
    """Shared memory without a name, which no limit of a process counts."""
    eaten = []
    for _ in _pieces():
        piece = mmap.mmap(-1, _PIECE_MB * _MB)
        piece.write(b"x" * len(piece))
        eaten.append(piece)


def eats_in_shared_files(_bars: Any) -> None:
    for number in _pieces():
        (_SHARED / marked(f"piece-{number}")).write_bytes(b"x" * _PIECE_MB * _MB)


def eats_in_a_nameless_file(_bars: Any) -> None:
    """In /dev/shm, but in no folder: it lives while it is open."""
    path = _SHARED / marked("nameless")
    with path.open("wb", buffering=0) as file:
        path.unlink()
        for _ in _pieces():
            file.write(b"x" * _PIECE_MB * _MB)


def eats_in_a_memfd(_bars: Any) -> None:
    fd = os.memfd_create("eaten")
    for _ in _pieces():
        os.write(fd, b"x" * _PIECE_MB * _MB)


def eats_after_raising_its_limits(_bars: Any) -> None:
    for limit in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    eats_by_numpy(_bars)


def eats_in_a_child(_bars: Any) -> None:
    """The program that it starts eats, and the act waits for it in vain."""
    eat = f"import time; x = b'x' * {_MOST_MB * _MB}; time.sleep(0.1)"
    code = subprocess.run([sys.executable, "-c", eat], check=False).returncode
    if code:
        raise MemoryError("its child could not have so much")


def will_not_be_full(_bars: Any) -> None:
    """Takes each MemoryError as a reason to go on."""
    eaten: list[Any] = []
    while True:
        with suppress(MemoryError):
            if len(eaten) < _MOST_MB // _PIECE_MB:
                eaten.append(_piece())


def forks(_bars: Any) -> None:
    """A thousand processes, and all of them stay."""
    for _ in range(1_000):
        if os.fork() == 0:
            time.sleep(FOR_EVER)
            os._exit(0)


def forks_and_forks(_bars: Any) -> None:
    """A bomb that no refusal stops: whatever lives tries again, for ever but for the count; its first one fails."""
    mine = os.getpid()
    for _ in range(10_000):
        try:
            if len(os.listdir("/proc")) < 1_500:  # noqa: PTH208  (the machine is to survive)
                os.fork()
        except OSError:
            if os.getpid() == mine:
                raise
    if os.getpid() != mine:
        time.sleep(FOR_EVER)
        os._exit(0)


def starts_threads(_bars: Any) -> None:
    done = threading.Event()
    threading.stack_size(2**18)  # else their stacks are more than may be had of memory
    for _ in range(500):
        threading.Thread(target=done.wait, args=(FOR_EVER,), daemon=True).start()


def starts_programs(_bars: Any) -> None:
    _children = [subprocess.Popen(["sleep", str(FOR_EVER)]) for _ in range(200)]


def floods_stdout(_bars: Any) -> None:
    for _ in range(1_000):
        print("x" * 65_535)  # noqa: T201


def floods_stderr(_bars: Any) -> None:
    """Below Python, and deaf to refusals."""
    for _ in range(1_000):
        with suppress(OSError):
            os.write(2, b"x" * 65_536)


def floods_by_a_child(_bars: Any) -> None:
    subprocess.run(["head", "-c", str(64 * _MB), "/dev/zero"], check=False)


def says_little(_bars: Any) -> None:
    print("x" * 1_000)  # noqa: T201


def opens_files(_bars: Any) -> None:
    _opened = [open(os.devnull) for _ in range(20_000)]  # noqa: SIM115, PTH123


EATERS: dict[str, Act] = {
    "eats_by_numpy": killed(eats_by_numpy, "memory_mb", MEMORY_MB),
    "eats_at_once": killed(eats_at_once, "memory_mb", MEMORY_MB),
    "eats_by_objects": killed(eats_by_objects, "memory_mb", MEMORY_MB),
    "eats_by_mmap": killed(eats_by_mmap, "memory_mb", MEMORY_MB),
    "eats_in_shared_files": killed(eats_in_shared_files, "memory_mb", MEMORY_MB),
    "eats_in_a_nameless_file": killed(eats_in_a_nameless_file, "memory_mb", MEMORY_MB),
    "eats_in_a_memfd": killed(eats_in_a_memfd, "memory_mb", MEMORY_MB),
    "eats_after_raising_its_limits": killed(eats_after_raising_its_limits, "memory_mb", MEMORY_MB),
    "eats_in_a_child": killed(eats_in_a_child, "memory_mb", MEMORY_MB),
    "will_not_be_full": Act(
        call=will_not_be_full,
        outcome=Outcome.KILLED,
        reason=f"timeout_s = {TIMEOUT_S}|memory_mb = {MEMORY_MB}",
        spec=WAITING,
    ),
    "forks": killed(forks, "processes", PROCESSES),
    "forks_and_forks": killed(forks_and_forks, "processes", PROCESSES),
    "starts_threads": killed(starts_threads, "processes", PROCESSES),
    "starts_programs": killed(starts_programs, "processes", PROCESSES),
    "floods_stdout": killed(floods_stdout, "output_mb", OUTPUT_MB),
    "floods_stderr": killed(floods_stderr, "output_mb", OUTPUT_MB),
    "floods_by_a_child": killed(floods_by_a_child, "output_mb", OUTPUT_MB),
    "says_little": scored(says_little),
    "opens_files": failed(opens_files, r"OSError: \[Errno 24\] Too many open files.*"),
}
