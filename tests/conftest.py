"""What every test can use: real servers and a real HTTP peer, started when first asked for."""

from hypothesis import settings

pytest_plugins = ["support.turns", "support.servers", "support.http_peer", "support.alertmanager", "support.otlp"]

settings.register_profile("foreshock", deadline=None)  # how long an example takes says more of the machine than of us
settings.load_profile("foreshock")
