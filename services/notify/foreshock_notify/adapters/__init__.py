"""Where notify meets the world: files, Postgres, receivers.

rules_file.py        rules.yaml, checked and resolved
receiver_entries.py  its receivers
templates.py         how a notification is put into words
samples.py           notifications of nothing, to try templates and receivers with
rulebook.py          the rules in force, followed while the file changes
yaml_lines.py        YAML whose values remember their lines
schema.py            the tables
ledger.py            decisions, incidents and deliveries, written in one transaction
outbox.py            deliveries on their way: leased, recorded, scheduled
breakers.py          how each receiver has been doing
messages.py          what a receiver has of an incident, and what to remember of it
recovery.py          deliveries sent again because a person says so
reads.py             what the read API shows
canary.py            canaries that have come through, and the heartbeats that they earn
upkeep.py            closing what is idle, dropping what is old, counting what is open
audit.py             the books compared: stored posts, incidents, deliveries
receivers/           how each kind of receiver is told
"""
