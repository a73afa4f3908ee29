"""Finding terms: at word boundaries where a script has them, anywhere where it has none."""

import pytest

from foreshock_classify.domain.terms import Terms


def found(terms: list[str], text: str) -> list[str]:
    return [terms[term] for _, _, term in Terms(terms).find(text)]


def test_a_term_is_no_part_of_a_longer_word() -> None:
    assert found(["ban"], "a ban on bananas, and a turban") == ["ban"]


def test_a_star_at_the_end_takes_any_ending() -> None:
    assert found(["suspend*"], "suspended, suspends; not unsuspended") == ["suspend*", "suspend*"]


def test_where_words_are_not_parted_a_term_matches_anywhere() -> None:
    assert found(["芯片", "반도체"], "对先进芯片出口。반도체를") == ["芯片", "반도체"]


def test_a_star_inside_a_term_could_never_match_and_is_refused() -> None:
    with pytest.raises(ValueError, match=r"centre\* de calcul"):
        Terms(["centre* de calcul"])
