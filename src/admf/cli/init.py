"""`admf init`: a small project that runs as it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

_CONFIG = """\
{modeline}
# The short form; `admf init DIR --full` writes every key with its default and meaning.
data:
  source: bundled:sp500            # or a CSV or Parquet file: prices.csv
  split: {{out_of_sample: 0.3, embargo: 20}}    # the last 30 % are sealed: no trial sees them
costs: {{commission: 0.0005, slippage: 0.0002}} # fractions, paid at every fill
components:
  trend:
    use: strategy.py:trend         # the function `trend` in the file beside this one
    space:                         # what is searched
      fast: {{low: 5, high: 60, step: 5}}
      slow: {{low: 20, high: 240, step: 20}}
    constraints: [fast < slow]
objective: {{metric: sharpe, constraints: ["n_trades >= 30"]}}
"""
_VALUES: dict[str, Any] = {
    "data": {"source": "bundled:sp500", "split": {"out_of_sample": 0.3, "embargo": 20}},
    "costs": {"commission": 0.0005, "slippage": 0.0002},
    "components": {
        "trend": {
            "use": "strategy.py:trend",
            "space": {
                "fast": {"low": 5, "high": 60, "step": 5},
                "slow": {"low": 20, "high": 240, "step": 20},
            },
            "constraints": ["fast < slow"],
        }
    },
    "objective": {"metric": "sharpe", "constraints": ["n_trades >= 30"]},
}
"""The same values, for the long form."""

_STRATEGY = '''\
"""The project's strategy: a function of bars that gives one target per bar."""

import admf

MARGIN = 0.01


def trend(bars, fast=20, slow=100):
    """Long while the fast average is more than MARGIN above the slow one, else out of the market."""
    return admf.ta.sma(bars.close, fast) > (1 + MARGIN) * admf.ta.sma(bars.close, slow)
'''


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the project goes.")],
    full: Annotated[
        bool, typer.Option("--full", help="Write every key with its default and meaning.")
    ] = False,
) -> int:
    """Write a small project that runs as it is: a config, a strategy, and a schema for editors."""
    from admf.cli.speak import say
    from admf.config.full import full_text
    from admf.config.schema import FILE_NAME, MODELINE, schema_text

    config = f"{MODELINE}\n{full_text(_VALUES)}" if full else _CONFIG.format(modeline=MODELINE)
    files = {"admf.yaml": config, "strategy.py": _STRATEGY, FILE_NAME: schema_text()}
    _write(folder, files)
    say(f"Wrote {', '.join(files)} to {folder}.")
    say("Next: " + ("" if folder == Path() else f"cd {folder} && ") + "admf run")
    return 0


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """All files or, where one is there already, none; InputError says which."""
    from admf.errors import InputError, Problem

    there = [folder / name for name in files if os.path.lexists(folder / name)]
    if there:
        says = "a new project must not overwrite a file, this one is there already."
        hint = "Name another folder, or move it away."
        raise InputError(*(Problem(says=says, where=str(one), hint=hint) for one in there))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        says = f"a project's folder must be writable: {error.strerror or error}."
        raise InputError(Problem(says=says, where=str(folder), hint="Name another folder.")) from None
