"""A million sets on 5,000 bars, the whole command: peak memory of its processes, and the best twenty of its store."""

from __future__ import annotations

from measure.processes import HOW, admf, command
from measure.result import Options, Result, at_most
from rows.cases import folder

MEMORY_MB, TOP_S = 2048.0, 1.0
CONFIG = """\
data: {{source: "bundled:sp500", split: {{out_of_sample: 0}}}}
simulation: {{direction: long}}
costs: {{commission: 0.001}}
components:
  ma_crossover:
    space:
      fast: {{type: int, low: 2, high: {fast}}}
      slow: {{type: int, low: {slow}, high: {last}}}
"""


def million(options: Options) -> list[Result]:
    """Once: it takes minutes."""
    side = options.size(1000, 20)
    here = folder() / "million"
    here.mkdir(exist_ok=True)
    text = CONFIG.format(fast=side + 1, slow=side + 2, last=2 * side + 1)
    (here / "admf.yaml").write_text(text, encoding="utf-8")
    ran = command(admf("run", "admf.yaml", "--out", "run"), folder=here, memory=True)
    top = admf("trials", "run", "--sort", "sharpe", "--top", "20")
    command(top, folder=here)
    asked = [command(top, folder=here) for _ in range(options.size(options.rounds, 1))]
    lines = asked[0].output.strip().splitlines()
    if len(lines) < 20:
        raise RuntimeError(f"twenty trials were asked for, found:\n{asked[0].output}")
    sets = side * side
    return [
        Result(
            name="million.memory",
            what=f"{sets:,} sets x 5,031 bars, `admf run` with its report: peak memory ({HOW}, sampled)",
            rounds=(ran.peak_mb,),
            unit="MB",
            target=at_most(MEMORY_MB, "MB"),
            more_is_better=False,
            ours=f"{ran.seconds:,.0f} s of wall, {ran.cpu_s:,.0f} s of CPU",
            details={"seconds": ran.seconds, "cpu_s": ran.cpu_s},
        ),
        Result(
            name="million.top",
            what=f"`admf trials --sort sharpe --top 20` of {sets:,}, the whole command",
            rounds=tuple(one.seconds for one in asked),
            unit="s",
            target=at_most(TOP_S, "s"),
            more_is_better=False,
            ours=f"{asked[0].cpu_s:.2f} s of CPU",
        ),
    ]
