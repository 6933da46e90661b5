"""Strategies as users write them."""
