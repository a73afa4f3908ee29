"""Turns stories into incidents and tells receivers."""
