"""Text to tree: what the expression language admits; everything else is refused with its column."""

from __future__ import annotations

import ast
import math
import warnings

from admf.errors import Problem, SpaceError, nearest
from admf.model.space.tree import Arithmetic, Call, Compare, Every, Literal, Name, Negative, Node, Not, Some
from admf.model.space.value import INTEGER_LIMIT, shown

LONGEST = 1_000
DEEPEST = 60

_CONSTANTS = {"null": None, "true": True, "false": False}
_ARITHMETIC: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_COMPARISON: dict[type[ast.AST], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_FUNCTIONS = {"min": (2, 99), "max": (2, 99), "abs": (1, 1), "round": (1, 2)}
_REFUSED: dict[type[ast.AST], str] = {
    ast.Call: "a call",
    ast.Attribute: "an attribute of a value",
    ast.Subscript: "a subscript",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "an assignment",
    ast.IfExp: "a conditional expression",
    ast.Starred: "a starred value",
    ast.Tuple: "a tuple outside 'in'",
    ast.List: "a list outside 'in'",
    ast.Set: "a set",
    ast.Dict: "a dict",
    ast.Await: "an await",
    ast.Yield: "a yield",
    ast.YieldFrom: "a yield",
}
_OTHER_LANGUAGES = (("&&", "and"), ("||", "or"), ("<>", "!="), ("=>", ">="), ("=<", "<="))
_ADMITS = "names, numbers, texts, arithmetic, comparisons, 'in', and/or/not, min, max, abs and round"


def read(text: str) -> Node:
    """The tree of an expression; raises SpaceError with what must hold, the text and the column."""
    if len(text) > LONGEST:
        raise SpaceError(
            Problem(
                says=f"an expression must have at most {LONGEST} characters, has {len(text)}: {shown(text)}.",
                hint="Split it into several constraints.",
            )
        )
    if not text.strip():
        raise SpaceError("an expression must not be empty.")
    return _Reader(text).node(_python_tree(text), 0)


def _python_tree(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on style is not for this language
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        column = min(error.offset or len(text) + 1, len(text) + 1)  # Python says 0 for the end
        raise _syntax_error(text, column) from None
    except (ValueError, RecursionError, MemoryError):
        raise _syntax_error(text, 1) from None


def _syntax_error(text: str, column: int) -> SpaceError:
    hint = ""
    for wrong, right in _OTHER_LANGUAGES:
        if wrong in text:
            hint = f"Write '{right}' for '{wrong}'."
            break
    else:
        if "=" in text and not any(op in text for op in ("==", "<=", ">=", "!=")):
            hint = "Write '==' to compare."
    return SpaceError(
        Problem(says=f"an expression must be readable, stopped at col {column} of '{text}'.", hint=hint)
    )


class _Reader:
    """Walks Python's tree of one text; holds the text for the messages."""

    def __init__(self, text: str) -> None:
        self.text = text

    def node(self, tree: ast.expr, depth: int) -> Node:
        if depth > DEEPEST:
            raise self.refusal(tree, f"an expression must be at most {DEEPEST} levels deep, is deeper")
        deeper = depth + 1
        match tree:
            case ast.Constant(value=value):
                return self.literal(tree, value)
            case ast.Name() | ast.Attribute():
                return self.name(tree)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.node(operand, deeper))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(self.node(operand, deeper))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):  # a number, or unknown: as minus twice
                return Negative(Negative(self.node(operand, deeper)))
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _ARITHMETIC:
                return Arithmetic(_ARITHMETIC[type(op)], self.node(left, deeper), self.node(right, deeper))
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
                raise self.refusal(tree, "'&' and '|' are not known here", "Write 'and' or 'or'.")
            case ast.BoolOp(op=op, values=values):
                operands = tuple(self.node(value, deeper) for value in values)
                return Every(operands) if isinstance(op, ast.And) else Some(operands)
            case ast.Compare():
                return self.comparison(tree, deeper)
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]) if function in _FUNCTIONS:
                return self.call(tree, function, arguments, deeper)
            case ast.Call(func=ast.Name(id=function)):
                raise self.refusal(
                    tree, f"'{function}' cannot be called like this", nearest(function, _FUNCTIONS)
                )
            case _:
                found = _REFUSED.get(type(tree), "an operator it does not know")
                raise self.refusal(tree, f"an expression holds only {_ADMITS}; found {found}")

    def literal(self, tree: ast.expr, value: object) -> Literal:
        if isinstance(value, int | float) and not isinstance(value, bool):
            if value > INTEGER_LIMIT if isinstance(value, int) else not math.isfinite(value):
                raise self.refusal(tree, "a number must be finite, and an integer at most 2^53")
            return Literal(value)
        if value is None or isinstance(value, bool | str):
            return Literal(value)
        raise self.refusal(tree, f"an expression holds only {_ADMITS}; found {shown(value)}")

    def name(self, tree: ast.expr) -> Node:
        parts: list[str] = []
        inner: ast.expr = tree
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            raise self.refusal(tree, "a dot must join the parts of a name; found an attribute of a value")
        name = ".".join([inner.id, *reversed(parts)])
        return Literal(_CONSTANTS[name]) if name in _CONSTANTS else Name(name)

    def comparison(self, tree: ast.Compare, depth: int) -> Node:
        links: list[Node] = []
        left = tree.left
        for op, right in zip(tree.ops, tree.comparators, strict=True):
            links.append(self.link(op, left, right, depth))
            left = right
        return links[0] if len(links) == 1 else Every(tuple(links))

    def link(self, op: ast.cmpop, left: ast.expr, right: ast.expr, depth: int) -> Node:
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.Tuple | ast.List):
                raise self.refusal(
                    right, "'in' must be followed by a tuple or list", "Such as mode in ('a', 'b')."
                )
            item = self.node(left, depth)
            some = Some(tuple(Compare("==", item, self.node(one, depth)) for one in right.elts))
            return some if isinstance(op, ast.In) else Not(some)
        if isinstance(op, ast.Is | ast.IsNot):
            if not any(self.is_null(side) for side in (left, right)):
                raise self.refusal(right, "'is' compares only with null", "Write '==' or '!='.")
            op = ast.Eq() if isinstance(op, ast.Is) else ast.NotEq()
        return Compare(_COMPARISON[type(op)], self.node(left, depth), self.node(right, depth))

    def is_null(self, tree: ast.expr) -> bool:
        return (isinstance(tree, ast.Constant) and tree.value is None) or (
            isinstance(tree, ast.Name) and tree.id == "null"
        )

    def call(self, tree: ast.Call, function: str, arguments: list[ast.expr], depth: int) -> Node:
        least, most = _FUNCTIONS[function]
        if not least <= len(arguments) <= most:
            wants = (
                str(least) if least == most else f"{least} or more" if most == 99 else f"{least} or {most}"
            )
            raise self.refusal(tree, f"'{function}' takes {wants} arguments, was given {len(arguments)}")
        nodes = tuple(self.node(argument, depth) for argument in arguments)
        if function == "round" and len(nodes) == 2:
            digits = nodes[1]
            if not (isinstance(digits, Literal) and type(digits.value) is int and 0 <= digits.value <= 15):
                raise self.refusal(arguments[1], "the digits of 'round' must be a whole number from 0 to 15")
        return Call(function, nodes)

    def refusal(self, tree: ast.expr, says: str, hint: str = "") -> SpaceError:
        before = self.text.encode()[: tree.col_offset].decode(errors="ignore")  # Python counts bytes
        return SpaceError(Problem(says=f"{says}: col {len(before) + 1} of '{self.text}'.", hint=hint))
