"""Leak probes: components that leave a trace in one trial, and look for it in another."""

from __future__ import annotations

import functools
import os
import random
import signal
import sys
import threading
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.hostile.act import FOR_EVER

_NAME = "admf_leak"
_SEED = 4_711

left: dict[str, Any] = {}
"""A global of this module, of which trials keep what must live."""


def _handler(*_: Any) -> None:
    """Left as the handler of a signal."""


def _leave_handler() -> None:
    signal.signal(signal.SIGUSR2, _handler)


def _leave_file() -> None:
    left["file"] = open(os.devnull, "rb")  # noqa: SIM115, PTH123
    os.set_inheritable(left["file"].fileno(), True)


def _leave_thread() -> None:
    threading.Thread(target=threading.Event().wait, args=(FOR_EVER,), name=_NAME, daemon=True).start()


def _leave_patch() -> None:
    plain = np.median

    @functools.wraps(plain)
    def patched(*args: Any, **more: Any) -> Any:
        return plain(*args, **more)

    patched.leaked = True  # type: ignore[attr-defined]
    np.median = patched


def _is_next(drawn: float, expected: float) -> bool:
    """Whether a generator goes on where another trial has set it."""
    return drawn == expected


def _seeded_number() -> float:
    return random.Random(_SEED).random()


def _seeded_numpy_number() -> float:
    return float(np.random.RandomState(_SEED).random_sample())


def _file_is_open() -> bool:
    return "file" in left and not left["file"].closed


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


PROBES: dict[str, tuple[Callable[[], Any], Callable[[], bool]]] = {
    "module_global": (lambda: left.update(seen=True), lambda: "seen" in left),
    "environment": (lambda: os.environ.update({_NAME: "1"}), lambda: _NAME in os.environ),
    "random": (lambda: random.seed(_SEED), lambda: _is_next(random.random(), _seeded_number())),
    "numpy_random": (
        lambda: np.random.seed(_SEED),  # noqa: NPY002
        lambda: _is_next(float(np.random.random_sample()), _seeded_numpy_number()),  # noqa: NPY002
    ),
    "working_folder": (lambda: os.chdir("/"), lambda: os.getcwd() == "/"),  # noqa: PTH109
    "sys_path": (lambda: sys.path.insert(0, _NAME), lambda: _NAME in sys.path),
    "sys_modules": (
        lambda: sys.modules.update({_NAME: types.ModuleType(_NAME)}),
        lambda: _NAME in sys.modules,
    ),
    "signal_handler": (_leave_handler, lambda: signal.getsignal(signal.SIGUSR2) is _handler),
    "numpy_errors": (lambda: np.seterr(all="raise"), lambda: np.geterr()["divide"] == "raise"),
    "open_file": (_leave_file, _file_is_open),
    "umask": (lambda: os.umask(0o123), lambda: _umask() == 0o123),
    "live_thread": (_leave_thread, lambda: any(t.name == _NAME for t in threading.enumerate())),
    "monkeypatch": (_leave_patch, lambda: hasattr(np.median, "leaked")),
}
"""The thirteen by name: how to leave a trace, and whether one is seen."""


def component(probe: str) -> type:
    """The component of a probe: it gives one metric, `seen`, which is 1 where it looks and sees a trace."""
    leave, look = PROBES[probe]

    class Probe:
        def __init__(self, turn: int = 0, act: str = "look") -> None:
            self.turn, self.act = turn, act

        def evaluate(self, _bars: Any) -> Mapping[str, float]:
            if self.act == "leave":
                leave()
                return {"seen": 0.0}
            return {"seen": float(look())}

    return Probe


class Counts:
    """What it says depends on how many trials its process has seen: on nothing that it was asked."""

    def __init__(self, turn: int = 0) -> None:
        self.turn = turn

    def evaluate(self, _bars: Any) -> Mapping[str, float]:
        left["calls"] = left.get("calls", 0) + 1
        return {"seen": float(left["calls"])}


class Forgets:
    """What it says depends on what it was asked, and on nothing else."""

    def __init__(self, turn: int = 0) -> None:
        self.turn = turn

    def evaluate(self, _bars: Any) -> Mapping[str, float]:
        return {"seen": float(self.turn)}
