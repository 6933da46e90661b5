"""What is left of a pool or a keeper where nobody adopts it: found by a mark in the environment that it inherited."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

MARK = "ADMF_POOL"
"""The variable with the folder of a process' pool; a '#' and a number follow where its keeper has a mark of its own."""
_PATIENCE_S, _PAUSE_S = 10.0, 0.02


def end_marked(mark: str) -> None:
    """Stop all processes with a mark, a pool's with those of its keepers, until twice none more is found; kill them.

    Once is not enough: what starts another one and ends may be missed, and that one with it. Of what forks and forks,
    others would take the places of the dead.
    """
    import psutil

    until, none, stopped = time.monotonic() + _PATIENCE_S, 0, set[Any]()
    while none < 2 and time.monotonic() < until:
        fresh = {*_marked(mark)} - stopped
        none = 0 if fresh else none + 1
        for process in fresh:
            with suppress(psutil.Error):
                process.suspend()
        stopped |= fresh
    for process in stopped:
        with suppress(psutil.Error):
            process.kill()
    while _marked(mark) and time.monotonic() < until:  # which ended ones are not: nobody may wait for them
        time.sleep(_PAUSE_S)


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
