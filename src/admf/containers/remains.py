"""What is left of a pool or a keeper where nobody adopts it: found by a mark in the environment that it inherited."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

MARK = "ADMF_POOL"
"""The variable with the folder of a process' pool; a '#' and a number follow where its keeper has a mark of its own."""
_PATIENCE_S = 10.0


def end_marked(mark: str) -> None:
    """Kill every process with it, or with one below it, until there is none: the dying may have started others."""
    import psutil

    until = time.monotonic() + _PATIENCE_S
    while (left := _marked(mark)) and time.monotonic() < until:
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=0.1)


def _marked(mark: str) -> list[Any]:
    """Those that live; of other users' processes nothing can be told."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            theirs = process.environ().get(MARK, "")
            if f"{theirs}#".startswith(f"{mark}#") and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
