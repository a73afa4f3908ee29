"""Where notify meets the world: files, Postgres, receivers.

rules_file.py        rules.yaml, checked and resolved
receiver_entries.py  its receivers
templates.py         how a notification is put into words
samples.py           notifications of nothing, to try templates and receivers with
rulebook.py          the rules in force, followed while the file changes
yaml_lines.py        YAML whose values remember their lines
schema.py            the tables
ledger.py            decisions, incidents and tellings, written in one transaction
decision_rows.py     decisions as rows, and the counts for bursts
incident_rows.py     incidents as rows
revision_rows.py     revisions, and the tellings that are owed for them
hands.py             incidents changed by somebody or by time: acknowledged, retracted, closed
silences.py          silences as rows
leasing.py           what is due, taken: decided, put off, gathered into digests, or leased
leasing_sql.py       its statements
outbox.py            deliveries on their way: recorded, scheduled
breakers.py          how each receiver has been doing
messages.py          what a receiver has of an incident, and what to remember of it
recovery.py          deliveries sent again because a person says so
reads.py             what the read API shows
canary.py            canaries that have come through, and the heartbeats that they earn
upkeep.py            dropping what is old, counting what is open
audit.py             the books compared: stored posts, incidents, deliveries
receivers/           how each kind of receiver is told
"""
