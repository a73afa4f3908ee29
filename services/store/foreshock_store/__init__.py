"""Keeps posts and stories in Postgres and serves them."""
