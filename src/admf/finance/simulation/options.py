"""What a simulation can be told: fills, sizing, stops, rebalancing and costs, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum


class Fill(IntEnum):
    """When a decision taken at the close of bar t is filled."""

    NEXT_OPEN = 0
    NEXT_CLOSE = 1
    CLOSE = 2


class Direction(IntEnum):
    """Which sides a strategy may take."""

    BOTH = 0
    LONG = 1
    SHORT = 2


class Reentry(IntEnum):
    """When a position that was stopped may come back."""

    NEW_SIGNAL = 0
    IMMEDIATE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Atr:
    """A distance of `multiple` average true ranges over `window` bars, fixed at the entry's decision."""

    multiple: float
    window: int = 14


Distance = float | Atr | None
"""How far a stop or target is from the average fill price: a fraction of it, in ATRs, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FractionOfEquity:
    """Exposure is the target times `fraction` of the equity; 1.0 is all in."""

    fraction: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedUnits:
    """Exposure is the target times `units`, whatever the equity."""

    units: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityTarget:
    """Exposure is the target times min(1, annual / realised volatility over `window` bars)."""

    annual: float
    window: int = 20


Sizing = FractionOfEquity | FixedUnits | VolatilityTarget


class Calendar(IntEnum):
    """Calendar rebalancing: decided at the first close of a new period."""

    DAILY = 1
    WEEKLY = 2
    MONTHLY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OnChange:
    """Trade only when the target changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryBar:
    """Trade back to the target exposure after every bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """Trade back to the target exposure once a day, week or month."""

    every: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Trade back to the target exposure when it is off by more than `width` (0.05: five points of equity)."""

    width: float


Rebalance = OnChange | EveryBar | Periodic | Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What trading costs: fractions of notional per side, and rates per year."""

    commission: float = 0.0
    slippage: float = 0.0
    borrow_rate: float = 0.0
    cash_rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """How targets become trades; docs/explanation/simulation.md says what each option means."""

    fill: Fill = Fill.NEXT_OPEN
    direction: Direction = Direction.BOTH
    initial_cash: float = 100_000.0
    sizing: Sizing = field(default_factory=FractionOfEquity)
    rebalance: Rebalance = field(default_factory=OnChange)
    stop_loss: Distance = None
    take_profit: Distance = None
    trailing_stop: Distance = None
    time_stop: int | None = None
    reentry: Reentry = Reentry.NEW_SIGNAL
    lot: float | None = None
    close_at_end: bool = False
    costs: Costs = field(default_factory=Costs)
