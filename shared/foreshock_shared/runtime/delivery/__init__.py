"""How an entry gets from one service to the next without being lost: read, decode, effect, hand-over.

lane.py       the loop of one lane: read, claim, back off, repair
batch.py      what a batch of entries comes to: decode each payload, run the effect, bisect to the guilty post
handover.py   the one atomic step in which what follows is written before what came is acknowledged
groups.py     making a group, and making one again that is gone
wire.py       entries and payloads as bytes
"""
