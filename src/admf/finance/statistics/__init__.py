"""How far a result can be trusted: per-bar Sharpe ratios and population moments throughout."""
