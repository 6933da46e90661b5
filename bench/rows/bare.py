"""The trials of a batch evaluated in a plain process: no pool, no driver, no store. Each line on stdin runs it once.

python bench/rows/bare.py BARS.npz SETS
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from contained.trials import crossovers
from peers.measuring import saved
from rows.cases import folder


def main() -> None:
    """Say ready, then the seconds of each run that is asked for."""
    from admf.trials.evaluate import evaluate_batch

    batch = crossovers(saved(sys.argv[1]), int(sys.argv[2]), folder())
    evaluate_batch(batch)
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        ended = evaluate_batch(batch)
        took = time.perf_counter() - began
        assert len(ended) == len(batch)
        print(took, flush=True)


if __name__ == "__main__":
    main()
