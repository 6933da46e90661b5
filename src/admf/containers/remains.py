"""What is left of a pool or a keeper where nobody adopts it: found by a mark in the environment that it inherited."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

MARK = "ADMF_POOL"
"""The variable with the folder of a process' pool; a '#' and a number follow where its keeper has a mark of its own."""
_PATIENCE_S = 10.0


def end_marked(mark: str) -> None:
    """Kill every process with a mark, a pool's with those of its keepers, until twice none is found.

    Once is not enough: what starts another one and ends may be missed, and that one with it.
    """
    import psutil

    until, none = time.monotonic() + _PATIENCE_S, 0
    while none < 2 and time.monotonic() < until:
        left = _marked(mark)
        none = 0 if left else none + 1
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
