"""The simulation's state as records: the account, one position per symbol, and the trades they leave."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Reason(IntEnum):
    """Why a trade ended."""

    SIGNAL = 0
    REVERSAL = 1
    STOP_LOSS = 2
    TRAILING_STOP = 3
    ORDER_STOP = 4
    TAKE_PROFIT = 5
    ORDER_TAKE_PROFIT = 6
    TIME_STOP = 7
    RUIN = 8
    END = 9


class Waiting(IntEnum):
    """What a position waits to do at the next fill."""

    NOTHING = 0
    CHANGE = 1
    TIME_STOP = 2
    REBALANCE = 3


ACCOUNT = np.dtype(
    [
        ("cash", "f8"),
        ("commission", "f8"),
        ("slippage", "f8"),
        ("borrow", "f8"),
        ("interest", "f8"),
        ("turnover", "f8"),  # sum of notional / equity
        ("exposure", "f8"),  # sum over decisions of |q| in force
        ("max_gross", "f8"),  # largest sum of |units x close| / equity
        ("waiting", "i8"),  # how many positions wait for a fill
        ("limits", "i8"),  # how many limit orders wait
        ("ruined", "i8"),
        ("trades", "i8"),
    ]
)

POSITION = np.dtype(
    [
        ("target", "f8"),  # q as last decided
        ("units", "f8"),
        ("price", "f8"),  # average fill price of the open units
        ("best", "f8"),  # highest high (short: lowest low) since the opening, for trailing stops
        ("stop_distance", "f8"),  # ATR distances fixed at the opening, NaN where none
        ("trail_distance", "f8"),
        ("profit_distance", "f8"),
        ("order_stop", "f8"),
        ("order_profit", "f8"),
        ("limit", "f8"),  # a limit order waiting for this bar, NaN where none
        ("limit_target", "f8"),
        ("waiting", "i8"),
        ("decided", "i8"),  # the bar of the decision that waits
        ("stopped", "i8"),  # flat until the target changes
        ("opened", "i8"),  # bar of the opening fill
        ("opened_how", "i8"),  # Opened
        # the open trade so far
        ("entry_units", "f8"),
        ("entry_notional", "f8"),
        ("exit_units", "f8"),
        ("exit_notional", "f8"),
        ("most_units", "f8"),
        ("flow", "f8"),  # cash flows of its fills, costs included
        ("commission", "f8"),
        ("slippage", "f8"),
        ("borrow", "f8"),
        ("highest", "f8"),  # since the opening, or since the average price last changed
        ("lowest", "f8"),
        ("mfe", "f8"),
        ("mae", "f8"),
    ]
)


_NONE = ("stop_distance", "trail_distance", "profit_distance", "order_stop", "order_profit", "limit")
FLAT = np.zeros(1, POSITION)
"""One position as it begins: flat, without levels or orders."""
for _name in _NONE:
    FLAT[_name] = np.nan


class Opened(IntEnum):
    """Where inside its bar a position was opened: decides which stops that bar may hit."""

    AT_OPEN = 0
    INSIDE = 1
    AT_CLOSE = 2


TRADE = np.dtype(
    [
        ("symbol", "i8"),
        ("entry_bar", "i8"),
        ("exit_bar", "i8"),
        ("units", "f8"),
        ("entry_price", "f8"),
        ("exit_price", "f8"),
        ("entry_notional", "f8"),
        ("pnl", "f8"),
        ("ret", "f8"),
        ("commission", "f8"),
        ("slippage", "f8"),
        ("borrow", "f8"),
        ("bars_held", "i8"),
        ("mfe", "f8"),
        ("mae", "f8"),
        ("reason", "i8"),
        ("open_at_end", "?"),
    ]
)
