"""All network I/O of the client: REST and Arrow Flight."""
