"""What is wrong with a config's text, as a user sees it."""

from __future__ import annotations

import pytest

from admf.config.load import load_config
from admf.errors import ConfigError

HEAD = "data: {source: bundled:sp500}\n"
MA = HEAD + "components:\n  ma_crossover:\n"


def lines(text: str, *overrides: str) -> list[str]:
    """Every problem of a config text, as a user sees it."""
    with pytest.raises(ConfigError) as caught:
        load_config(text, overrides)
    return str(caught.value).splitlines()
