"""Text made comparable, within bounds, whatever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foreshock_classify.domain.normalise import TEXT_LIMIT, normalise


def test_mathematical_letters_are_letters() -> None:
    assert normalise("𝗡𝗲𝘅𝘁 𝘁𝗼𝗸𝗲𝗻").clean == "Next token"


def test_markup_addresses_and_mentions_are_read_as_a_person_reads_them() -> None:
    text = normalise("<p>Chips &amp; <b>models</b></p> see https://example.org/a?b=c via @desk")
    assert text.clean == "Chips & models see via desk"


def test_hyphens_fold_to_spaces_and_the_folded_text_keeps_its_places() -> None:
    text = normalise("Data-Center BAN")
    assert text.folded == "data center ban"
    assert len(text.folded) == len(text.clean)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("政府がモデルの利用を停止した", "ja"),
        ("政府宣布停止使用该模型", "zh"),
        ("정부가 모델 이용을 중단했다", "ko"),
        ("Die Behörde sperrt den Dienst für alle Nutzer", "de"),
        ("L'autorité suspend le service pour les mineurs", "fr"),
        ("La autoridad suspende el servicio desde hoy", "es"),
        ("The agency suspends the service for everyone", "en"),
    ],
)
def test_the_language_is_guessed_by_script_and_small_words(text: str, lang: str) -> None:
    assert normalise(text).lang == lang


def test_the_source_knows_its_language_better() -> None:
    assert normalise("Stop", "pt-BR").lang == "pt"


@given(st.text(max_size=3_000))
def test_any_text_stays_within_bounds_and_spans_fit_both_forms(raw: str) -> None:
    text = normalise(raw)
    assert len(text.clean) == len(text.folded) <= TEXT_LIMIT
