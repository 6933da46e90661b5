"""Frozen nouns that every floor may speak of: bars, window, space, trial, outcome."""
