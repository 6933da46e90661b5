"""What a user waits for: `admf --help`, and the first result of `admf demo`."""

from __future__ import annotations

import shutil
from statistics import median

from measure.processes import admf, command
from measure.result import Options, Result, at_most
from rows.cases import folder
from rows.watching import Started

HELP_S, DEMO_S = 0.3, 5.0


def commands(options: Options) -> list[Result]:
    """Both after set-up: code compiled, files read before."""
    here = folder() / "commands"
    here.mkdir(exist_ok=True)
    rounds = options.size(options.rounds, 1)
    command(admf("--help"), folder=here)
    helped = [command(admf("--help"), folder=here) for _ in range(3 * rounds)]
    first, whole = [], []
    for number in range(rounds + 1):
        demo = Started(admf("demo", "--out", "demo"), here)
        first.append(demo.until(here / "demo", 1))
        whole.append(demo.end())
        if demo.process.returncode:
            raise RuntimeError(demo.said.read_text())
        if number == 0:  # files were read, not measured
            first.clear(), whole.clear()
        shutil.rmtree(here / "demo")
    return [
        Result(
            name="help",
            what="`admf --help`, CPU time",
            rounds=tuple(ran.cpu_s for ran in helped),
            unit="s",
            target=at_most(HELP_S, "s"),
            more_is_better=False,
            ours=f"{median(ran.seconds for ran in helped):.2f} s of wall",
        ),
        Result(
            name="demo",
            what="`admf demo`: first result stored",
            rounds=tuple(first),
            unit="s",
            target=at_most(DEMO_S, "s"),
            more_is_better=False,
            ours=f"{median(whole):.2f} s with its report",
            details={"whole_s": whole},
        ),
    ]
