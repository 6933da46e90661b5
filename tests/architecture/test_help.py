"""Help is instant: no command's help imports what only its work needs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from admf.cli.app import app

_HEAVY = {
    "numpy",
    "numba",
    "scipy",
    "pandas",
    "polars",
    "plotly",
    "optuna",
    "sklearn",
    "arch",
    "pyarrow",
    "psutil",
}
_ASK = """
import contextlib, io, json, sys
from admf.cli.app import run_app
with contextlib.redirect_stdout(io.StringIO()) as said:
    code = run_app(sys.argv[1:])
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps([code, len(said.getvalue()), loaded]))
"""
COMMANDS = [str(one.name) for one in app.registered_commands]


def test_the_commands_of_this_version_are_there() -> None:
    assert {"demo", "run", "trials", "show", "trades", "data", "check", "doctor"} <= set(COMMANDS)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_imports_nothing_heavy(command: str) -> None:
    asked = [sys.executable, "-c", _ASK, *([command] if command else []), "--help"]
    code, letters, loaded = json.loads(
        subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    )
    assert code == 0
    assert letters > 200
    assert _HEAVY & set(loaded) == set()
