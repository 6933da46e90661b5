"""Acts that raise, or answer with what no strategy may answer."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, NoReturn

import numpy as np

from tests.hostile.act import FOR_EVER, RESULT_MB, Act, failed, killed, scored, timed_out


class OwnBaseError(BaseException):
    """Caught by no `except Exception`."""


class UnpicklableError(Exception):
    """Cannot be sent anywhere."""

    def __init__(self) -> None:
        super().__init__("it holds a lock")
        self.lock = threading.Lock()

    def __reduce__(self) -> NoReturn:
        raise TypeError("it cannot be pickled")


class NeedsTwoError(Exception):
    """Pickles, but what is pickled cannot be read again."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


class SpeechlessError(Exception):
    """Has no words."""

    def __str__(self) -> NoReturn:
        raise RuntimeError("no words")


class ExitsWhenAskedError(Exception):
    """Its words end the interpreter."""

    def __str__(self) -> NoReturn:
        raise SystemExit(5)


class EndlessError(Exception):
    """Its words have no end."""

    def __str__(self) -> str:
        time.sleep(FOR_EVER)
        return ""


class FallsHeavily:
    """Raises when it is let go."""

    def __del__(self) -> None:
        raise RuntimeError("raised in __del__")


class NoArray:
    """Refuses to become an array."""

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise RuntimeError("no array of me")


class ExitsAsArray:
    """Ends the interpreter when it is to become an array."""

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise SystemExit(6)


def raises(_bars: Any) -> None:
    raise ValueError("a plain error")


def exits(_bars: Any) -> None:
    sys.exit(3)


def exits_with_words(_bars: Any) -> None:
    sys.exit("that is all")


def interrupts(_bars: Any) -> None:
    raise KeyboardInterrupt


def raises_generator_exit(_bars: Any) -> None:
    raise GeneratorExit


def raises_own_base(_bars: Any) -> None:
    raise OwnBaseError("below all exceptions")


def runs_out_of_recursion(bars: Any) -> Any:
    return runs_out_of_recursion(bars)


def raises_unpicklable(_bars: Any) -> None:
    raise UnpicklableError


def raises_unreadable(_bars: Any) -> None:
    raise NeedsTwoError("one", "two")


def raises_speechless(_bars: Any) -> None:
    raise SpeechlessError


def raises_exiting(_bars: Any) -> None:
    raise ExitsWhenAskedError


def raises_endless(_bars: Any) -> None:
    raise EndlessError


def raises_megabytes(_bars: Any) -> None:
    raise ValueError("x" * 40_000_000)


def raises_on_the_way_out(_bars: Any) -> None:
    FallsHeavily()


def answers_with_a_function(_bars: Any) -> Any:
    return lambda: None


def answers_with_a_lock(_bars: Any) -> Any:
    return {"sharpe": threading.Lock()}


def answers_with_no_array(_bars: Any) -> Any:
    return NoArray()


def answers_with_an_exit(_bars: Any) -> Any:
    return ExitsAsArray()


def answers_too_large(_bars: Any) -> Any:
    """A size that no simulation may be given."""
    return np.full(len(_bars), 1e300)


def answers_giant(_bars: Any) -> Any:
    """Metrics of its own: some 25 MB of names."""
    return {f"metric_{'x' * 240}_{i:06d}": 1.0 for i in range(100_000)}


def never_quite_raises(_bars: Any) -> None:
    """Catches whatever would end it."""
    while True:
        try:
            time.sleep(FOR_EVER)
        except BaseException:  # that is the act
            continue


RAISERS: dict[str, Act] = {
    "raises": failed(raises, "ValueError: a plain error"),
    "exits": failed(exits, "SystemExit: 3"),
    "exits_with_words": failed(exits_with_words, "SystemExit: that is all"),
    "interrupts": failed(interrupts, "KeyboardInterrupt"),
    "raises_generator_exit": failed(raises_generator_exit, "GeneratorExit"),
    "raises_own_base": failed(raises_own_base, "OwnBaseError: below all exceptions"),
    "runs_out_of_recursion": failed(runs_out_of_recursion, "RecursionError: maximum recursion depth.*"),
    "raises_unpicklable": failed(raises_unpicklable, "UnpicklableError: it holds a lock"),
    "raises_unreadable": failed(raises_unreadable, "NeedsTwoError: one and two"),
    "raises_speechless": failed(raises_speechless, "SpeechlessError"),
    "raises_exiting": failed(raises_exiting, "ExitsWhenAskedError"),
    "raises_endless": timed_out(raises_endless),
    "raises_megabytes": failed(raises_megabytes, "ValueError: x+"),
    "raises_on_the_way_out": scored(raises_on_the_way_out),
    "answers_with_a_function": failed(answers_with_a_function, ".*must be numbers or bool.*"),
    "answers_with_a_lock": failed(answers_with_a_lock, ".*must be a number or None.*"),
    "answers_with_no_array": failed(answers_with_no_array, "RuntimeError: no array of me"),
    "answers_with_an_exit": failed(answers_with_an_exit, "SystemExit: 6"),
    "answers_too_large": failed(answers_too_large, r"a signal must lie in \[-1, 1\].*"),
    "answers_giant": killed(answers_giant, "result_mb", RESULT_MB),
    "never_quite_raises": timed_out(never_quite_raises),
}
