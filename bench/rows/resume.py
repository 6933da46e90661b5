"""Resume of a run that was ended when 100,000 of its trials had finished: its first new trial, the whole command."""

from __future__ import annotations

import shutil
import signal

from measure.processes import admf
from measure.result import Options, Result, at_most
from peers.samples import smooth_days, write_csv
from rows.cases import folder
from rows.watching import Started, stored

RESUME_S = 5.0
CONFIG = """\
data: {{source: bars.csv, timezone: UTC, split: {{out_of_sample: 0}}}}
components:
  rsi:
    space:
      window: {{type: int, low: 5, high: {window}}}
      lower: {{type: float, low: 20, high: 45, step: 0.25}}
      upper: {{type: float, low: 55, high: 88, step: 0.25}}
"""
BARS = 300


def resume(options: Options) -> list[Result]:
    """A grid on few bars, interrupted as by Ctrl-C, then resumed to its end."""
    finished = options.size(100_000, 500)
    here = folder() / "resume"
    here.mkdir(exist_ok=True)
    write_csv(smooth_days(BARS), here / "bars.csv")
    text = CONFIG.format(window=options.size(14, 6))  # 134,330 sets, or 26,866
    (here / "admf.yaml").write_text(text, encoding="utf-8")
    begun = Started(admf("run", "admf.yaml", "--out", "run"), here)
    begun.until(here / "run", finished)
    begun.end(signal.SIGINT)
    before = stored(here / "run")
    if begun.process.returncode == 0:
        raise RuntimeError(f"the run had ended before it was interrupted, with {before} trials")
    kept = here / "kept"
    shutil.copytree(here / "run", kept)
    first, whole, after = [], [], before
    for _ in range(options.size(options.rounds, 1)):
        shutil.rmtree(here / "run")
        shutil.copytree(kept, here / "run")
        again = Started(admf("resume", "run"), here)
        first.append(again.until(here / "run", before + 1))
        whole.append(again.end())
        if again.process.returncode:
            raise RuntimeError(again.said.read_text())
        after = stored(here / "run")
    shutil.rmtree(kept)
    return [
        Result(
            name="resume",
            what=f"`admf resume`, grid with {before:,} finished trials: first new trial stored",
            rounds=tuple(first),
            unit="s",
            target=at_most(RESUME_S, "s"),
            more_is_better=False,
            ours=f"whole command {min(whole):.1f} s, with the {after - before:,} trials that were left, and the report",
            details={"whole_s": whole, "finished": before, "left": after - before},
        )
    ]
