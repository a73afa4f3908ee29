"""What a text is found by, and that nothing a reader types is more than words."""

from hypothesis import given
from hypothesis import strategies as st

from foreshock_store.domain.search import lexemes, query


def test_case_and_width_make_no_difference() -> None:
    assert lexemes("ＡＵＲＯＲＡ Aurora") == ["aurora"]
    assert query("AURORA") == "'aurora'"


def test_a_script_without_spaces_is_found_by_any_two_characters() -> None:
    assert {"輸出", "出規", "規制"} <= set(lexemes("輸出規制"))
    assert query("出規") == "'出規'"


def test_a_single_character_finds_every_run_that_holds_it() -> None:
    assert "制" in lexemes("輸出規制")
    assert query("制") == "'制':*"


def test_every_word_must_be_there() -> None:
    assert query("export ban") == "'export' & 'ban'"


def test_operators_and_quotes_are_no_words() -> None:
    assert query("a' | !b:* \\ <-> (c") == "'a' & 'b' & 'c'"
    assert query("!!! '") is None


@given(st.text(max_size=300))
def test_whatever_is_indexed_is_found_by_its_own_text(text: str) -> None:
    asked = query(text)
    if asked is not None:
        indexed = set(lexemes(text))
        for term in asked.split(" & "):
            word = term.removesuffix(":*").strip("'")
            assert any(lexeme.startswith(word) for lexeme in indexed) if term.endswith(":*") else word in indexed
