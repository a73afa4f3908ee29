"""What every test can use: real servers and a real HTTP peer, started when first asked for, and the checkers."""

from hypothesis import settings

pytest_plugins = ["support.checks", "support.servers", "support.http_peer", "support.alertmanager", "support.otlp"]

settings.register_profile("foreshock", deadline=None)  # how long an example takes says more of the machine than of us
settings.load_profile("foreshock")
