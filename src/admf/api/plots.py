"""The report's pictures one at a time, for notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admf.analysis.columns import values_of
from admf.errors import InputError, Problem, nearest
from admf.reports.cells import cells_of, color_range
from admf.reports.curve import equity_figure
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.figure import best_mark, plain
from admf.reports.landscape import heatmap
from admf.reports.table import axis_of, best_row

_COLORS = {
    "--line": "#0072b2", "--area": "rgba(0,114,178,.16)", "--bench": "#76707e", "--best": "#d55e00",
    "--entry": "#009e73", "--exit": "#b8508c", "--void": "#c9ccd2", "--muted": "#8a919c", "--grid": "#e4e7ec",
    "--card": "#ffffff",
}  # fmt: skip
"""A notebook has no page whose style sheet would fill in the report's colour names."""


@dataclass(frozen=True, slots=True)
class Plots:
    """Plotly figures of a study; a notebook draws them by itself."""

    run: RunFacts
    study: StudyFacts

    def heatmap(self, x: str, y: str) -> Any:
        """The objective over two parameters: the best of all sets in each cell, grey where none has a value."""
        self._check(x, y)
        values = values_of(self.study.columns, "value")
        across, up = axis_of(self.study, x), axis_of(self.study, y)
        cells = cells_of(across, up, values, self.run.maximize)
        span = color_range([cells.best], self.run.maximize)
        spans = {"median": span, "best": span}
        figure = heatmap(across, up, cells, spans, plain(self.run.objective), self.run.maximize)
        row = best_row(self.study)
        if row is not None:
            place = plain(across.labels[int(across.codes[row])]), plain(up.labels[int(up.codes[row])])
            figure["data"].append(best_mark(place, self.run.objective))
        figure["data"][0].update(figure["choices"]["best"])
        return _drawn(figure)

    def equity(self) -> Any:
        """The best trial's equity and drawdown beside the benchmark's; None where there is none."""
        figure = self._curve()
        if figure is not None:
            figure["data"] = [
                trace for trace in figure["data"] if trace.get("name") not in ("entries", "exits")
            ]
        return None if figure is None else _drawn(figure)

    def trades(self) -> Any:
        """The same with the largest trades marked; None where there is none."""
        figure = self._curve()
        return None if figure is None else _drawn(figure)

    def _curve(self) -> dict[str, Any] | None:
        record = self.study.record
        if record is None:
            return None
        benchmark = "" if self.run.benchmark == "none" else self.run.benchmark.replace("_", " ")
        return equity_figure(record, self.run.data.timezone, benchmark)

    def _check(self, *names: str) -> None:
        wrong = [name for name in names if name not in self.study.params]
        if wrong:
            raise InputError(
                *(Problem(says=f"'{n}' is no parameter.", hint=nearest(n, self.study.params)) for n in wrong)
            )


def _drawn(figure: dict[str, Any]) -> Any:
    import plotly.graph_objects as go

    return go.Figure(data=_colored(figure["data"]), layout=_colored(figure["layout"]))


def _colored(part: Any) -> Any:
    """The same with colour names filled in."""
    if isinstance(part, dict):
        return {key: _colored(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_colored(value) for value in part]
    return _COLORS.get(part, part) if isinstance(part, str) else part
