"""Parameter spaces: what a search may propose, in every form a user may write it."""

from admf.model.space.domain import Choice, Domain, Integer, Real
from admf.model.space.expression import UNKNOWN, Expression, parse
from admf.model.space.forms import parse_space
from admf.model.space.parameter import Parameter
from admf.model.space.space import Space
from admf.model.space.value import Params, Value, canonical, params_hash

__all__ = [
    "UNKNOWN",
    "Choice",
    "Domain",
    "Expression",
    "Integer",
    "Parameter",
    "Params",
    "Real",
    "Space",
    "Value",
    "canonical",
    "params_hash",
    "parse",
    "parse_space",
]
