"""`admf try` in its own words: problems at keys of a config that nobody wrote, as problems of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from admf.errors import InputError, Problem

_OPTIONS = {
    "data.source": "DATA",
    "data.timezone": "--timezone",
    "data.timestamp": "--timestamp",
    "data.bars_per_year": "--bars-per-year",
    "costs.commission": "--commission",
    "costs.slippage": "--slippage",
    "objective": "--objective",
    "objective.metric": "--objective",
}
"""Keys of the config that nobody wrote, and where their values come from."""
_PHRASES = {
    "timezone: America/New_York": "--timezone America/New_York",
    '`allow_lookahead: "reason"`': '`--allow-lookahead "reason"`',
}


@contextmanager
def in_own_words() -> Iterator[None]:
    """An InputError of the block again, said in words of the command line."""
    try:
        yield
    except InputError as error:
        raise type(error)(*map(_in_words, error.problems)) from error


def _in_words(problem: Problem) -> Problem:
    where, texts = _OPTIONS.get(problem.where, problem.where), [problem.says, problem.hint]
    if space := re.match(r"components\.[^.]+\.(space|constraints)", where):
        where = f"--space{where[space.end() :].replace('.', ' ')}"
    for ours, theirs in _PHRASES.items():
        texts = [text.replace(ours, theirs) for text in texts]
    return Problem(where=where, says=texts[0], hint=texts[1])
