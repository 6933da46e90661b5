"""What keeps a run from being resumed: inputs that are not what they were, each with what to do about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from admf.errors import Problem

_CHANGES_NOTHING = frozenset({"ray"})
"""Packages that decide where trials run, and no number."""
_OR_ANEW = "or start a new run."


def config_changed(before: Mapping[str, Any], text: str) -> Problem | None:
    """A problem where `text` is not the config that was run."""
    now = hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
    was = before["inputs"]["config"]
    if now == was:
        return None
    says = f"the config of a run must stay as it was run: its hash was {_short(was)}, is {_short(now)}."
    return Problem(says=says, hint=f"Undo the edit, {_OR_ANEW}")


def inputs_changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Problem]:
    """What differs between two provenances and can change a number; no problem where a run may go on.

    Of Python the minor version counts. A package that was not installed then decided nothing.
    """
    was, is_ = before["inputs"], now["inputs"]
    return [
        *_data(before, now),
        *_code(was["code"], is_["code"]),
        *_versions(was["versions"], is_["versions"]),
    ]


def _data(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Problem]:
    was, is_ = before["inputs"]["data"], now["inputs"]["data"]
    if was != is_:
        says = (
            f"the data changed: the digest was {_short(was)} ({_span(before['data'])}), "
            f"is {_short(is_)} ({_span(now['data'])})."
        )
        yield Problem(where=str(before["data"]["source"]), says=says, hint=f"Restore the data, {_OR_ANEW}")


def _span(data: Mapping[str, Any]) -> str:
    return f"{data['bars']:,} bars, {data['first'][:10]} to {data['last'][:10]}"


def _code(was: Mapping[str, Any], is_: Mapping[str, Any]) -> Iterator[Problem]:
    old, new = was["components"], is_["components"]
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            says = (
                f"the code of this component changed: its hash was {_short(old.get(name))}, "
                f"is {_short(new.get(name))}."
            )
            yield Problem(where=f"components.{name}", says=says, hint=f"Restore its file, {_OR_ANEW}")
    if was["admf"] != is_["admf"]:
        says = f"the code of ADMF changed: its hash was {_short(was['admf'])}, is {_short(is_['admf'])}."
        yield Problem(where="admf", says=says, hint=f"Use the ADMF that began the run, {_OR_ANEW}")


def _versions(was: Mapping[str, Any], is_: Mapping[str, Any]) -> Iterator[Problem]:
    for name, before in was.items():
        now = is_.get(name)
        if before is None or name in _CHANGES_NOTHING or _counting(name, before) == _counting(name, now):
            continue
        says = f"its version changed: was {before}, is {now or 'not installed'}."
        yield Problem(where=name, says=says, hint=f"Install {before} again, {_OR_ANEW}")


def _counting(name: str, version: str | None) -> str | None:
    """As much of a version as can change a number."""
    return ".".join(version.split(".")[:2]) if name == "python" and version else version


def _short(digest: Any) -> str:
    return str(digest)[:12] if digest else "none"
