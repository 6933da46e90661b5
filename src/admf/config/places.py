"""Dotted places, as spaces and components name them, to lines and columns of the config."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from admf.config.document import Document, Mark, Path
from admf.errors import Problem
from admf.model.space.form import SPELLINGS

_LAST = re.compile(r"(\.[^.\[\]]*|\[\d+\])$")
_PARAMETER = re.compile(r"components(?:\.[^.\[\]]+|\[\d+\])\.space\.(.+)")
_WORD = re.compile(r"[A-Za-z_]\w*")


class Places:
    """Where each value of a config stands, by path or by dotted text such as 'components.ma.space.fast'."""

    def __init__(self, document: Document) -> None:
        self.marks = document.marks
        self.paths: dict[str, Path] = {}
        for text, path in _named(document.value, (), ("",)):
            self.paths.setdefault(text.lstrip("."), path)

    def at(self, path: Path, *, key: bool = False) -> str:
        """'file:line:column' of a value, or of its key; of the nearest part above where there is no such."""
        while path and path not in self.marks:
            path, key = path[:-1], True
        mark = self.marks.get(path, Mark("", ""))
        return mark.key if key else mark.value

    def path_of(self, text: str, least: int = 1) -> Path:
        """The path of a dotted text, or of the nearest part above it that the config has; () where that is
        none of at least `least` keys."""
        while text and text not in self.paths:
            shorter = _LAST.sub("", text)
            text = shorter if shorter != text else ""
        path = self.paths.get(text, ())
        return path if len(path) >= least else ()

    def placed(self, problem: Problem) -> Problem:
        """A problem with its dotted place turned into 'file:line:column', named for its parameter.

        A place that the config does not have, such as the line of a strategy's own file, stays as it is.
        """
        path = self.path_of(problem.where) or self.path_of(f"components.{problem.where}", least=2)
        if not path:
            return problem
        named = _PARAMETER.match(problem.where)
        says = f"{named[1]}: {problem.says}" if named else problem.says
        inner, key = self._inside(path, problem.says)
        return Problem(says=says, where=self.at(inner, key=key), hint=problem.hint)

    def _inside(self, path: Path, says: str) -> tuple[Path, bool]:
        """The key below `path` that a text is about: 'low must ...' is about `min` where that is its name."""
        below = {one[-1]: one for one in self.marks if len(one) == len(path) + 1 and one[:-1] == path}
        for word in _WORD.findall(says):
            for key, inner in below.items():
                if isinstance(key, str) and word in (key, SPELLINGS.get(key)):
                    return inner, " must be known, was " in says
        unknown = says.endswith(" is not known.")
        return path, not path or unknown or any(isinstance(key, str) for key in below)


def dotted(path: Path) -> str:
    """A path as text, 'components.ma.space' or 'components[0].space'."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _named(value: Any, path: Path, texts: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Every path with its dotted texts; entries of a list go by their `name` too."""
    for text in texts:
        yield text, path
    if isinstance(value, Mapping):
        for key, inner in value.items():
            further = texts if key == "parameters" else ()
            yield from _named(inner, (*path, key), (*(f"{text}.{key}" for text in texts), *further))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            named = inner.get("name") if isinstance(inner, Mapping) else None
            if named is None and path[-1:] in (("components",), ("of",)):
                use = inner.get("use") if isinstance(inner, Mapping) else inner
                named = use.strip().rpartition(":")[2] if isinstance(use, str) else None
            by_name = tuple(f"{text}.{named}" for text in texts) if isinstance(named, str) else ()
            yield from _named(inner, (*path, i), (*(f"{text}[{i}]" for text in texts), *by_name))
