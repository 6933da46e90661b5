"""What somebody else's code said, as text that may stand in a table and on a terminal."""

from __future__ import annotations

import re

_MOST, _MOST_OF_A_TRACE = 500, 20_000
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")


def one_line(text: str, most: int = _MOST) -> str:
    """At most so many characters, on one line, and without what would make a terminal do something."""
    line = " ".join(text.split())
    if not line.isprintable():
        line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    return line[:most]


def without_addresses(line: str) -> str:
    """Addresses are masked: they differ from run to run."""
    return _ADDRESS.sub("0x...", line)


def last_line(trace: str) -> str:
    """What a traceback says at its end, as a reason: one line, the same in every run."""
    lines = trace.strip().splitlines()
    return without_addresses(one_line(lines[-1])) if lines else "no trace"


def shortened(trace: str) -> str:
    """A traceback that is not endless: its beginning and its end."""
    half = _MOST_OF_A_TRACE // 2
    return trace if len(trace) <= _MOST_OF_A_TRACE else f"{trace[:half]}\n[...]\n{trace[-half:]}"
