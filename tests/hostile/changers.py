"""Acts that change what they share with others: the state of their process, libraries, the bars."""

from __future__ import annotations

import builtins
import ctypes
import gc
import locale
import os
import random
import resource
import signal
import socket
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

import admf
from tests.hostile.act import ALONE, Act, crashed, failed, scored

PORT = "ADMF_ZOO_PORT"
"""The environment's name of the port on this machine that somebody listens at."""
OUTSIDE = "outside.txt"
"""A file in the working folder, which nobody may write where only scratch may be written."""
_HARDENED = {"network": False, "write": "scratch"}


def changes_folder(_bars: Any) -> None:
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    Path(folder).rmdir()


def changes_environment(_bars: Any) -> None:
    os.environ.clear()
    os.environ["PYTHONHASHSEED"] = "77"


def changes_umask(_bars: Any) -> None:
    os.umask(0o777)


def changes_handlers(_bars: Any) -> None:
    """An alarm is set that others would hear, long after this trial."""

    def late(*_: Any) -> NoReturn:
        raise RuntimeError("an alarm of another trial")

    signal.signal(signal.SIGALRM, late)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 10.0)


def changes_numpy_errors(_bars: Any) -> None:
    np.seterr(all="raise")


def changes_generators(_bars: Any) -> None:
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002


def changes_path(_bars: Any) -> None:
    sys.path.clear()


def changes_modules(_bars: Any) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("json", "pandas", "tempfile")]:
        del sys.modules[name]


def patches_numpy(_bars: Any) -> None:
    np.mean = lambda *_, **__: 0.0  # type: ignore[assignment]


def patches_indicators(_bars: Any) -> None:
    admf.ta.sma = lambda values, *_: np.zeros(len(values))


def patches_builtins(_bars: Any) -> None:
    builtins.round = lambda *_: 0  # type: ignore[assignment]


def changes_locale(_bars: Any) -> None:
    for name in ("de_DE.UTF-8", "C.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        return


def makes_warnings_errors(_bars: Any) -> None:
    warnings.simplefilter("error")


def stops_collecting(_bars: Any) -> None:
    gc.disable()
    sys.setrecursionlimit(100_000)


def lowers_its_limits(_bars: Any) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


def is_nice(_bars: Any) -> None:
    os.nice(19)


def becomes_nobody(_bars: Any) -> None:
    if os.getuid() == 0:
        os.setgid(65_534)
        os.setuid(65_534)


def replaces_output(_bars: Any) -> None:
    sys.stdout = None
    sys.stderr.close()


def writes_to_bars(bars: Any) -> None:
    bars.close[0] = 1.0


def unlocks_bars(bars: Any) -> None:
    bars.close.flags.writeable = True
    bars.close[:] = 1.0


def pokes_into_bars(bars: Any) -> None:
    """By their address, past NumPy."""
    ctypes.memset(bars.close.ctypes.data, 0, 8)


def calls(_bars: Any) -> None:
    """Connects to this machine, which is allowed as long as nothing is said."""
    socket.create_connection(("127.0.0.1", int(os.environ[PORT])), timeout=1.0).close()


def writes_outside(_bars: Any) -> None:
    Path(OUTSIDE).write_text("written")


def writes_inside(_bars: Any) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"written")


CHANGERS: dict[str, Act] = {
    "changes_folder": scored(changes_folder),
    "changes_environment": scored(changes_environment),
    "changes_umask": scored(changes_umask),
    "changes_handlers": scored(changes_handlers),
    "changes_numpy_errors": scored(changes_numpy_errors),
    "changes_generators": scored(changes_generators),
    "changes_path": scored(changes_path),
    "changes_modules": scored(changes_modules, kinds=ALONE),
    "patches_numpy": scored(patches_numpy, kinds=ALONE),
    "patches_indicators": scored(patches_indicators, kinds=ALONE),
    "patches_builtins": scored(patches_builtins, kinds=ALONE),
    "changes_locale": scored(changes_locale),
    "makes_warnings_errors": scored(makes_warnings_errors),
    "stops_collecting": scored(stops_collecting),
    "lowers_its_limits": scored(lowers_its_limits, kinds=ALONE),
    "is_nice": scored(is_nice),
    "becomes_nobody": scored(becomes_nobody, kinds=ALONE),
    "replaces_output": scored(replaces_output, kinds=ALONE),
    "writes_to_bars": failed(writes_to_bars, "ValueError: assignment destination is read-only"),
    "unlocks_bars": failed(unlocks_bars, "ValueError: cannot set WRITEABLE flag to True of this array"),
    "pokes_into_bars": crashed(pokes_into_bars, "SIGSEGV"),
    "calls": scored(calls),
    "calls_unasked": failed(calls, r"(OSError|PermissionError): \[Errno \d+\] .*", spec=_HARDENED),
    "writes_outside": failed(
        writes_outside, r"PermissionError: \[Errno 13\] Permission denied: .*", spec=_HARDENED
    ),
    "writes_inside": scored(writes_inside, spec=_HARDENED),
}
