"""Whatever is written, judging it takes little time and ends well."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foreshock_classify.domain.classifier import Classifier

LONG = 100_000
HOSTILE = {
    "one letter": "a" * LONG,
    "tags that never close": "<a" * (LONG // 2),
    "a tag of blanks": "AI <" + " " * LONG,
    "entities": "AI &amp;" * (LONG // 8),
    "ligatures that grow": "AI " + "\ufdfa" * LONG,
    "dotted capitals": "AI İ" * (LONG // 4),
    "combining marks": "AI a" + "\u0301" * LONG,
    "terms without end": "ai ban chip export order " * (LONG // 25),
    "addresses": "AI https://" + "a." * (LONG // 2),
    "mentions": "AI " + "@a" * (LONG // 2),
    "numbers": "AI Model " + "1." * (LONG // 2),
    "capitals": "OpenAI " + "Abc " * (LONG // 4),
    "sentences": "AI bans! " * (LONG // 9),
    "emoji": "AI 😀" * (LONG // 4),
    "a lone surrogate": "AI \ud800 ban",
    "nothing": "\u200b",
    "zeros": "AI \x00 ban",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_judged_in_bounded_time(classifier: Classifier, text: str) -> None:
    classifier.judge("The government bans AI chips")
    began = time.process_time()
    judged = classifier.judge(text)
    assert time.process_time() - began < 0.1
    assert judged.topics


@given(tail=st.text(max_size=800))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_at_all_is_judged(classifier: Classifier, tail: str) -> None:
    judged = classifier.judge(f"AI {tail}")
    assert 0 <= judged.shock_score <= 1
    assert 0 <= judged.urgency_score <= 1
