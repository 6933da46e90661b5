"""Provenance: equal inputs have one identity, and a change is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from admf.errors import RunError
from admf.store.changed import inputs_changed
from admf.store.provenance import (
    DataSource,
    changes,
    code_hash,
    provenance,
    read_provenance,
    write_provenance,
)

DATA = DataSource(
    source="bundled:sp500",
    digest="d" * 64,
    symbols=("SPX",),
    first="1999-01-04",
    last="2018-12-31",
    bars=5_031,
)


def made(
    config: str = "seed: 1\n", digest: str = "d" * 64, source: str = "ma-1", **more: Any
) -> dict[str, Any]:
    data = DataSource(
        source=more.pop("where", "bundled:sp500"),
        digest=digest,
        symbols=("SPX",),
        first="a",
        last="b",
        bars=3,
    )
    return provenance(config, data, {"ma": source}, **more)


def test_two_runs_of_the_same_have_one_identity() -> None:
    assert made(created="yesterday")["identity"] == made(created="today", where="elsewhere.csv")["identity"]
    assert made("a: 1\r\n")["identity"] == made("a: 1\n")["identity"]


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (made("seed: 2\n"), "config was "),
        (made(digest="e" * 64), "data was dddddddddddd, is eeeeeeeeeeee"),
        (made(source="ma-2"), "code.components.ma was ma-1, is ma-2"),
        (made(packages=("no-such-package",)), "versions.numpy was "),
    ],
)
def test_a_change_changes_the_identity_and_is_named(changed: dict[str, Any], line: str) -> None:
    assert changed["identity"] != made()["identity"]
    assert any(one.startswith(line) for one in changes(made(), changed))
    assert changes(made(), made()) == []


def test_it_says_what_the_contract_asks_for() -> None:
    content = made()
    assert set(content) == {"schema", "identity", "inputs", "data", "machine", "created"}
    assert {"python", "numpy", "numba", "polars", "scipy", "admf"} <= set(content["inputs"]["versions"])
    assert content["inputs"]["versions"]["numpy"]
    assert {"cpu", "cores", "memory_mb", "os"} <= set(content["machine"])


def test_what_enforces_limits_describes_the_machine_and_is_no_part_of_the_identity() -> None:
    content = made(enforced={"timeout_s": "deadline", "memory_mb": "cgroup v1"})
    assert content["machine"]["enforced"] == {"memory_mb": "cgroup v1", "timeout_s": "deadline"}
    assert content["identity"] == made()["identity"]
    assert (made()["machine"]["enforced"], changes(made(), content)) == ({}, [])
    assert not inputs_changed(made(), content)


def test_the_code_hash_sees_names_and_contents(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abcd"]
    for folder, name, text in zip(
        folders, ("x.py", "x.py", "y.py", "x.py"), ("1", "2", "1", "1"), strict=True
    ):
        folder.mkdir()
        (folder / name).write_text(text)
        (folder / "x.pyc").write_text(folder.name)
    first, other_text, other_name, same = map(code_hash, folders)
    assert first == same
    assert len({first, other_text, other_name}) == 3


def test_it_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "provenance.json"
    content = provenance("a: 1\n", DATA, {"ma": "h"})
    write_provenance(path, content)
    assert read_provenance(path) == content
    assert content["data"]["symbols"] == ["SPX"]
    path.write_text(json.dumps(content | {"schema": 99}))
    with pytest.raises(RunError, match="schema must be 1, is 99"):
        read_provenance(path)
    path.write_text("{")
    with pytest.raises(RunError, match="cannot be read"):
        read_provenance(path)
