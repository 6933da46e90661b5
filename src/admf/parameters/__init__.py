"""Parameter sets: what a person chose of a run, with all that says where it came from."""
