"""What every test can use: real servers and a real HTTP peer, started when first asked for, and the checkers."""

pytest_plugins = ["support.checks", "support.servers", "support.http_peer", "support.alertmanager"]
