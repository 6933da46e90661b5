"""The `execution:` block: how trials are run, which changes no result."""

from __future__ import annotations

from admf.config import available
from admf.config.config import ExecutionConfig
from admf.config.keys import EXECUTION
from admf.config.reading import Reading
from admf.errors import ConfigError, Problem, nearest
from admf.finance.simulation.parse import number, refusal, whole

_LATER_START_METHODS = ("fork", "forkserver", "spawn")


def read_execution(reading: Reading) -> ExecutionConfig:
    """How trials are run; problems are noted in `reading`."""
    path = "execution"
    reading.section((path,), EXECUTION, example="{workers: auto}")
    reading.take((path, "start_method"), _start_method, None)
    return ExecutionConfig(
        executor=reading.take((path, "executor"), _executor, "local"),
        workers=reading.take((path, "workers"), _auto_or_whole, None),
        generation=reading.take((path, "generation"), _auto_or_whole, None),
        max_failures=reading.take((path, "max_failures"), _fraction, 0.2),
    )


def _executor(value: object) -> str:
    known = available.executors()
    if not isinstance(value, str):
        raise refusal(f"one of {', '.join(known)}", value)
    if available.is_later_executor(value):
        says = f"{value} is not available in this version."
        raise ConfigError(Problem(says=says, hint=f"Available: {', '.join(known)}."))
    if value not in known:
        raise refusal("known", value, nearest(value, known))
    return value


def _auto_or_whole(value: object) -> int | None:
    if value == "auto":
        return None
    if isinstance(value, str):
        raise refusal("auto or a whole number of at least 1", value)
    return whole(value, 1)


def _fraction(value: object) -> float:
    return number(value, "a fraction from 0 to 1", lambda x: 0 <= x <= 1)


def _start_method(value: object) -> None:
    if value in _LATER_START_METHODS:
        says = f"{value} is not available in this version."
        raise ConfigError(Problem(says=says, hint="Available: auto."))
    if value != "auto":
        raise refusal("auto", value)
