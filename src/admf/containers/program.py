"""A process of the pool as a program of its own: its supervisor, and where nothing is forked keepers and containers."""

from __future__ import annotations

import sys


def program(entry: str) -> tuple[str, ...]:
    """The command that runs `main` of `admf.containers.{entry}`; ADMF_PATH says where modules are found.

    Not `-m`: before it finds admf, that would read a `signal.py` of the working folder as Python's own.
    """
    boot = (
        "import os, sys; sys.path[:] = os.environ['ADMF_PATH'].split(os.pathsep);"
        f" from admf.containers.{entry} import main; main()"
    )
    return (sys.executable, "-P", "-c", boot)
