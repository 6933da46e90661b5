"""Sources of market data to bars: read, check, align, map."""
