"""What a Python user calls: `admf.optimize`, `admf.backtest`, and what they give back."""
