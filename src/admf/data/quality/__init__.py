"""How good a set of bars is: gaps, sessions and odd prices, found by pure functions; nothing is refused here."""
