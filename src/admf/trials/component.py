"""Find out how a component is called, whatever it is: a function, a class, an object."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from admf.errors import ComponentError, Problem, SpaceError, nearest
from admf.finance.strategies.sets import Many
from admf.model.space import Space, parse_space
from admf.model.trial import ComponentSpec
from admf.trials.rules.rule import Rule
from admf.trials.source import find_target, short_path

CALLS = ("signal", "on_bar", "evaluate", "__call__")
"""How an instance may be asked for its answer; the first that it has is used."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Component:
    """A loaded component: how to make one with parameters, and what it says about itself.

    `make(params)` gives something to call: `call` is 'signal', 'on_bar', 'evaluate' or '__call__' of it.
    `accepts` are the parameter names it takes (None: any). `where` is 'file:line' of its definition.
    """

    name: str
    make: Callable[[Mapping[str, Any]], Any] = field(repr=False)
    call: str
    accepts: frozenset[str] | None
    defaults: Mapping[str, Any]
    space: Any = field(default=None, repr=False)
    constraints: tuple[str, ...] = ()
    warmup: int | str | None = None
    where: str = ""
    source: str = ""
    """SHA-256 of the file (or pickle) it comes from."""
    built_in: bool = False
    plain: bool = False
    """A function: it holds no state of its own, as an object may."""
    many: Many | None = field(default=None, repr=False)
    """How to run many parameter sets at once, for built-in strategies and compiled rules; None: one by one."""

    def check_names(self, names: Mapping[str, Any] | frozenset[str]) -> None:
        """ComponentError with the nearest match for every name that the component does not take."""
        if self.accepts is None or self.accepts.issuperset(names):
            return
        wrong = [name for name in names if name not in self.accepts]
        if wrong:
            raise ComponentError(
                *(
                    Problem(
                        where=f"components.{self.name}.space.{name}",
                        says=f"{self.name} takes no parameter '{name}'.",
                        hint=nearest(name, sorted(self.accepts)),
                    )
                    for name in wrong
                )
            )


def load_component(spec: ComponentSpec) -> Component:
    """The component behind `spec`; ComponentError says what failed, with the user's own file and line."""
    if spec.of is not None:
        from admf.trials.composite import load_composite

        return load_composite(spec)
    target, source = find_target(spec)
    component = adapt(spec, target, source)
    if not isinstance(component.warmup, int | str | None):
        raise ComponentError(
            f"{spec.name}: warmup must be an integer or an expression, got {component.warmup!r}."
        )
    return component


def source_of(spec: ComponentSpec) -> str:
    """The hash of the code behind `spec`."""
    return load_component(spec).source


# --- how it is called ------------------------------------------------------------------------------------


def adapt(spec: ComponentSpec, target: Any, source: str) -> Component:
    """The component that `target`, already loaded, is."""
    if inspect.isclass(target):
        return _from_class(spec, target, source)
    if any(callable(getattr(target, name, None)) for name in ("set_parameters", *CALLS[:3])):
        return _from_object(spec, target, source)
    if callable(target):
        return _from_function(spec, target, source)
    calls = ", ".join(CALLS[:3])
    raise ComponentError(
        f"'{spec.name}' is a {type(target).__name__}: a component is a function of bars, a class or an object"
        f" with one of {calls} (or one that can be called)."
    )


def _from_function(spec: ComponentSpec, function: Any, source: str) -> Component:
    accepts, defaults, annotated = _signature(spec, function, first_is_bars=True)
    built_in = str(getattr(function, "__module__", "")).startswith("admf.finance.")
    return Component(
        name=spec.name,
        make=lambda params: lambda bars: function(bars, **params),
        call="__call__",
        accepts=accepts,
        defaults=defaults,
        space=_attribute(function, "space") or annotated or None,
        constraints=tuple(_attribute(function, "constraints") or ()),
        warmup=spec.warmup if spec.warmup is not None else _attribute(function, "warmup"),
        where=_where(function),
        source=source,
        built_in=built_in,
        plain=isinstance(function, FunctionType | Rule),  # a partial or a bound method holds something
        many=getattr(function, "many", None) if built_in or isinstance(function, Rule) else None,
    )


def _from_class(spec: ComponentSpec, cls: type, source: str) -> Component:
    accepts, defaults, annotated = _signature(spec, cls, first_is_bars=False)
    sets = hasattr(cls, "set_parameters")
    plain = _make_plain(spec, cls) if sets else None
    offered = _offered_space(plain) if plain is not None else None
    if sets and offered is not None:
        accepts = frozenset(own_space(offered, (), _where(cls)).names) | frozenset(defaults)

    def make(params: Mapping[str, Any]) -> Any:
        if not sets:
            return cls(**params)
        instance = cls(**{k: v for k, v in params.items() if k in defaults})
        instance.set_parameters(dict(params))
        return instance

    return Component(
        name=spec.name,
        make=make,
        call=_call_of(spec, cls),
        accepts=accepts if accepts or not sets else None,
        defaults=_parameters_of(plain) or defaults if sets else defaults,
        space=_attribute(cls, "space") or offered or annotated or None,
        constraints=tuple(_attribute(cls, "constraints") or ()),
        warmup=spec.warmup if spec.warmup is not None else _attribute(cls, "warmup"),
        where=_where(cls),
        source=source,
    )


