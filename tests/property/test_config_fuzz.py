"""Fuzzed configs through the command line: a config or lines that each have a place, never a traceback."""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admf.cli import init
from admf.cli.app import run_app
from admf.config.full import full_text
from admf.config.load import load_config
from admf.errors import InputError
from tests.property.test_config import VALID, mutated, tops, values, words, written

BASES = [written(VALID), init._CONFIG.format(modeline="# a line"), full_text(init._VALUES)]
FRAGMENTS = """\
!!python/object:os.system
!!binary aGk=
&a
*a
<<: *a
<<: [*a, *a]
? [a, b]
%YAML 1.1
---
...
{{{{[[[
- - - - x
|
>-
"\\x00"
'
\t
\ufeff
\u2028
1e400
-.inf
.nan
0x_
0o9
123456789012345678901234567890
2010-13-45
1:30:00
~
yes
=
"""
fragments = st.sampled_from(FRAGMENTS.splitlines()) | st.text(max_size=8)


def nested(depth: int) -> Any:
    """Lists in mappings in lists."""
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"space": value}
    return value


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A valid text with fragments put in, lines dropped, repeated, swapped or indented."""
    lines = draw(st.sampled_from(BASES)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(lines) - 1, 0)))
        match draw(st.sampled_from(["inside", "line", "drop", "twice", "indent", "swap"])):
            case _ if not lines:
                lines.append(draw(fragments))
            case "inside":
                column = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:column] + draw(fragments) + lines[at][column:]
            case "line":
                lines.insert(at, draw(fragments))
            case "drop":
                del lines[at]
            case "twice":
                lines.insert(at, lines[at])
            case "indent":
                lines[at] = " " * draw(st.integers(1, 9)) + lines[at]
            case _:
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines) + "\n"


@st.composite
def deep(draw: st.DrawFn) -> str:
    """A valid config in which one value is nested deeply, or is a large number."""
    config = dict(VALID)
    large = st.sampled_from([10**400, -(10**30), 1e308, 5e-324, float("inf"), float("nan"), 2**53 + 1])
    config[draw(tops)] = draw(st.integers(1, 60).map(nested) | large | values)
    return written(config)


texts = st.one_of(
    mutated().map(written),
    st.dictionaries(tops | words, values, max_size=5).map(written),
    broken(),
    deep(),
    st.text(max_size=80),
)
PLACE = re.compile(r"admf\.yaml(:\d+:\d+)?: \S")


def check(text: str) -> None:
    """Exit code 0 or 2; where 2, every line has its place; reading gives the same as the command line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "admf.yaml"
        path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
        said = io.StringIO()
        with (
            mock.patch("admf.cli.summary.summarise", return_value=0),
            contextlib.chdir(folder),
            contextlib.redirect_stderr(said),
        ):
            code = run_app(["run"])
            try:
                load_config(Path("admf.yaml"))
                read = 0
            except InputError:
                read = 2
    lines = said.getvalue().split("\n")[:-1]
    assert (code, bool(lines)) == ((0, False) if read == 0 else (2, True)), said.getvalue()
    assert "Traceback" not in said.getvalue()
    assert [line for line in lines if not PLACE.match(line)] == []


def fuzz(examples: int) -> Callable[[], None]:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(texts)
    def run(text: str) -> None:
        check(text)

    return run


def test_200_fuzzed_configs_give_no_traceback() -> None:
    fuzz(200)()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_5000_fuzzed_configs_give_no_traceback() -> None:
    fuzz(5000)()
