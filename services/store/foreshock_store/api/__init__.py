"""The read API: what was stored, over HTTP."""
