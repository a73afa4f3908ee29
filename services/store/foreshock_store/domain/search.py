"""Full-text search: what a text is found by, and what a reader's query looks for.

Both sides go through the same tokeniser, so whatever is indexed can be found. The query is built from words alone:
nothing that a reader types can act as an operator.
"""

from typing import Final

from foreshock_store.domain.words import LONGEST_WORD, fold, runs

MOST_INDEXED: Final = 2_000
"""Distinct words of one text that can be found; far above any post, and far below what a tsvector holds."""
MOST_ASKED: Final = 32


def lexemes(text: str) -> list[str]:
    """The distinct words by which a text can be found, in their order.

    A run of a script without spaces gives its bigrams and its last character, so that every character of it begins one.
    """
    found: dict[str, None] = {}
    for run, unspaced in runs(fold(text)):
        if unspaced:
            found.update((run[at : at + 2], None) for at in range(len(run)))
        else:
            found[run[:LONGEST_WORD]] = None
        if len(found) >= MOST_INDEXED:
            break
    return list(found)[:MOST_INDEXED]


def query(text: str) -> str | None:
    """A Postgres `tsquery` for posts that have every word of `text`; None if there is no word in it."""
    asked: dict[str, None] = {}
    for run, unspaced in runs(fold(text)):
        if unspaced and len(run) == 1:
            asked[f"'{run}':*"] = None
        elif unspaced:
            asked.update((f"'{run[at : at + 2]}'", None) for at in range(len(run) - 1))
        else:
            asked[f"'{run[:LONGEST_WORD]}'"] = None
    return " & ".join(list(asked)[:MOST_ASKED]) or None
