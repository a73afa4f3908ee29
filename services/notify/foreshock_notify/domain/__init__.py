"""What notify decides, pure: which rule matches, what becomes of an incident, who is told what, and when to try again.

rules.py          does a rule match a post, and if not, what was missing
receivers.py      who is told, and in which form
incident.py       what a post does to the incident of its story
casebook.py       a batch of posts, decided one after the other
explain.py        why, in words that a person can check
notification.py   what a receiver is told, as it stands on the wire
retry.py          what an answer means, and when the next attempt is due
"""
