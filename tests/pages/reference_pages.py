"""The reference pages that are made of the code; run this file to write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.pages import commands_page, config_page, finance_pages, python_page, search_page
from tests.pages.blocks import ROOT

FOLDER = ROOT / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page.page,
    "config.md": config_page.page,
    "python.md": python_page.page,
    "metrics.md": finance_pages.metrics_page,
    "indicators.md": finance_pages.indicators_page,
    "strategies.md": finance_pages.strategies_page,
    "search-methods.md": search_page.page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
