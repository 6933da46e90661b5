"""Built-in strategies: plain functions of bars, each in a file of its own name.

A strategy returns targets of the bars' shape: +1 long, -1 short, 0 flat for one symbol, and these divided
by N for N symbols (equal slices). A NaN indicator gives 0. Names in `__all__` are the files; the function
`ma_crossover` is `admf.finance.strategies.ma_crossover:ma_crossover`.
"""

__all__ = ["bollinger", "breakout", "ma_crossover", "macd", "momentum", "rsi"]
