"""The executor that a config asks for, with as many slots as the machine takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from admf import registry
from admf.config.config import Config
from admf.executors.protocol import Executor
from admf.model.machine import free_memory_mb, usable_cores

LEAST_MB = 300.0
"""What a container may be expected to take where no limit says it."""


def make_executor(config: Config) -> Executor:
    """The configured executor."""
    execution = config.execution
    workers = execution.workers or _fitting(config.containers.each.limits.memory_mb or LEAST_MB)
    make = registry.load("executors", execution.executor)
    executor: Executor = make(workers=workers, start_method=execution.start_method)
    return executor


@contextmanager
def beginning(config: Config) -> Iterator[Executor]:
    """The configured executor, which gets ready beside what its user does next; closed at the end of the block."""
    with closing(make_executor(config)) as executor:
        executor.prepare()
        yield executor


def _fitting(container_mb: float) -> int:
    """How many containers this machine takes at once: one a core, as far as its memory goes."""
    return max(1, min(int(usable_cores()), int(free_memory_mb() / container_mb)))
