"""What a Python file of strategies holds, read without running it: its components, their parameters' defaults."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from admf.errors import ComponentError, Problem, nearest
from admf.plan.default_values import constants_of, default_value

_CALLS = frozenset({"signal", "on_bar", "evaluate", "__call__"})
_RULES = frozenset({"per_bar", "compiled"})
_OWN_SPACE = frozenset({"space", "get_parameter_space"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """One component of a file, as its text says. `defaults` are those that are plain values.

    `required` are parameters without a default, `odd` those whose default is no plain value. `own_space`: it says
    itself what is searched (`space`, `get_parameter_space`, `Annotated`).
    """

    name: str
    line: int
    defaults: Mapping[str, Any]
    required: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    own_space: bool = False
    takes_bars: bool = False
    """Whether it is a function whose first parameter is called bars, or a compiled rule."""


def sketch_of(path: Path, name: str | None = None) -> Sketch:
    """The component `name` of a file, or its only one. ComponentError where there is none, or are several."""
    sketches = _sketches(path)
    where = str(path)
    if not sketches:
        says = "there must be a strategy in this file: a public function of bars, or a class with signal or on_bar."
        hint = "Such as `def f(bars, window=20): return bars.close > admf.ta.sma(bars.close, window)`."
        raise ComponentError(Problem(where=where, says=says, hint=hint))
    names = [one.name for one in sketches]
    if name is not None:
        found = next((one for one in sketches if one.name == name), None)
        if found is None:
            says = f"there is no strategy '{name}' in this file."
            raise ComponentError(Problem(where=where, says=says, hint=nearest(name, names)))
        return found
    by_bars = [one for one in sketches if one.takes_bars]
    chosen = sketches if len(sketches) == 1 else by_bars  # the others are there to help it
    if len(chosen) != 1:
        says = f"it must be clear which strategy is meant, this file holds {', '.join(names)}."
        raise ComponentError(Problem(where=where, says=says, hint=f"Name one: {path}:{names[-1]}"))
    return chosen[0]


def _sketches(path: Path) -> list[Sketch]:
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except FileNotFoundError:
        beside = sorted(one.name for one in path.parent.glob("*.py")) if path.parent.is_dir() else []
        hint = nearest(path.name, beside) if beside else "Name a Python file with a strategy in it."
        raise ComponentError(Problem(where=str(path), says="there is no such file.", hint=hint)) from None
    except SyntaxError as error:
        where = f"{path}:{error.lineno or 1}:{error.offset or 1}"
        raise ComponentError(Problem(where=where, says=f"the file must be Python: {error.msg}.")) from None
    except (OSError, ValueError) as error:
        raise ComponentError(Problem(where=str(path), says=f"the file cannot be read: {error}.")) from None
    own = {
        target.value.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.attr == "space"
    }
    constants, found = constants_of(tree), []
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    extended = {base.id for node in classes.values() for base in node.bases if isinstance(base, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            if (rule := _rule_of(node)) is not None:
                found.append(_of_rule(node, rule, node.name in own, constants))
            elif node.args.posonlyargs or node.args.args:
                found.append(_sketch(node.name, node.lineno, node.args, node.name in own, constants))
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            bodies = _bodies(node, classes)
            methods = {one.name: one for one in bodies if isinstance(one, ast.FunctionDef)}
            if _CALLS & methods.keys() and node.name not in extended:
                found.append(_of_class(node, bodies, methods, node.name in own, constants))
    return found


def _rule_of(node: ast.FunctionDef) -> ast.expr | None:
    """The decorator that makes a compiled rule of a function."""
    for one in node.decorator_list:
        called = one.func if isinstance(one, ast.Call) else one
        if (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) in _RULES:
            return one
    return None


def _of_rule(
    node: ast.FunctionDef, decorator: ast.expr, own: bool, constants: Mapping[str, ast.expr]
) -> Sketch:
    """Its arguments without a default are what it is given at every bar."""
    said = decorator.keywords if isinstance(decorator, ast.Call) else []
    own = own or any(one.arg == "space" for one in said)
    arguments = copy(node.args)
    arguments.args = [ast.arg(arg="bars"), *node.args.args]
    return replace(_sketch(node.name, node.lineno, arguments, own, constants), required=(), takes_bars=True)


def _bodies(
    node: ast.ClassDef, classes: Mapping[str, ast.ClassDef], seen: tuple[str, ...] = ()
) -> list[ast.stmt]:
    """The statements of a class after those of the classes of the file that it extends."""
    bases = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id not in seen]
    above = [_bodies(classes[base], classes, (*seen, node.name)) for base in bases if base in classes]
    return [*(one for body in reversed(above) for one in body), *node.body]


def _of_class(
    node: ast.ClassDef,
    bodies: list[ast.stmt],
    methods: Mapping[str, ast.FunctionDef],
    own: bool,
    constants: Mapping[str, ast.expr],
) -> Sketch:
    says = {
        t.id for one in bodies if isinstance(one, ast.Assign) for t in one.targets if isinstance(t, ast.Name)
    }
    own = own or bool(_OWN_SPACE & (methods.keys() | says))
    if "__init__" in methods:
        return _sketch(node.name, node.lineno, methods["__init__"].args, own, constants)
    made = _fields(bodies) if any("dataclass" in ast.dump(one) for one in node.decorator_list) else _NOTHING
    return _sketch(node.name, node.lineno, made, own, constants)


_NOTHING = ast.arguments(
    posonlyargs=[],
    args=[ast.arg(arg="self")],
    vararg=None,
    kwonlyargs=[],
    kw_defaults=[],
    kwarg=None,
    defaults=[],
)


def _fields(bodies: list[ast.stmt]) -> ast.arguments:
    """The arguments that a dataclass gives itself."""
    fields = {
        one.target.id: one
        for one in bodies
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    given = {n: one for n, one in fields.items() if "ClassVar" not in ast.dump(one.annotation)}
    return ast.arguments(
        posonlyargs=[], args=[ast.arg(arg="self")], vararg=None, kwarg=None, defaults=[],
        kwonlyargs=[ast.arg(arg=name, annotation=one.annotation) for name, one in given.items()],
        kw_defaults=[one.value for one in given.values()],
    )  # fmt: skip


def _sketch(
    name: str, line: int, arguments: ast.arguments, own: bool, constants: Mapping[str, ast.expr]
) -> Sketch:
    """Of a function whose first parameter takes the bars (or self)."""
    positional = [*arguments.posonlyargs, *arguments.args]
    without = len(positional) - len(arguments.defaults)
    given = dict(zip([a.arg for a in positional[without:]], arguments.defaults, strict=True))
    given |= {
        a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None
    }
    named = [*positional[1:], *arguments.kwonlyargs]
    defaults: dict[str, Any] = {}
    odd: list[str] = []
    for argument in named:
        if argument.arg in given:
            try:
                defaults[argument.arg] = default_value(given[argument.arg], constants)
            except (ValueError, TypeError, RecursionError):
                odd.append(argument.arg)
    annotated = any("Annotated" in ast.dump(a.annotation) for a in named if a.annotation is not None)
    return Sketch(
        name=name,
        line=line,
        defaults=defaults,
        required=tuple(a.arg for a in named if a.arg not in given),
        odd=tuple(odd),
        own_space=own or annotated,
        takes_bars=bool(positional) and positional[0].arg == "bars",
    )
