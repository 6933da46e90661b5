"""One parameter as a mapping, in any of the spellings of the older systems, to a domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from admf.errors import Problem, SpaceError, nearest
from admf.model.space.decimals import MOST_POINTS, as_decimal, spaced
from admf.model.space.domain import Choice, Domain, Integer, Real
from admf.model.space.expression import Expression, parse
from admf.model.space.parameter import Parameter
from admf.model.space.value import plain, shown

SPELLINGS = {
    "low": "low",
    "min": "low",
    "min_value": "low",
    "high": "high",
    "max": "high",
    "max_value": "high",
    "step": "step",
    "num_points": "num_points",
    "range": "range",
    "choices": "choices",
    "values": "choices",
    "options": "choices",
    "categories": "choices",
    "value": "value",
    "type": "type",
    "param_type": "type",
    "log": "log",
    "log_scale": "log",
    "ordinal": "ordinal",
    "when": "when",
    "default": "default",
    "description": "description",
    "name": "name",
}
TYPES = {
    "integer": "integer",
    "int": "integer",
    "float": "real",
    "real": "real",
    "continuous": "real",
    "discrete": "discrete",
    "categorical": "categorical",
    "choice": "choice",
    "boolean": "boolean",
    "bool": "boolean",
    "log": "log",
    "loguniform": "log",
}
T = TypeVar("T")
_SHAPES = ("low", "high", "step", "num_points", "range", "choices", "value")
_SCALARS = ("low", "high", "step", "num_points", "value")


def is_list(raw: object) -> bool:
    """Whether it is an ordered collection: a list, tuple, range, array or series."""
    return isinstance(raw, list | tuple | range) or (
        hasattr(raw, "tolist") and hasattr(raw, "__len__") and getattr(raw, "ndim", 1) != 0
    )


def is_form(raw: Mapping[Any, object]) -> bool:
    """Whether a mapping describes one parameter, and not a part with parameters of its own.

    It does where a key of a form has its shape: `type` is a text, `low` is no list, `values` is one.
    So {low: [1, 2], high: [3, 4]} are two parameters, and {low: 1, high: 4} is one; {low: 30, high: 70,
    period: [7, 14]} are three.
    """
    kind = plain(getattr(raw.get("type"), "value", raw.get("type")))
    if isinstance(kind, str) and kind.lower() in TYPES:
        return True
    strange = [value for key, value in raw.items() if not (isinstance(key, str) and key in SPELLINGS)]
    if any(_nested(value) for value in strange):
        return False
    return any(_has_shape(SPELLINGS[key], value) for key, value in raw.items() if key in SPELLINGS)


def _nested(value: object) -> bool:
    return is_list(value) or isinstance(value, Mapping)


def _has_shape(meaning: str, value: object) -> bool:
    if meaning == "type":
        return isinstance(getattr(value, "value", value), str)
    if meaning == "choices":
        return not isinstance(value, Mapping)
    return is_list(value) if meaning == "range" else meaning in _SCALARS and not _nested(value)


def parameter_of(name: str, raw: Mapping[Any, object], *, foreign: bool = False) -> Parameter:
    """The parameter a mapping describes; raises SpaceError with every problem. `foreign`: of another system's
    object, where a list of values may come with bounds that say the same."""
    keys, problems = _keys(raw)
    if foreign and "choices" in keys:
        keys = {
            key: value
            for key, value in keys.items()
            if key not in ("low", "high", "step", "num_points", "range")
        }
    kind = _kind(keys, problems)
    log, ordinal = (_flag(keys, key, problems) for key in ("log", "ordinal"))
    domain: Domain | None = None
    when: Expression | None = None
    if not problems:
        domain = _tried(lambda: _domain(kind, keys, log or kind == "log", ordinal), problems)
    if keys.get("when") is not None:
        when = _tried(lambda: parse(keys["when"]), problems)
    parameter = None
    if domain is not None:
        parameter = _tried(lambda: Parameter(name, domain, when, _default(keys)), problems)
    if problems or parameter is None:
        raise SpaceError(*problems)
    return parameter


def choice_of(values: object, *, ordinal: bool | None = None) -> Choice:
    """A list of values as a choice; ordinal where all are numbers, unless said otherwise."""
    if isinstance(values, str) or not is_list(values):
        hint = "A set has no order." if isinstance(values, set | frozenset) else ""
        raise SpaceError(Problem(says=f"choices must be a list, was {shown(values)}.", hint=hint))
    if getattr(values, "ndim", 1) > 1:
        raise SpaceError("an array of values must have one dimension.")
    if isinstance(values, range) and len(values) > MOST_POINTS:
        raise SpaceError(f"a choice must have at most {MOST_POINTS} values, has {len(values)}.")
    listed: list[Any] = list(values.tolist()) if hasattr(values, "tolist") else list(values)  # type: ignore[call-overload]
    choice = Choice(tuple(listed))
    return Choice(choice.options, ordinal=choice.numeric if ordinal is None else ordinal)


def _tried(make: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return make()
    except SpaceError as error:
        problems += error.problems
        return None


def _keys(raw: Mapping[Any, object]) -> tuple[dict[str, Any], list[Problem]]:
    keys: dict[str, Any] = {}
    problems: list[Problem] = []
    spelled: dict[str, str] = {}
    for key, value in raw.items():
        meaning = SPELLINGS.get(key) if isinstance(key, str) else None
        if meaning is None:
            says = f"a key of a parameter must be known, was {shown(key)}."
            problems.append(Problem(says=says, hint=nearest(str(key), SPELLINGS)))
        elif value is None and meaning not in ("value", "default"):
            continue  # `step: null` is no step
        elif meaning in keys:
            problems.append(Problem(says=f"'{spelled[meaning]}' and '{key}' say the same.", hint="Keep one."))
        else:
            keys[meaning] = value
            spelled[meaning] = str(key)
    return keys, problems


def _kind(keys: Mapping[str, Any], problems: list[Problem]) -> str:
    """The canonical type; '' where none is given."""
    if "type" not in keys:
        return ""
    raw = getattr(keys["type"], "value", keys["type"])  # an Enum of an older system
    kind = TYPES.get(raw.strip().lower()) if isinstance(raw, str) else None
    if kind is None:
        problems.append(Problem(says=f"type must be known, was {shown(raw)}.", hint=nearest(str(raw), TYPES)))
    return kind or ""


def _flag(keys: Mapping[str, Any], key: str, problems: list[Problem]) -> bool | None:
    value = plain(keys.get(key))
    if value is not None and not isinstance(value, bool):
        problems.append(Problem(says=f"{key} must be true or false, was {shown(value)}."))
        return None
    return value


def _default(keys: Mapping[str, Any]) -> Any:
    default = keys.get("default")
    return None if is_list(default) else default


def _domain(kind: str, keys: Mapping[str, Any], log: bool, ordinal: bool | None) -> Domain:
    given = [key for key in _SHAPES if key in keys]
    if "value" in given:
        _alone(given, "value")
        return Choice((keys["value"],))
    if "choices" in given:
        _alone(given, "choices")
        _no_log(log, "values")
        return _choices(kind, keys["choices"], ordinal)
    if kind == "boolean":
        _alone(given, "")
        return Choice((False, True))
    if kind in ("categorical", "choice"):
        raise SpaceError(
            Problem(says=f"a {kind} parameter must have choices.", hint="Such as choices: [a, b].")
        )
    if ordinal is not None:
        raise SpaceError("ordinal must come with choices; a range is in order anyway.")
    return _range(kind, *_bounds(keys), keys.get("num_points"), log)


def _alone(given: list[str], key: str) -> None:
    others = [one for one in given if one != key]
    if others:
        raise SpaceError(f"'{others[0]}' must not be given {f'beside {key!r}' if key else 'for a boolean'}.")


def _no_log(log: bool, what: str) -> None:
    if log:
        raise SpaceError(f"a log scale must come with low and high, was given with {what}.")


def _choices(kind: str, values: object, ordinal: bool | None) -> Choice:
    if kind == "categorical" and ordinal is None:
        ordinal = False
    choice = choice_of(values, ordinal=ordinal)
    if kind == "boolean" and not all(isinstance(value, bool) for value in choice.options):
        raise SpaceError(f"the values of a boolean must be true or false, was {shown(values)}.")
    if kind in ("integer", "real"):
        if not choice.numeric:
            raise SpaceError(f"the values of type {keys_name(kind)} must be numbers, was {shown(values)}.")
        if kind == "integer":
            wrong = [v for v in choice.options if v != int(v)]  # type: ignore[arg-type]
            if wrong:
                raise SpaceError(f"the values of type int must be whole numbers, was {wrong[0]!r}.")
        cast = int if kind == "integer" else float
        return Choice(tuple(cast(value) for value in choice.options), choice.ordinal)  # type: ignore[arg-type]
    return choice


def keys_name(kind: str) -> str:
    """A kind as a user writes it."""
    return {"integer": "int", "real": "float"}.get(kind, kind)


def _bounds(keys: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """low, high and step; `range: [low, high]` or `[low, high, step]` says the same."""
    if "range" in keys:
        if "low" in keys or "high" in keys:
            raise SpaceError("either range or low and high must be given, not both.")
        pair = keys["range"]
        if not is_list(pair) or isinstance(pair, range) or len(pair) not in (2, 3):
            raise SpaceError(f"range must be [low, high], was {shown(pair)}.")
        if len(pair) == 3 and "step" in keys:
            raise SpaceError("step must be given once, is in range too.")
        return pair[0], pair[1], pair[2] if len(pair) == 3 else keys.get("step")
    missing = [key for key in ("low", "high") if key not in keys]
    if missing:
        raise SpaceError(
            Problem(
                says=f"a parameter must have {' and '.join(missing)} (or choices).",
                hint="Such as {low: 5, high: 60, step: 5} or a list of values.",
            )
        )
    return keys["low"], keys["high"], keys.get("step")


def _range(kind: str, low: Any, high: Any, step: Any, points: Any, log: bool) -> Domain:
    bounds = [plain(one) for one in (low, high) if one is not None] + ([] if step is None else [plain(step)])
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in bounds)
    as_integer = kind == "integer" or (kind in ("", "discrete") and whole)
    if not as_integer:
        return Real(low, high, step, points, log)
    if points is None:
        return Integer(low, high, 1 if step is None else step, log)
    if step is not None:
        raise SpaceError("either step or num_points must be given, not both.")
    return _integer_points(kind, Integer(low, high), points, log)


def _integer_points(kind: str, ends: Integer, points: Any, log: bool) -> Domain:
    """num_points whole numbers: a range where they are evenly apart, else the nearest whole numbers."""
    real = Real(ends.low, ends.high, None, points, log)
    if real.size is None or real.size == 1:
        return ends
    parts = real.size - 1
    if not log and (ends.high - ends.low) % parts == 0:
        return Integer(ends.low, ends.high, (ends.high - ends.low) // parts)
    if kind != "integer" and not log:
        return real
    rounded = [
        int(as_decimal(x).to_integral_value()) for x in spaced(real.low, real.high, real.size, log).tolist()
    ]
    return Choice(tuple(dict.fromkeys(rounded)), ordinal=True)
