"""Where trials live: template, keepers, containers, and what passes between them and the driver."""
