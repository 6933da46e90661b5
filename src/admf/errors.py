"""Every error and its message: what must hold, what it was, where, and what to do.

AdmfError
├── InputError            the input is wrong (exit code 2); carries every problem at once
│   ├── DataError         bars that cannot be read, or that are not bars
│   ├── ConfigError       a config file or an argument that does not hold
│   ├── SpaceError        a parameter space, or a constraint over it
│   ├── ComponentError    a component that cannot be loaded, called, or used as asked
│   └── LookaheadError    a component whose past changes when its future is removed
├── TrialError            a trial's component did what no component may (the trial is `failed`)
└── RunError              a run folder that is missing, busy, or not a run
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: `where: says. hint`, on one line whatever the input holds."""

    says: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f" {self.hint}" if self.hint else ""
        return _on_one_line(f"{place}{self.says}{hint}")


def _on_one_line(text: str) -> str:
    """Line breaks as spaces, and what a terminal would act on as its escape."""
    if text.isprintable():
        return text
    broken = " ".join(line.strip() for line in text.splitlines())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in broken)


class AdmfError(Exception):
    """Anything ADMF raises on purpose."""


class InputError(AdmfError):
    """The input is wrong; `problems` holds all that was found, one line each."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(says=p) for p in problems)
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[Problem, ...]]:
        return type(self), self.problems  # crosses process boundaries whole

    def at(self, where: str) -> InputError:
        """The same error with a place for the problems that have none yet."""
        return type(self)(
            *(p if p.where else Problem(says=p.says, where=where, hint=p.hint) for p in self.problems)
        )


class DataError(InputError):
    """Bars that cannot be read, or that are not bars."""


class ConfigError(InputError):
    """A config file or an argument that does not hold."""


class SpaceError(InputError):
    """A parameter space, or a constraint over it, that does not hold."""


class ComponentError(InputError):
    """A component that cannot be loaded, called, or used as asked."""


class LookaheadError(InputError):
    """A component whose past changes when its future is removed."""


class TrialError(AdmfError):
    """A component did what no component may do; the trial ends as `failed` with this reason."""


class RunError(AdmfError):
    """A run folder that is missing, busy, or not a run."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """A hint with the nearest valid name, or the list of valid ones where none is near."""
    names = list(dict.fromkeys(map(str, valid)))
    close = get_close_matches(str(name), names, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Valid: {', '.join(names)}." if names else "None is valid here."
