"""Frozen data that processes send each other: pickled by its fields in one go, or once for all messages.

Python looks up the fields of a frozen dataclass with slots anew each time one is pickled or read, which took more than
all else around a small batch.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def sent(cls: type[T]) -> type[T]:
    """A frozen dataclass of at least two fields that is pickled as the tuple of them."""
    names = tuple(one.name for one in fields(cls))  # type: ignore[arg-type]
    values = attrgetter(*names)

    def getstate(self: T) -> Any:
        return values(self)

    def setstate(self: T, state: Iterable[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    cls.__getstate__ = getstate  # type: ignore[method-assign, assignment]
    cls.__setstate__ = setstate  # type: ignore[attr-defined]
    return cls


def sent_often(cls: type[T]) -> type[T]:
    """The same for what goes with many messages and has a hash: pickled once here, and made once where it arrives."""

    def reduce(self: T) -> tuple[Any, ...]:
        return _made, (_content(self),)

    cls = sent(cls)
    cls.__reduce__ = reduce  # type: ignore[method-assign, assignment]
    return cls


@lru_cache(maxsize=4)
def _content(thing: Any) -> bytes:
    return pickle.dumps((type(thing), thing.__getstate__()), protocol=5)


@lru_cache(maxsize=4)
def _made(content: bytes) -> Any:
    cls, state = pickle.loads(content)
    made = cls.__new__(cls)
    made.__setstate__(state)
    return made
