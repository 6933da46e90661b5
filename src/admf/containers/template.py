"""The template of a pool: a supervisor that has imported and compiled everything, and runs nothing; it is forked.

FD and FOLDER as a supervisor has them; its keepers are copies of it, and theirs are containers.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import traceback
from typing import NoReturn

from admf.containers.keeper import keep
from admf.containers.parent import threads
from admf.containers.supervisor import Supervisor
from admf.trials.warm import is_warm, warm


class Template:
    """This process as keepers are to find it: everything done that they would do first."""

    def __init__(self, driver: socket.socket) -> None:
        self.driver = driver
        """The supervisor's, and not for its copies."""
        self.ready = _make_ready()

    def fork(self, fd: int, _mark: str) -> int:
        """A keeper that is a copy of this process: what others see of its environment, the mark too, is of this one."""
        self.ready = self.ready or (is_warm() and _make_ready())  # compiled since by a container of ours
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_keeper(fd, parent)
        return pid

    def _become_keeper(self, fd: int, parent: int) -> NoReturn:
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            self.driver.close()
            keep(fd, parent)
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)


def _make_ready() -> bool:
    """Everything that a container would do first, done once: compiled code loaded, lazy modules touched.

    False where the kernels are not compiled yet.
    """
    if loaded := is_warm():
        warm()
    import numpy as np

    np.random.default_rng(0)
    gc.collect()
    gc.freeze()
    assert threads() == 1, "a process with several threads must not be forked"
    return loaded


def main() -> None:
    """Serve the driver until it is gone."""
    supervisor = Supervisor.here()
    supervisor.serve(Template(supervisor.driver).fork)
