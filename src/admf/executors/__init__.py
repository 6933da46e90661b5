"""Where containers run: in this process, in a pool of local ones."""
