"""The demonstration: an invented afternoon, a receiver on loopback, and what a person sees of it."""
