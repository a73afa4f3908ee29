"""Rules on a virtual clock: posts in, what would have been told out. Pure.

agenda.py       what is due when
counting.py     posts by subject, for bursts
telling.py      one notification that would have been sent
tellings.py     what is owed, and what becomes of it when it falls due
simulate.py     the posts of a history, decided and told one after the other, and the due moments between them
outcome.py      what a history came to under one set of rules, in memory that grows with what is told
figures.py      precision, recall and time to alert against labels
compare.py      two sets of rules over one history
"""
