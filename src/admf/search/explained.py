"""A method that another one stands for, with the reason why: it takes one objective, whatever the method takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from admf.model.space import Params
from admf.search.protocol import SearchMethod, Told


class Explained:
    """A method with the reason for it."""

    counts: Mapping[str, int] = {}

    def __init__(self, method: SearchMethod, notes: tuple[str, ...]) -> None:
        self._method, self.notes = method, notes
        self.generation = method.generation

    def ask(self, n: int) -> Sequence[Params]:
        """As the method."""
        return self._method.ask(n)

    def tell(self, results: Sequence[Told]) -> None:
        """As the method."""
        self._method.tell(results)

    def total(self, budget: int | None = None) -> int | None:
        """As the method."""
        return self._method.total(budget)
