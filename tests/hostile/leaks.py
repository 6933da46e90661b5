"""Which of thirteen traces that one trial leaves are seen by the next.

`python -m tests.hostile.leaks --kind minimal` prints them.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from admf.model.container import Kind
from tests.chaos.session import ADMF, admf
from tests.hostile.probes import PROBES

LEAK_IN_MINIMAL = frozenset({"module_global", "sys_modules", "open_file", "live_thread", "monkeypatch"})
"""What trials that share a container may see of each other; all else is taken back."""
ROOT = Path(__file__).parents[2]
_TURNS = 4

_STRATEGY = "from tests.hostile.probes import PROBES, Counts, Forgets, component\n"
_CONFIG = """\
name: leaks
seed: 5
data: {{source: bundled:sp500, split: {{out_of_sample: 0.9}}}}
components:
{components}
objective: {{metric: seen, direction: maximize}}
execution: {{workers: 1{start_method}}}
workflow: [{{stage: component_optimization, method: grid{spec}}}]
"""


def leaked(kind: Kind | None, start_method: str, folder: Path) -> list[str]:
    """Names of the probes that see in one trial what another has left, by a run of one worker in `folder`/run.

    Every other trial leaves, and those between look. `kind` None, `start_method` '': as it is without saying.
    """
    uses = {name: f"{name}" for name in PROBES}
    lines = "".join(f"{name} = component({name!r})\n" for name in PROBES)
    _write(folder, kind, start_method, uses, "act: [leave, look]", lines)
    admf(folder, "run", "--out", "run", env=environment())
    seen = dict.fromkeys(PROBES, 0.0)
    looks = dict.fromkeys(PROBES, 0)
    for row in csv.DictReader(io.StringIO(admf(folder, "trials", "run", "--format", "csv"))):
        assert row["outcome"] == "scored", row
        seen[row["component"]] += float(row["value"])
        looks[row["component"]] += row["act"] == "look"
    assert set(looks.values()) == {_TURNS}, looks
    return [name for name in PROBES if seen[name]]


def run_of(component: str, kind: Kind | None, start_method: str, folder: Path) -> None:
    """A run of one component of `probes.py` in `folder`/run."""
    _write(folder, kind, start_method, {"mine": component}, "", "")
    admf(folder, "run", "--out", "run", env=environment())


def verify(folder: Path) -> tuple[int, str]:
    """The exit code of `admf verify run` in a folder, and all that it says."""
    done = subprocess.run(
        [*ADMF, "verify", "run"],
        cwd=folder,
        env={**os.environ, **environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def environment() -> Mapping[str, str]:
    """Where containers find the probes."""
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(path)}


def _write(
    folder: Path, kind: Kind | None, start_method: str, uses: Mapping[str, str], more: str, lines: str
) -> None:
    space = f"{{turn: {{low: 1, high: {_TURNS}}}{', ' * bool(more)}{more}}}"
    config = _CONFIG.format(
        components="\n".join(_components(uses, space)),
        start_method=f", start_method: {start_method}" if start_method else "",
        spec=f", container_spec: {json.dumps({'type': kind.value})}" if kind is not None else "",
    )
    (folder / "admf.yaml").write_text(config)
    (folder / "strategy.py").write_text(_STRATEGY + lines)


def _components(uses: Mapping[str, str], space: str) -> Iterable[str]:
    for name, attribute in uses.items():
        yield f"  {name}: {{use: 'strategy.py:{attribute}', space: {space}, warmup: 0}}"


def main() -> None:
    """Print what leaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=[Kind.ISOLATED.value, Kind.MINIMAL.value], default="isolated")
    parser.add_argument("--start-method", choices=["auto", "fork", "spawn"], default="fork")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="admf-leaks-") as folder:
        found = leaked(Kind(options.kind), options.start_method, Path(folder))
    sys.stdout.write(f"{len(found)} of {len(PROBES)} leak: {', '.join(found) or 'none'}\n")


if __name__ == "__main__":
    main()
