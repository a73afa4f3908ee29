"""Whether what was accepted is what is held: two books, written by different hands, laid beside each other.

books.py      what a book is, and the comparison: pure
accepted.py   book one: the ledger that ingest keeps, or a client's own file of ids
moving.py     book two, in Redis: posts in flight and dead letters
kept.py       book two, in Postgres: stored posts and quarantined ones, and whether the tables agree
"""
