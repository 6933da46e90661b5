"""The engines that ADMF is held against, each behind the same two functions: `replay` and `sweep`."""

import os

# backtesting.py shows a progress bar per run, which costs it time; read when tqdm is first imported.
os.environ.setdefault("TQDM_DISABLE", "1")
