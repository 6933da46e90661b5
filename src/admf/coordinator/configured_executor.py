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
    make = registry.load("executors", execution.executor)
    executor: Executor = make(workers=workers_of(config), start_method=execution.start_method)
    return executor


@contextmanager
def beginning(config: Config) -> Iterator[Executor]:
    """The configured executor, which gets ready beside what its user does next; closed at the end of the block."""
    with closing(make_executor(config)) as executor:
        executor.prepare()
        yield executor


def workers_of(config: Config) -> int:
    """How many containers a run of it has at once: as it says, else one a core, as far as memory goes."""
    container_mb = config.containers.each.limits.memory_mb or LEAST_MB
    return config.execution.workers or max(1, min(int(usable_cores()), int(free_memory_mb() / container_mb)))
