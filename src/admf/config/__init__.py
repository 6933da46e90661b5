"""From text to a validated config, every problem at once."""
