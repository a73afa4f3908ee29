"""What `./run doctor` looks at and what it thinks of it.

    probes (servers, outside, here)   ask, and answer plain facts; the only ones that touch anything
    judge, judge_servers              facts ► findings; pure: every rule stands there and is a test's to break
    commands/doctor.py                puts them together and prints

A probe never changes anything and never sends an alert.
"""
