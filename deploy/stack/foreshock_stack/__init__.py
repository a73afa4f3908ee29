"""The whole stack on one machine, and its commands."""
