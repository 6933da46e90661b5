"""What is said of the importance of parameters: how it was found, and why there is none."""

from __future__ import annotations

from admf.analysis import indices, ped_anova
from admf.analysis.importance import Importance
from admf.analysis.why_none import Why
from admf.reports.numbers import count, counted

PED, SOBOL = "PED-ANOVA", "Sobol"
EVEN = ("grid", "random", "sobol")
"""Methods whose sets do not depend on the scores."""


def why_words(why: Why, found: Importance) -> str:
    """The reason inside a sentence, after 'because'."""
    best, known = f"best {_percent(found.ranked.quantile)}", _percent(found.indices.known)
    match why:
        case Why.NO_PARAMETERS:
            return "it has no parameters"
        case Why.NO_VALUE:
            return "no trial has a value"
        case Why.ALIKE:
            return "all scores are equal"
        case Why.NONE_VARIES:
            return "no parameter has two values with a score"
        case Why.ONE_VARIES:
            return "only one parameter varies: all differences come from it"
        case Why.FEW:
            scored = (
                "1 trial has a value" if found.scored == 1 else f"{count(found.scored)} trials have a value"
            )
            return f"{scored}, and {ped_anova.FEWEST} are needed"
        case Why.TIED:
            return f"more than half of the scores are as good as the {best}"
        case Why.NO_SIGN:
            return f"the {best} lie where all others do: shuffled scores give each parameter as much"
        case Why.ABSENT:
            return (
                f"{', '.join(found.absent)} {'is' if len(found.absent) == 1 else 'are'} absent in some sets, and "
                "the indices need parameters that vary independently"
            )
        case Why.UNKNOWN:
            return f"only {known} of all combinations are allowed and have a value"
        case Why.NO_FIT:
            return "no surrogate could be fitted to the scores"
        case Why.POOR_FIT:
            return f"the best surrogate predicts {_r2(found)}, and {_percent(indices.GOOD)} are needed"


def ped_words(found: Importance) -> str:
    """How PED-ANOVA was found, or why it was not."""
    ranked = found.ranked
    if ranked.why is not None:
        return f"No {PED}, because {why_words(ranked.why, found)}."
    words = (
        f"{PED} of {_trials(ranked.trials, found.scored)}: which parameters decide whether a set is among the best "
        f"{_percent(ranked.quantile)}, as parts of a whole"
    )
    return f"{words}; grey is no more than shuffled scores give." if ranked.chance else f"{words}."


def sobol_words(found: Importance) -> str:
    """How the Sobol indices were found, or why they were not."""
    told = found.indices
    if told.why is not None:
        return f"No {SOBOL} indices, because {why_words(told.why, found)}."
    what = "the share of the variance of scores that a parameter makes alone, and in all with the others"
    if told.held:
        all_ = "all combinations" if told.held == 1.0 else f"{_percent(told.held)} of all combinations"
        words = f"{SOBOL} indices of {_trials(told.trials, found.scored)}, which are {all_}: {what}."
        return (
            words
            if told.r2 is None
            else f"{words} A surrogate that predicts {_r2(found)} (R²) fills in the others."
        )
    words = (
        f"{SOBOL} indices of a surrogate, fitted to {_trials(told.trials, found.scored)}, that predicts {_r2(found)}"
        f" (R²): {what}."
    )
    if told.allowed < 1.0:
        words += (
            f" They take parameters to be independent; {_percent(1.0 - told.allowed)} of all combinations break a "
            "constraint, and the surrogate goes on there."
        )
    return words


def left_out_words(found: Importance, method: str) -> str:
    """What the numbers know less of: trials and parameters without a part, and places the search kept away from."""
    parts = []
    if found.ranked.why is None and method not in EVEN:
        parts.append(
            f"The search by {method} went where scores were good: of other places these numbers know less."
        )
    if found.scored and found.scored < found.trials:
        left = found.trials - found.scored
        parts.append(f"{counted(left, 'trial')} without a value {'is' if left == 1 else 'are'} left out.")
    if found.scored and found.single:
        parts.append(f"Only one value was tried of {', '.join(found.single)}.")
    return " ".join(parts)


def notes_of(found: Importance) -> dict[str, str]:
    """What must be said of each parameter's numbers; '' where nothing must."""
    return {name: " ".join(_notes(name, found)) for name in found.parameters}


def _notes(name: str, found: Importance) -> list[str]:
    if name in found.single and found.scored:
        return ["One value was tried, so nothing can be said."]
    ranked, told, notes = found.ranked, found.indices, []
    if ranked.why is not None and ranked.why is told.why:
        return [f"None, because {why_words(ranked.why, found)}."]
    if ranked.why is not None:
        notes.append(ped_words(found))
    elif name in ranked.chance:
        notes.append(f"{PED}: no more than chance, shuffled scores give as much.")
    if told.why is not None:
        notes.append(sobol_words(found))
    elif told.r2 is not None:
        filled = f"{_percent(told.held)} of all combinations, the others filled in by" if told.held else ""
        notes.append(
            f"{SOBOL}: of {filled}{' ' if filled else ''}a surrogate that predicts {_r2(found)} (R²)."
        )
    return notes


def _r2(found: Importance) -> str:
    r2 = found.indices.r2
    if r2 is None or r2 < 0.005:
        return "none of the variance of sets that it has not seen"
    return f"{_percent(r2)} of the variance of sets that it has not seen"


def _percent(share: float) -> str:
    """A share as whole percents, or a digit more where it is small."""
    return f"{100.0 * share:.2g} %" if share < 0.995 else "100 %"


def _trials(used: int, scored: int) -> str:
    sampled = f"a sample of {count(used)} of " if used < scored else ""
    return f"{sampled}{counted(scored, 'scored trial')}"
