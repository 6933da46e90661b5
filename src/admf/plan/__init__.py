"""From a config to what will be done: stages, windows, trial counts. Pure."""
