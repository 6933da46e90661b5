"""A safe expression over parameters, as in `fast < slow`: parsed once, evaluated on one set or on columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from admf.errors import Problem, SpaceError, nearest
from admf.model.space.evaluation import Term, constant, evaluate, numbers, truth
from admf.model.space.syntax import read
from admf.model.space.tree import Name, Node
from admf.model.space.value import Value, freeze, identity, shown, thaw

Mask = npt.NDArray[np.bool_]


class Unknown(Enum):
    """The result of an expression that has no answer; it counts as false."""

    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        return False


UNKNOWN = Unknown.UNKNOWN


class Column(NamedTuple):
    """Values of one parameter over n sets: numbers, or codes into a table of any values.

    `present` is False where the parameter is absent from the set; None: present everywhere.
    """

    data: npt.NDArray[Any]
    table: tuple[Value, ...] | None = None
    present: Mask | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; hashable, picklable, without any code in it."""

    text: str
    tree: Node
    names: tuple[str, ...]

    def __str__(self) -> str:
        return self.text

    def evaluate(self, values: Mapping[str, object]) -> object:
        """The value for one parameter set, or UNKNOWN where it has none (a name is absent, an overflow,
        a division by zero, an order between null and a number)."""
        terms = {name: constant(freeze(values[name])) for name in self.names if name in values}
        term = evaluate(self.tree, terms)
        if not term.known.all():
            return UNKNOWN
        return term.data[0].item() if isinstance(term.data, np.ndarray) else thaw(term.data)

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether it is true for one parameter set; unknown is not true."""
        value = self.evaluate(values)
        return bool(value)

    def columns(self, values: Mapping[str, npt.NDArray[Any]]) -> Mask:
        """Where it is true over n sets, shape (n,); `values`: arrays of numbers or objects, shape (n,)."""
        sizes = {array.shape for name, array in values.items() if name in self.names} or {(1,)}
        if len(sizes) > 1 or len(size := sizes.pop()) != 1:
            raise SpaceError(f"the columns of '{self.text}' must have one length, shape (n,).")
        true, known = self.truth({n: column_of(values[n]) for n in self.names if n in values}, size[0])
        return true & known

    def truth(self, columns: Mapping[str, Column], n: int) -> tuple[Mask, Mask]:
        """Over n sets: where it is true, and where it is known; each of shape (n,)."""
        coded = {
            name: columns[name] for name in self.names if name in columns and columns[name].table is not None
        }
        plain = {name: columns[name] for name in self.names if name in columns and name not in coded}
        true, known = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        for rows, constants in _groups(coded, n):
            terms = constants | {name: _rows(column, rows) for name, column in plain.items()}
            term = evaluate(self.tree, terms)
            true[rows] = truth(term)
            known[rows] = term.known
        return true, known

    def numbers(self, values: Mapping[str, npt.NDArray[Any]], n: int) -> npt.NDArray[np.float64]:
        """Its values over n sets, shape (n,), NaN where it has none; `values`: arrays of numbers, shape (n,)."""
        term = evaluate(self.tree, {name: numbers(values[name]) for name in self.names if name in values})
        out = np.full(n, np.nan)
        out[np.broadcast_to(term.known, n)] = np.broadcast_to(term.data, n)[np.broadcast_to(term.known, n)]
        return out

    def check_names(self, valid: Iterable[str]) -> None:
        """Raises SpaceError with the nearest name for each name that is not among `valid`."""
        accepted = set(valid)
        unknown = [name for name in self.names if name not in accepted]
        if unknown:
            raise SpaceError(
                *(
                    Problem(
                        says=f"a name in an expression must be a parameter, was '{name}': "
                        f"col {max(self.text.find(name), 0) + 1} of '{self.text}'.",
                        hint=nearest(name, sorted(accepted)),
                    )
                    for name in unknown
                )
            )


def parse(text: object) -> Expression:
    """The expression a text says. Raises SpaceError with what must hold, the text and the column.

    >>> parse("fast < slow").holds({"fast": 10, "slow": 30})
    True
    >>> parse("3 * slow + 1").evaluate({"slow": 20})
    61
    """
    if isinstance(text, Expression):
        return text
    if not isinstance(text, str):
        raise SpaceError(f"an expression must be a text such as 'fast < slow', was {shown(text)}.")
    line = " ".join(text.split()) if any(c in text for c in "\n\r\f") else text.strip()
    tree = read(line)
    return Expression(text=line, tree=tree, names=tuple(dict.fromkeys(_names(tree))))


def column_of(array: npt.NDArray[Any]) -> Column:
    """An array as a column; arrays of objects or texts are coded into a table of their distinct values."""
    if array.dtype.kind in "iufb":
        return Column(array.astype(np.int64) if array.dtype.kind == "u" else array)
    codes: dict[object, int] = {}
    table: list[Value] = []
    data = np.empty(len(array), dtype=np.int64)
    for row, raw in enumerate(array.tolist()):
        value = freeze(raw)
        key = identity(value)
        if key not in codes:
            codes[key] = len(table)
            table.append(value)
        data[row] = codes[key]
    return Column(data, tuple(table))


def _rows(column: Column, rows: Any) -> Term:
    return numbers(column.data[rows], None if column.present is None else column.present[rows])


def _groups(coded: Mapping[str, Column], n: int) -> Iterator[tuple[Any, dict[str, Term]]]:
    """The rows that share the values of all coded columns, with these values as constants.

    Texts, nulls and mappings are few and repeat; with them fixed, all that varies inside a group is numeric.
    """
    if not coded:
        yield slice(None), {}
        return
    group = np.zeros(n, dtype=np.int64)
    for column in coded.values():
        code = column.data if column.present is None else np.where(column.present, column.data, -1)
        _, dense = np.unique(group * (len(column.table or ()) + 1) + code + 1, return_inverse=True)
        group = dense.astype(
            np.int64
        )  # dense again after each column: the product of all tables may overflow
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if rows.size:
            yield rows, _constants(coded, int(rows[0]))


def _constants(coded: Mapping[str, Column], row: int) -> dict[str, Term]:
    terms = {}
    for name, (data, table, present) in coded.items():
        if present is None or present[row]:
            terms[name] = constant((table or ())[int(data[row])])
    return terms


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
        return
    for field in node.__dataclass_fields__:
        part = getattr(node, field)
        for inner in part if isinstance(part, tuple) else (part,):
            if hasattr(inner, "__dataclass_fields__"):
                yield from _names(inner)
