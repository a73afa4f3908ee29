"""What every test can use: real servers and a real HTTP peer, started when first asked for."""

import structlog
from hypothesis import settings

pytest_plugins = ["support.turns", "support.servers", "support.http_peer", "support.alertmanager", "support.otlp"]

plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[structlog.processors.add_log_level, plain])  # a pretty traceback takes seconds
settings.register_profile("foreshock", deadline=None)  # how long an example takes says more of the machine than of us
settings.register_profile("fast", settings.get_profile("foreshock"), max_examples=20)
settings.load_profile("foreshock")
