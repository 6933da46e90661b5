"""The `data:` block: source, split, time zone, columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from admf import registry
from admf.config.config import DataConfig, DateSplit, FractionSplit
from admf.config.document import Path
from admf.config.keys import COLUMNS, DATA, SPLIT
from admf.config.reading import Reading, text
from admf.data.calendar import check_zone
from admf.data.read import is_function_source
from admf.errors import ConfigError, DataError, Problem, nearest
from admf.finance.simulation.parse import number, one_of, refusal, whole
from admf.model.space.value import shown

_EXAMPLE = "{source: bundled:sp500}"
_BARS = re.compile(r"(\d{1,9}) bars?")
_DURATION = re.compile(r"\d+(\.\d+)?\s*[a-z]+")
_BUNDLED = "bundled:"


def read_data(reading: Reading) -> DataConfig:
    """The data; problems are noted in `reading`."""
    given = reading.section(("data",), DATA, example=_EXAMPLE)
    if "source" not in given and (
        reading.get(("data",)) is None or isinstance(reading.get(("data",)), Mapping)
    ):
        says = "data must have a source, has none."
        reading.problem(("data",), says, f"Such as data: {_EXAMPLE}, or a CSV or Parquet file.", key=True)
    return DataConfig(
        source=_source(reading),
        split=_split(reading),
        timezone=reading.take(("data", "timezone"), _zone, None),
        timestamp=reading.take(("data", "timestamp"), _stamp, "close"),
        bars_per_year=reading.take(("data", "bars_per_year"), _per_year, None),
        columns=_columns(reading) if "columns" in given else {},
    )


def _source(reading: Reading) -> str | dict[str, str]:
    value = reading.get(("data", "source"))
    if not isinstance(value, Mapping):
        return reading.take(("data", "source"), _one_source, "")
    if not value:
        reading.problem(("data", "source"), "source must name at least one symbol, was {}.")
    for symbol, path in value.items():
        if not symbol.strip():
            says = f"a symbol must be a text that is not blank, was {shown(symbol)}."
            reading.problem(("data", "source", symbol), says, key=True)
        elif path is None:
            reading.problem(
                ("data", "source", symbol),
                f"the symbol {shown(symbol)} must have a path, was null.",
                key=True,
            )
    return {symbol: reading.take(("data", "source", symbol), _one_source, "") for symbol in value}


def _one_source(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refusal("a path, bundled:NAME or {symbol: path}", value)
    if value.startswith(_BUNDLED):
        name = value.removeprefix(_BUNDLED)
        if name not in registry.BUNDLED_DATA:
            wants = " or ".join(_BUNDLED + one for one in registry.BUNDLED_DATA)
            raise refusal(wants, value, nearest(value, [_BUNDLED + one for one in registry.BUNDLED_DATA]))
    elif is_function_source(value):
        says = f"from a function ('{value}') is not available in this version."
        raise ConfigError(Problem(says=says, hint="Available: files, patterns of files, bundled:NAME."))
    return value


def _split(reading: Reading) -> FractionSplit | DateSplit:
    path: Path = ("data", "split")
    data = reading.get(("data",))
    if not isinstance(data, Mapping) or "split" not in data:
        return FractionSplit()
    if data["split"] in (None, "none", 0) and data["split"] is not False:
        return FractionSplit(out_of_sample=0.0, embargo=0)
    example = "{out_of_sample: 0.3, embargo: 20}"
    given = reading.section(path, SPLIT, example=example)
    if "in_sample" in given or isinstance(given.get("out_of_sample"), list):
        return _dates(reading, path, given)
    raw = data["split"].get("out_of_sample", 0.3) if isinstance(data["split"], Mapping) else 0.3
    if raw in (None, "none"):
        fraction = 0.0
    else:
        fraction = reading.take((*path, "out_of_sample"), _fraction, 0.3)
    embargo = reading.take((*path, "embargo"), _embargo, 20 if fraction else 0)
    if embargo and not fraction:
        says = "embargo must be 0 where nothing is out of sample"
        reading.problem((*path, "embargo"), f"{says}, was {embargo}.", "Remove it.")
    return FractionSplit(out_of_sample=fraction, embargo=embargo)


def _dates(reading: Reading, path: Path, given: Mapping[str, object]) -> FractionSplit | DateSplit:
    stretches = {}
    for part in ("in_sample", "out_of_sample"):
        if part not in given:
            says = f"a split by dates must have {part}: [from, to], has none."
            reading.problem(path, says, "Or give out_of_sample a fraction, such as 0.3.", key=True)
        elif stretch := reading.take((*path, part), _stretch, None):
            stretches[part] = stretch
    if "embargo" in given:
        says = "embargo must not be given with dates."
        reading.problem(
            (*path, "embargo"), says, "Leave days out between in_sample and out_of_sample.", key=True
        )
    if len(stretches) < 2:
        return FractionSplit()
    if stretches["in_sample"][1] > stretches["out_of_sample"][0]:
        says = f"out_of_sample must begin where in_sample ends or later, was {stretches['out_of_sample'][0]}"
        reading.problem((*path, "out_of_sample"), f"{says} before {stretches['in_sample'][1]}.")
    return DateSplit(in_sample=stretches["in_sample"], out_of_sample=stretches["out_of_sample"])


def _stretch(value: object) -> tuple[date, date]:
    if not isinstance(value, list) or len(value) != 2:
        raise refusal("two dates [from, to]", value)
    start, stop = (_date(one) for one in value)
    if start >= stop:
        raise refusal("two dates, the first before the second", value)
    return start, stop


def _date(value: object) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise refusal("dates such as 2010-01-31", value)


def _fraction(value: object) -> float:
    return number(value, "a fraction of at least 0 and below 1", lambda x: 0 <= x < 1)


def _embargo(value: object) -> int:
    if isinstance(value, str):
        if bars := _BARS.fullmatch(value.strip()):
            return int(bars[1])
        if _DURATION.fullmatch(value.strip()):
            says = f"in other units than bars ('{value}') is not available in this version."
            raise ConfigError(Problem(says=says, hint="Such as 20."))
    return whole(value, 0)


def _zone(value: object) -> str:
    try:
        return check_zone(text(value))
    except DataError as error:
        says = str(error).removeprefix("timezone ")
        raise ConfigError(Problem(says=says)) from None


def _stamp(value: object) -> str:
    return one_of(value, {"open": "open", "close": "close"})


def _per_year(value: object) -> float:
    return number(value, "a number above 0", lambda x: x > 0)


def _columns(reading: Reading) -> dict[str, str]:
    path: Path = ("data", "columns")
    given = reading.section(path, COLUMNS, example="{close: Last}")
    named = {ours: reading.take((*path, ours), text, "") for ours in given}
    for theirs in {one for one in named.values() if list(named.values()).count(one) > 1}:
        reading.problem(path, f"columns must name different columns, {shown(theirs)} is there twice.")
    return named
