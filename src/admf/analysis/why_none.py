"""Why a study has no importance of its parameters: each reason by its name."""

from __future__ import annotations

from enum import Enum


class Why(Enum):
    """Why there is no number."""

    NO_PARAMETERS = "no parameter"
    NO_VALUE = "no trial has a value"
    ALIKE = "all scores are equal"
    NONE_VARIES = "no parameter has two values"
    ONE_VARIES = "only one parameter varies"
    FEW = "too few trials"
    TIED = "too many scores are equal"
    NO_SIGN = "no more than chance gives"
    ABSENT = "parameters are absent in some trials"
    UNKNOWN = "most combinations have no value"
    NO_FIT = "no surrogate"
    POOR_FIT = "a poor surrogate"
