"""What notify decides, pure: which rule matches, what becomes of an incident, who is told what, and when to try again.

rules.py          a rule: matchers, who is told, and when
matchers.py       what a rule asks of a post, and what a post lacked
burst.py          is far more heard of something than usual
policy.py         throttle, quiet hours, digest times: questions about time
telling.py        is a telling that is due sent now, held, collected or suppressed, and why
silence.py        what somebody wants not to hear of for a while
standing.py       how firm an incident is, and what moves it: one table
receivers.py      who is told, and in which form
wording.py        words for people, harmless whatever strangers wrote
breaker.py        when a receiver is left alone
incident.py       what a post does to the incident of its story
casebook.py       a batch of posts, decided one after the other; posts that move or say something else
hands.py          what somebody, or time, does to an incident without a post
explain.py        why, in words that a person can check
notification.py   what a receiver is told, as it stands on the wire
digest.py         what was kept back, told together
links.py          signed links that acknowledge
retry.py          what an answer means, and when the next attempt is due
"""