def _from_object(spec: ComponentSpec, instance: Any, source: str) -> Component:
    from copy import deepcopy

    offered, defaults = _offered_space(instance), _parameters_of(instance)

    sets = hasattr(instance, "set_parameters")

    def make(params: Mapping[str, Any]) -> Any:
        fresh = deepcopy(instance)  # a trial never sees what another one left
        if sets:
            fresh.set_parameters(dict(params))
        return fresh

    offers = own_space(offered, (), _where(type(instance))).names if offered else ()
    names = frozenset(offers) | frozenset(defaults)
    return Component(
        name=spec.name,
        make=make,
        call=_call_of(spec, instance),
        accepts=names or (None if sets else frozenset()),
        defaults=defaults,
        space=offered,
        constraints=tuple(getattr(instance, "constraints", ())),
        warmup=spec.warmup if spec.warmup is not None else getattr(instance, "warmup", None),
        where=_where(type(instance)),
        source=source,
    )


def _make_plain(spec: ComponentSpec, cls: type) -> Any:
    try:
        return cls()
    except TypeError as error:
        raise ComponentError(
            f"{spec.name}: a class with set_parameters must be creatable without arguments ({error})."
        ) from error


def _call_of(spec: ComponentSpec, owner: Any) -> str:
    for call in CALLS:
        if call == "__call__" and inspect.isclass(owner):
            if any("__call__" in vars(c) for c in owner.__mro__):
                return call
        elif callable(getattr(owner, call, None)):
            return call
    raise ComponentError(
        f"{spec.name} has none of the methods {', '.join(CALLS)}; add `def signal(self, bars)`."
    )


def _signature(
    spec: ComponentSpec, target: Any, *, first_is_bars: bool
) -> tuple[frozenset[str] | None, dict[str, Any], dict[str, Any]]:
    """Accepted names (None: any), defaults, and the space its `Annotated` defaults spell."""
    try:
        parameters = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        return None, {}, {}
    if first_is_bars:
        if not parameters or parameters[0].kind not in (
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            inspect.Parameter.VAR_POSITIONAL,
        ):
            raise ComponentError(
                Problem(where=_where(target), says=f"{spec.name} must take the bars as its first parameter.")
            )
        parameters = parameters[1:]
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
        accepts = None
    else:
        accepts = frozenset(p.name for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL)
    defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    return accepts, defaults, _annotated_space(target)


def _annotated_space(target: Any) -> dict[str, Any]:
    """`fast: Annotated[int, range(5, 50, 5)] = 10` spells {'fast': range(5, 50, 5)}."""
    try:
        hints = get_type_hints(target.__init__ if inspect.isclass(target) else target, include_extras=True)
    except Exception:  # hints may name what is not importable here; then they say nothing
        return {}
    spelt = {name: get_args(hint)[1] for name, hint in hints.items() if get_origin(hint) is Annotated}
    return {name: form for name, form in spelt.items() if name != "return"}


def own_space(raw: Any, constraints: tuple[str, ...], where: str) -> Space:
    """The space that a component brings, in whatever form; what is wrong with it is placed at its code."""
    try:
        return parse_space(raw, constraints, "space")
    except SpaceError as error:
        raise ComponentError(
            *(
                Problem(where=where, says=f"{p.where.removeprefix('space.')}: {p.says}", hint=p.hint)
                for p in error.problems
            )
        ) from None


def _offered_space(instance: Any) -> Any:
    offers = getattr(instance, "get_parameter_space", None)
    return offers() if callable(offers) else getattr(instance, "space", None)


def _parameters_of(instance: Any) -> dict[str, Any]:
    tells = getattr(instance, "get_parameters", None)
    return dict(tells() or {}) if callable(tells) else {}


def _attribute(target: Any, name: str) -> Any:
    value = getattr(target, name, None)
    return None if callable(value) or isinstance(value, property) else value


def _where(target: Any) -> str:
    """'file:line' of the code that answers: the function, or the method that a class is asked by."""
    if inspect.isclass(target):
        target = next((vars(target)[call] for call in CALLS if call in vars(target)), target)
    try:
        target = inspect.unwrap(target)
        line = inspect.findsource(target)[1] + 1  # `getsourcelines` would read to its end too
        return f"{short_path(inspect.getsourcefile(target) or '?')}:{line}"
    except (OSError, TypeError):
        return getattr(target, "__qualname__", type(target).__name__)
