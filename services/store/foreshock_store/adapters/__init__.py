"""Where the store meets Postgres and Redis."""
