"""Judges posts: topics, urgency, shock, entities, effect, why."""
