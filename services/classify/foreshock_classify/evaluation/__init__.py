"""How well posts are judged: the figures, and two ways to read them. Pure: labels and judgements in, a report out."""
