"""Evaluates a tree over columns of parameter values, in three-valued logic: true, false, unknown.

A part is unknown where it has no answer: a name that is absent, an order between null and a number, a
division by zero, a number that overflows. Unknown spreads as in SQL (Kleene): `unknown or true` is true,
`unknown and false` is false, `not unknown` is unknown. So `stop > 0.01 or stop == null` means what it says in
either order.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from admf.model.space.tree import Arithmetic, Call, Compare, Every, Literal, Name, Negative, Node, Not, Some
from admf.model.space.value import INTEGER_LIMIT, Options, Value


class Term(NamedTuple):
    """One part's values and where they are known.

    `data` is an int64, float64 or bool array of shape (n,) or (1,), or one str, None or Options for all rows;
    `known` a bool array of shape (n,) or (1,).
    """

    data: Any
    known: Any


_YES = np.ones(1, dtype=bool)
_NO = np.zeros(1, dtype=bool)
_UNKNOWN = Term(np.zeros(1), _NO)
_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_RING: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def numbers(data: np.ndarray[Any, Any], present: np.ndarray[Any, Any] | None = None) -> Term:
    """A numeric column as a term; NaN, infinities and integers beyond 2^53 are unknown."""
    if data.dtype.kind == "b":
        data = data.astype(np.int64)
    fits = np.isfinite(data) if data.dtype.kind == "f" else np.abs(data) <= INTEGER_LIMIT
    return Term(data, fits if present is None else fits & present)


def constant(value: Value) -> Term:
    """One value for all rows."""
    if isinstance(value, bool):
        return Term(np.array([value]), _YES)
    if isinstance(value, int | float):
        return numbers(np.array([value], dtype=np.int64 if isinstance(value, int) else np.float64))
    return Term(value, _YES)


def evaluate(node: Node, columns: Mapping[str, Term]) -> Term:
    """The term of a tree; a name without a column is unknown."""
    match node:
        case Literal(value=value):
            return constant(value)
        case Name(name=name):
            return columns.get(name, _UNKNOWN)
        case Negative(operand=operand):
            term = evaluate(operand, columns)
            return Term(-_number(term), term.known) if _is_number(term) else _UNKNOWN
        case Arithmetic(operator=op, left=left, right=right):
            return _arithmetic(op, evaluate(left, columns), evaluate(right, columns))
        case Compare(operator=op, left=left, right=right):
            return _compare(op, evaluate(left, columns), evaluate(right, columns))
        case Not(operand=operand):
            term = evaluate(operand, columns)
            return Term(~truth(term), term.known)
        case Every(operands=operands):
            return _some([evaluate(one, columns) for one in operands], wanted=False)
        case Some(operands=operands):
            return _some([evaluate(one, columns) for one in operands], wanted=True)
        case Call(function=function, arguments=arguments):
            return _call(function, arguments, [evaluate(one, columns) for one in arguments])


def truth(term: Term) -> Any:
    """Where a term counts as true: numbers that are not 0, texts and mappings that are not empty."""
    if _is_number(term):
        return term.data != 0
    filled = bool(term.data.items if isinstance(term.data, Options) else term.data)
    return _YES if filled else _NO


def _is_number(term: Term) -> bool:
    return isinstance(term.data, np.ndarray)


def _number(term: Term) -> Any:
    data = term.data
    return data.astype(np.int64) if data.dtype.kind == "b" else data


def _some(terms: list[Term], *, wanted: bool) -> Term:
    """`or` where True is wanted, `and` (is any of them false?) where False is."""
    decided = _NO
    all_known = _YES
    for term in terms:
        holds = truth(term)
        decided = decided | (term.known & (holds if wanted else ~holds))
        all_known = all_known & term.known
    return Term(decided if wanted else ~decided, decided | all_known)


def _compare(op: str, left: Term, right: Term) -> Term:
    known = left.known & right.known
    alike = _is_number(left) and _is_number(right)
    if op in ("==", "!="):
        if alike:
            same = left.data == right.data
        else:
            mixed = _is_number(left) or _is_number(right)
            same = np.array([not mixed and type(left.data) is type(right.data) and left.data == right.data])
        return Term(same if op == "==" else ~same, known)
    if alike:
        return Term(_ORDER[op](left.data, right.data), known)
    if isinstance(left.data, str) and isinstance(right.data, str):
        return Term(np.array([_ORDER[op](left.data, right.data)]), known)
    return _UNKNOWN


def _arithmetic(op: str, left: Term, right: Term) -> Term:
    if not (_is_number(left) and _is_number(right)):
        return _UNKNOWN
    x, y = _number(left), _number(right)
    with np.errstate(all="ignore"):  # what overflows is found below and is unknown
        if op in _RING:
            data, fits = _ring(_RING[op], x, y)
        elif op == "**":
            data, fits = _power(x, y)
        else:
            data, fits = _divide(op, x, y)
    return Term(data, left.known & right.known & fits)


def _whole(*arrays: Any) -> bool:
    return all(array.dtype.kind == "i" for array in arrays)


def _ring(function: Callable[[Any, Any], Any], x: Any, y: Any) -> tuple[Any, Any]:
    shadow = function(x.astype(np.float64), y.astype(np.float64))
    if _whole(x, y):  # int64 wraps silently; the float result says where
        return function(x, y), np.abs(shadow) <= INTEGER_LIMIT
    return shadow, np.isfinite(shadow)


def _divide(op: str, x: Any, y: Any) -> tuple[Any, Any]:
    fits = y != 0
    divisor = np.where(fits, y, 1)
    data = {"/": np.true_divide, "//": np.floor_divide, "%": np.mod}[op](x, divisor)
    return data, fits & np.isfinite(data)


def _power(x: Any, y: Any) -> tuple[Any, Any]:
    shadow = np.power(x.astype(np.float64), y.astype(np.float64))
    fits = np.isfinite(shadow)
    if not _whole(x, y):
        return shadow, fits
    exact = y >= 0
    small = exact & fits & (np.abs(shadow) <= INTEGER_LIMIT)
    data = np.power(np.where(small, x, 1), np.where(small, y, 1))
    if exact.all():
        return data, small
    return np.where(exact, data.astype(np.float64), shadow), np.where(exact, small, fits)


def _call(function: str, arguments: tuple[Node, ...], terms: list[Term]) -> Term:
    if not all(_is_number(term) for term in terms):
        return _UNKNOWN
    known = reduce(operator.and_, (term.known for term in terms))
    if function == "round":
        digits = arguments[1] if len(arguments) == 2 else None
        return _round(_number(terms[0]), known, digits.value if isinstance(digits, Literal) else None)
    if function == "abs":
        return Term(np.abs(_number(terms[0])), known)
    pick = np.minimum if function == "min" else np.maximum
    return Term(reduce(pick, [_number(term) for term in terms]), known)


def _round(data: Any, known: Any, digits: object) -> Term:
    if _whole(data):
        return Term(data, known)
    if isinstance(digits, int):  # NumPy's rounding to digits is not Python's
        return Term(np.array([round(one, digits) for one in data.tolist()]), known)
    rounded = np.rint(data)
    fits = np.abs(rounded) <= INTEGER_LIMIT
    return Term(np.where(fits, rounded, 0).astype(np.int64), known & fits)
