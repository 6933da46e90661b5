"""The `execution:` block: how trials are run, which changes no result."""

from __future__ import annotations

from admf.config import available
from admf.config.config import ExecutionConfig
from admf.config.keys import EXECUTION, START_METHODS
from admf.config.reading import Reading
from admf.errors import ConfigError, Problem, nearest
from admf.finance.simulation.parse import number, one_of, refusal, whole


def read_execution(reading: Reading, pool_size: int | None) -> ExecutionConfig:
    """How trials are run, `pool_size` at once where no workers are given; problems are noted in `reading`."""
    path = "execution"
    reading.section((path,), EXECUTION, example="{workers: auto}")
    return ExecutionConfig(
        executor=reading.take((path, "executor"), _executor, "local"),
        workers=reading.take((path, "workers"), _auto_or_whole, None) or pool_size,
        batch=reading.take((path, "batch"), _auto_or_whole, None),
        generation=reading.take((path, "generation"), _auto_or_whole, None),
        max_failures=reading.take((path, "max_failures"), _fraction, 0.2),
        start_method=reading.take((path, "start_method"), _start_method, None),
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


def _start_method(value: object) -> str | None:
    if value == "forkserver":
        hint = "Write fork: containers are forked from a warm process of their own."
        raise refusal(f"one of {', '.join(START_METHODS)}", value, hint)
    return one_of(value, {name: None if name == "auto" else name for name in START_METHODS})
