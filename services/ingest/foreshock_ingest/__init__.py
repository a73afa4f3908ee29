"""Accepts posts over HTTP and from sources, durably."""
