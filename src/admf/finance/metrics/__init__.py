"""What a scored series is worth: one definition of every metric, listed in `table`."""
