"""The nodes of a parsed expression: plain frozen data, so that an expression can be hashed and shipped."""

from __future__ import annotations

from dataclasses import dataclass

from admf.model.space.value import Scalar


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, true, false or null."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter, dotted where it belongs to a part of a composite."""

    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus its operand."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers to one: + - * / // % **."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison; a chain is the `Every` of its links."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not:
    """True where its operand is false."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Every:
    """`and`."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """`or`; `in` is the `Some` of its comparisons."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """min, max, abs or round."""

    function: str
    arguments: tuple[Node, ...]


Node = Literal | Name | Negative | Arithmetic | Compare | Not | Every | Some | Call
