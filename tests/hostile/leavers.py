"""Acts that leave something behind when they have answered: processes, threads, files, segments."""

from __future__ import annotations

import atexit
import ctypes
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

from tests.hostile.act import FOR_EVER, Act, marked, scored

BAIT = "bait.txt"
"""A file in the working folder of a run of the zoo, which an act deletes."""
_kept: list[Any] = []


def _live_on() -> None:
    """In a child: be hard to end, and stay."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(FOR_EVER)
    os._exit(0)


def leaves_a_child(_bars: Any) -> None:
    if os.fork() == 0:
        _live_on()


def leaves_grandchildren(_bars: Any) -> None:
    """Daemons: each in a session of its own, with nobody of their family alive."""
    for _ in range(3):
        child = os.fork()
        if child == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                _live_on()
            os._exit(0)
        os.waitpid(child, 0)


def leaves_a_program(_bars: Any) -> None:
    _kept.append(subprocess.Popen(["sleep", str(FOR_EVER)], start_new_session=True))


def leaves_a_program_that_reads_its_output(_bars: Any) -> None:
    """It has every descriptor that may be inherited, and keeps it open."""
    _kept.append(
        subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({FOR_EVER})"], close_fds=False)
    )


def leaves_a_process(_bars: Any) -> None:
    process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(FOR_EVER,))
    process.start()
    _kept.append(process)


def leaves_a_pool(_bars: Any) -> None:
    """Processes, and threads that mind them."""
    pool = multiprocessing.get_context("fork").Pool(2)
    pool.apply_async(time.sleep, (FOR_EVER,))
    _kept.append(pool)


def leaves_a_daemon_thread(_bars: Any) -> None:
    threading.Thread(target=time.sleep, args=(FOR_EVER,), daemon=True).start()


def leaves_a_thread(_bars: Any) -> None:
    """The interpreter waits for it before it ends, if it is let."""
    threading.Thread(target=time.sleep, args=(FOR_EVER,), daemon=False).start()


def leaves_a_busy_thread(_bars: Any) -> None:
    def spin() -> None:
        while True:
            pass

    threading.Thread(target=spin, daemon=True).start()


def hangs_at_exit(_bars: Any) -> None:
    atexit.register(time.sleep, FOR_EVER)


def leaves_a_segment(_bars: Any) -> None:
    """Shared memory with a name, and the process of Python that minds such names."""
    segment = SharedMemory(name=marked("segment"), create=True, size=1 << 20)
    assert segment.buf is not None
    segment.buf[0] = 1
    _kept.append(segment)


def leaves_many_segments(_bars: Any) -> None:
    """Of System V, which end with no process; their list is longer than the kernel says at once."""
    library = ctypes.CDLL(None)
    for _ in range(200):
        assert library.shmget(0, 4096, 0o1600) >= 0


def leaves_files(_bars: Any) -> None:
    """In the folder for temporary files, and in the one for shared memory."""
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(b"left")
    (Path(tempfile.mkdtemp()) / "left.txt").write_text("left")
    (Path("/dev/shm") / marked("left")).write_bytes(b"left")


def leaves_locked_files(_bars: Any) -> None:
    """A folder that its owner may not enter, in the folder for temporary files."""
    folder = Path(tempfile.mkdtemp())
    (folder / "left.txt").write_text("left")
    folder.chmod(0)


def leaves_a_listener(_bars: Any) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    _kept.append(listener)


def deletes_files(_bars: Any) -> None:
    """Its own folder for temporary files, if it has one, and what lies where it works."""
    own = Path(tempfile.gettempdir())
    if own not in (Path("/tmp"), Path("/var/tmp"), Path("/usr/tmp"), Path.cwd()):  # not everybody's
        shutil.rmtree(own, ignore_errors=True)
    with suppress(FileNotFoundError):
        (Path.cwd() / BAIT).unlink()


LEAVERS: dict[str, Act] = {
    act.__name__: scored(act)
    for act in (
        leaves_a_child,
        leaves_grandchildren,
        leaves_a_program,
        leaves_a_program_that_reads_its_output,
        leaves_a_process,
        leaves_a_pool,
        leaves_a_daemon_thread,
        leaves_a_thread,
        leaves_a_busy_thread,
        hangs_at_exit,
        leaves_a_segment,
        leaves_many_segments,
        leaves_files,
        leaves_locked_files,
        leaves_a_listener,
        deletes_files,
    )
}
