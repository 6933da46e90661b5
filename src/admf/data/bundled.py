"""The data sets that ship inside the arch package: daily S&P 500 and NASDAQ, 1999 to 2018."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from admf.data.sheet import Sheet
from admf.errors import DataError, nearest

BUNDLED = ("sp500", "nasdaq")
PREFIX = "bundled:"


def read_bundled(name: str) -> Sheet:
    """The sheet of `bundled:name`, read without importing arch. DataError where there is no such set."""
    if name not in BUNDLED:
        raise DataError(f"there are no bundled data '{name}'. {nearest(name, BUNDLED)}")
    import polars as pl

    path = _arch_folder() / "data" / name / f"{name}.csv.gz"
    if not path.is_file():
        raise DataError(f"{PREFIX}{name}: the installed arch package has no data/{name}. Install arch>=7.2.")
    frame = pl.read_csv(path, infer_schema=False)
    return Sheet(frame=frame, symbol=name, where=f"{PREFIX}{name}", first_line=2)


def _arch_folder() -> Path:
    spec = find_spec("arch")
    if spec is None or spec.origin is None:
        raise DataError("the bundled data are part of the arch package. Install it: pip install 'arch>=7.2'.")
    return Path(spec.origin).parent
