"""Whatever is written, judging it takes about as long as ordinary text does, and ends well."""

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


ORDINARY = "The ministry said on Monday that the new export rules for AI chips apply to all models. " * (LONG // 88)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_no_longer_than_ordinary_text_of_its_length_does(classifier: Classifier, text: str) -> None:
    assert classifier.judge(text).topics
    assert fastest(classifier, text) < 10 * fastest(classifier, ORDINARY)


def fastest(classifier: Classifier, text: str) -> float:
    """Processor time of the fastest of a few rounds: what else happens only adds to it."""
    return min(_seconds(classifier, text) for _ in range(7))


def _seconds(classifier: Classifier, text: str) -> float:
    began = time.process_time()
    classifier.judge(text)
    return time.process_time() - began


@given(tail=st.text(max_size=800))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_at_all_is_judged(classifier: Classifier, tail: str) -> None:
    judged = classifier.judge(f"AI {tail}")
    assert 0 <= judged.shock_score <= 1
    assert 0 <= judged.urgency_score <= 1
