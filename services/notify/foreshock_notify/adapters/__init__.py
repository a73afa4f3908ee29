"""Where notify meets the world: files, Postgres, receivers.

rules_file.py     rules.yaml, checked and resolved
receiver_entries.py  its receivers
rulebook.py       the rules in force, followed while the file changes
yaml_lines.py     YAML whose values remember their lines
schema.py         the tables
ledger.py         decisions, incidents and deliveries, written in one transaction
outbox.py         deliveries on their way: leased, recorded, scheduled
reads.py          what the read API shows
upkeep.py         closing what is idle, dropping what is old, counting what is open
audit.py          the books compared: stored posts, incidents, deliveries
receivers/        how each kind of receiver is told
"""
