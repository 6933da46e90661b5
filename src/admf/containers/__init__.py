"""Where trials live: scopes, worker processes, and what passes between them and the driver."""
