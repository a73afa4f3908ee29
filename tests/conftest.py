"""Fixtures for every test: real servers and a real HTTP peer, started when a test first asks for them."""

pytest_plugins = ["support.servers", "support.http_peer"]
