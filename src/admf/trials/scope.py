"""The scope of one trial: the components made for it, what they may use, and what they note.

>>> import numpy as np
>>> with Scope(seed=7, services={"bars": np.zeros(3)}) as scope:
...     scope.note("regime", label="calm")
...     bool(scope.rng.integers(10) == np.random.default_rng(7).integers(10))
True
>>> [(event.kind, dict(event.data)) for event in scope.events]
[('regime', {'label': 'calm'})]
"""

from __future__ import annotations

import inspect
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, TypeVar

import numpy as np

from admf.errors import InputError, Problem, nearest
from admf.model.trial import ScopeEvent

_MOST_EVENTS = 1_000
"""Events kept of one trial: a loop that notes every bar fills no disk."""

T = TypeVar("T")


class Scope:
    """What one trial has for itself.

    Components are owned in the order in which they are made, parts before what is made of them: each is
    initialised (`initialize(scope)` or `initialize()`, where it has that) when it is owned, and torn down
    (`teardown()`) in reverse order when the scope closes. What services give is shared and read-only.
    """

    __slots__ = ("_began", "_folder", "_made_folder", "_owned", "_rng", "_services", "events", "seed")

    def __init__(
        self, *, seed: int = 0, services: Mapping[str, Any] | None = None, folder: str | Path | None = None
    ) -> None:
        self.seed = seed
        self.events: list[ScopeEvent] = []
        self._services = services if type(services) is MappingProxyType else MappingProxyType(services or {})
        self._folder, self._made_folder = folder, False
        self._owned: list[tuple[str, Callable[[], Any]]] = []
        self._rng: np.random.Generator | None = None
        self._began = time.monotonic()

    @property
    def services(self) -> Mapping[str, Any]:
        """What may be used by name: `bars`, `indicators` (the cache), `config` (the simulation's options)."""
        return self._services

    def service(self, name: str) -> Any:
        """One of the services; InputError with the nearest name where there is none."""
        if name not in self._services:
            says = f"no service is called '{name}'."
            raise InputError(Problem(says=says, hint=nearest(name, self._services)))
        return self._services[name]

    @property
    def rng(self) -> np.random.Generator:
        """A generator of its own, seeded with the trial's seed."""
        if self._rng is None:
            self._rng = np.random.default_rng(self.seed)
        return self._rng

    @property
    def scratch(self) -> Path:
        """A folder of the trial's own, gone when it has ended."""
        if self._folder is None:
            self._folder, self._made_folder = tempfile.mkdtemp(prefix="admf-scratch-"), True
        return Path(self._folder)

    def note(self, kind: str, **data: Any) -> None:
        """Keep an event: `admf show RUN TRIAL --logs` lists them. TypeError for what JSON cannot hold."""
        kind, data = json.loads(json.dumps([str(kind), data]))  # as it is now, and no type of the user's
        if len(self.events) < _MOST_EVENTS:
            self.events.append(ScopeEvent(time.monotonic() - self._began, kind, data))

    def own(self, name: str, made: T) -> T:
        """Take a component that was made for this trial: initialise it now, tear it down at the end."""
        if callable(teardown := getattr(made, "teardown", None)):
            self._owned.append((name, teardown))
        if callable(initialize := getattr(made, "initialize", None)):
            takes_scope = bool(inspect.signature(initialize).parameters)
            initialize(self) if takes_scope else initialize()
        return made

    def close(self) -> None:
        """Tear down what is owned, the last made first, each once; what that raises is an event."""
        while self._owned:
            name, teardown = self._owned.pop()
            try:
                teardown()
            except Exception as error:
                self.note("teardown failed", component=name, error=f"{type(error).__name__}: {error}")
        if self._made_folder and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder, self._made_folder = None, False

    def __enter__(self) -> Scope:
        _open.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        finally:
            _open.remove(self)


_open: list[Scope] = []
_outside = Scope()


def scope() -> Scope:
    """The scope of the trial that runs now; outside of any trial an empty one that keeps no events.

    A strategy asks for it where it is called: `admf.scope().note("regime", label="calm")`.
    """
    if not _open:
        _outside.events.clear()
        return _outside
    return _open[-1]
