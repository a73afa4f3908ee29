"""Stored history through rules on a virtual clock: what would have been sent, how good that is, what other rules do."""
