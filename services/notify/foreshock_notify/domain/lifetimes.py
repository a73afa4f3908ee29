"""How long what notify knows stays: on storage, and in a simulation, which forgets by the same measure."""

from datetime import timedelta
from typing import Final

IDLE: Final = timedelta(hours=72)
"""An incident that no post has joined for so long is closed."""

KEEP_UNTOLD: Final = timedelta(days=7)
"""How long the decision on a post of no incident is kept; the stream itself is trimmed after a day."""

KEEP_INCIDENTS: Final = timedelta(days=400)
"""How long an incident is kept after its last post, with its members, revisions, deliveries and attempts."""
