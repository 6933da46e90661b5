"""Decides what happens next (pure) and drives it (effects)."""
