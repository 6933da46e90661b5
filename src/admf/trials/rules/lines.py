"""The lines of a rule over some bars: each is computed once per combination of its parameters, while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from admf.finance.indicators.memo import memo_of, remembering
from admf.finance.indicators.recording import note_bars, recorded_warmup
from admf.finance.simulation.targets import values_of
from admf.model.bars import Bars, Floats
from admf.trials.rules.arguments import Line
from admf.trials.seeding import reseed

_MOST_BYTES = 128 * 2**20


@dataclass(slots=True, eq=False)
class Lines:
    """What was computed of lines over `bars`, least recently used first; at most 128 MB, or one line.

    `prepared` makes of an array what a rule is given. The warm-up that a line's indicators record is recorded again
    whenever the line is used.
    """

    bars: Bars
    prepared: Callable[[Floats], Any]
    kept: OrderedDict[Any, tuple[Any, int | None, int]] = field(default_factory=OrderedDict)
    size: int = 0

    def of(self, name: str, line: Line, params: Mapping[str, Any]) -> Any:
        """A line with these parameters; raises what it raises, and TrialError for what is no line."""
        key = (name, *((type(value), value) for value in params.values()))  # 1, 1.0 and True are equal
        try:
            found = self.kept.get(key)
        except TypeError:  # a value that cannot be a key
            return self.prepared(_values(line, self.bars, params))
        if found is None:
            found = self._keep(key, line, params)
        self.kept.move_to_end(key)
        if found[1] is not None:
            note_bars(found[1])
        return found[0]

    def _keep(self, key: Any, line: Line, params: Mapping[str, Any]) -> tuple[Any, int | None, int]:
        reseed(0)  # what it may draw depends on no trial
        with remembering(memo_of(())), recorded_warmup() as recording:  # kept here, it need not be kept twice
            values = _values(line, self.bars, params)
        self.kept[key] = self.prepared(values), recording.bars, values.nbytes
        self.size += values.nbytes
        while self.size > _MOST_BYTES and len(self.kept) > 1:
            self.size -= self.kept.popitem(last=False)[1][2]
        return self.kept[key]


def _values(line: Line, bars: Bars, params: Mapping[str, Any]) -> Floats:
    """A value per bar (T,), or per bar and symbol (T, N), read-only and of the line's own."""
    given = line(bars, **params)
    shape = bars.close.shape if np.shape(given) != (len(bars),) else (len(bars),)
    values = np.array(values_of(given, shape))
    values.flags.writeable = False
    return values
