"""How an entry gets from one service to the next without being lost: read, decode, effect, hand over.

handler.py     what a service gives: an effect over payloads, and what is guaranteed to it
lane.py        the loop of one lane: read, claim, park, back off, repair
processor.py   from entries to a hand-over
traced.py      the spans of a batch, where tracing is on
batch.py       running an effect: halve until the guilty post stands alone
suspicion.py   finding the post that ends its process
handover.py    the one atomic step in which what follows is written before what came is acknowledged
groups.py      making a group, and making one again that is gone
vitals.py      how a lane is really doing
wire.py        entries and payloads as bytes
"""
