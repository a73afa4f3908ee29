"""What `./run doctor` looks at and what it thinks of it.

    probes (servers, outside, here)   ask, and answer plain facts; the only ones that touch anything
    judge                             facts ► findings; pure
    commands/doctor.py                puts them together and prints

A probe never changes anything and never sends an alert.
"""
