"""Where ingest meets the world: the Redis-protocol server, HTTP and sources."""
