"""The pages of what is built in, made of the code: metrics.md, indicators.md, strategies.md."""

from __future__ import annotations

from typing import Any

from admf import registry
from admf.finance.metrics.table import METRICS, Metric
from tests.pages.written import cell, doc_of, signature_of

_METRICS = """\
# Metrics

This page is made of the table that the program measures by (`src/admf/finance/metrics/table.py`;
`python -m tests.pages.reference_pages` writes it).

r are the T scored returns of one bar each, m and s their mean and standard deviation (ddof 1), W wealth with W_0 = 1, A bars
a year. Which returns are scored: [simulation](../explanation/simulation.md#what-is-scored). A metric
that is undefined is null with the reason in the last column, never 0 or infinity; a trial whose objective is null is not the
best. Where a metric has no better side, an objective must give a `direction`.

| name | unit | better | what it is | null where |
|---|---|---|---|---|
"""
_INDICATORS = """\
# Indicators

This page is made of the code's own docstrings (`python -m tests.pages.reference_pages`). `admf.ta.sma(bars.close, 20)` in a
strategy. The examples call them by their bare names:

```python
from admf.finance.indicators import *  # what `admf.ta` is
```
"""
_STRATEGIES = """\
# Built-in strategies

This page is made of the code (`python -m tests.pages.reference_pages`). A component is called by its name, `use: rsi`; where a
config gives no `space:`, the one shown here is searched. For several symbols each target is divided by their number, so that
together they never ask for more than all. `warm-up` is the number of bars that are not traded.
"""


def metrics_page() -> str:
    """docs/reference/metrics.md as it should be."""
    return _METRICS + "".join(_metric(metric) for metric in METRICS)


def _metric(metric: Metric) -> str:
    better = {True: "more", False: "less", None: "neither"}[metric.maximize]
    needs = "; ".join(need.value for need in metric.needs)
    what = cell(metric.description)
    return f"| `{metric.name}` | {metric.unit.value} | {better} | {what} | {cell(needs)} |\n"


def indicators_page() -> str:
    """docs/reference/indicators.md as it should be."""
    import admf.finance.indicators as ta

    head = doc_of(ta).partition("\n\n")[2].partition(" Kernels\n")[0]
    parts = [_INDICATORS, f"{head}\n"]
    for name in registry.INDICATORS:
        function = registry.load("indicators", name)
        parts.append(
            f"## {name}\n\n```text\n{signature_of(f'admf.ta.{name}', function)}\n```\n\n{doc_of(function)}\n"
        )
    return "\n".join(parts)


def strategies_page() -> str:
    """docs/reference/strategies.md as it should be."""
    return "\n".join([_STRATEGIES, *(_strategy(name) for name in registry.STRATEGIES)])


def _strategy(name: str) -> str:
    function: Any = registry.load("strategies", name)
    rows = "".join(f"| `{p}` | {_range(form)} |\n" for p, form in function.space.items())
    held = ", ".join(f"`{one}`" for one in function.constraints) or "none"
    return (
        f"## {name}\n\n```text\n{signature_of(name, function)}\n```\n\n{doc_of(function)}\n\n"
        f"Warm-up: `{function.warmup}`. Constraints: {held}.\n\n| parameter | default space |\n|---|---|\n{rows}"
    )


def _range(form: Any) -> str:
    return f"`{{{', '.join(f'{key}: {value}' for key, value in form.items())}}}`"
