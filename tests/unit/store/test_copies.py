"""Which texts have one origin."""

from foreshock_store.domain.copies import is_copy, sketch

TEXT = (
    "The government has ordered every provider to switch off both models for foreign nationals by nine this evening, "
    "and to report by midnight how many accounts were closed and in which countries they had been opened."
)


def test_case_punctuation_and_addresses_do_not_make_another_text() -> None:
    assert is_copy(sketch(TEXT), sketch(TEXT.upper().replace(",", " -") + " https://example.org/a?b=c"))


def test_a_small_edit_does_not_make_another_text() -> None:
    assert is_copy(sketch(TEXT), sketch(TEXT.replace("nine", "ten")))


def test_a_truncation_is_a_copy() -> None:
    assert is_copy(sketch(TEXT), sketch(TEXT[:140] + "…"))


def test_a_quotation_with_a_remark_is_a_copy() -> None:
    assert is_copy(sketch(TEXT), sketch("This is wild, read it twice before you buy anything: " + TEXT))


def test_an_independent_report_is_none() -> None:
    report = (
        "Both models are off since nine. Providers were told today to shut foreign nationals out and count accounts."
    )
    assert not is_copy(sketch(TEXT), sketch(report))


def test_short_texts_are_copies_only_if_they_are_the_same() -> None:
    assert is_copy(sketch("Models are off now"), sketch("models are off, now!"))
    assert not is_copy(sketch("Models are off now"), sketch("Models are off again"))


def test_texts_without_spaces_are_compared_too() -> None:
    text = "政府は本日、外国人による二つのモデルの利用を全面的に停止するよう全事業者に命じた。"
    assert is_copy(sketch(text), sketch("速報：" + text))


def test_long_texts_are_compared_by_a_sample() -> None:
    words = " ".join(f"word{n}" for n in range(1_500))
    assert is_copy(sketch(words), sketch(words.replace("word700", "other")))
    assert not is_copy(sketch(words), sketch(" ".join(f"term{n}" for n in range(1_500))))
