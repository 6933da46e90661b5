"""Pure functions of arrays: indicators, strategies, simulation, metrics. No machinery is known here."""
