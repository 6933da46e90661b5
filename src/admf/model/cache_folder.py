"""Where this machine keeps what can be made again: mapped bars, compiled kernels."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """The folder of ADMF's cache: $ADMF_CACHE, or `admf` in the user's cache folder. It need not exist."""
    if chosen := os.environ.get("ADMF_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "admf"
    if os.name == "nt":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "admf" / "cache"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path here is invalid and to be ignored.
    return (Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache") / "admf"
