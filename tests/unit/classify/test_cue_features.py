"""What the model is told of cues: what stands where, what goes with what, and who does what to whom."""

from foreshock_classify.domain.cue_features import BLOCKS, cue_features, lay
from foreshock_classify.domain.cues import Cue
from foreshock_shared.contracts.post import SourceKind


def cues(*sentences: str) -> list[Cue]:
    """A cue for each word, which names its kind."""
    return [Cue(0, 1, kind, number) for number, sentence in enumerate(sentences) for kind in sentence.split()]


def found(block: str, *sentences: str) -> set[int]:
    features, _ = cue_features(lay([cues(*sentences)], [SourceKind.NEWS]))
    return {int(f) for f in features if BLOCKS[block].start <= f < BLOCKS[block].stop}


def test_kinds_count_once_wherever_they_stand() -> None:
    assert found("kinds", "bind chip", "chip") == found("kinds", "chip bind")
    assert len(found("kinds", "bind chip", "chip")) == 2


def test_only_the_first_sentence_with_cues_is_the_opening() -> None:
    assert found("kinds of the opening", "bind chip", "hypo") == found("kinds of the opening", "chip bind")


def test_a_kind_that_comes_three_times_is_dwelt_on() -> None:
    assert not found("dwelling", "chip chip")
    assert len(found("dwelling", "chip chip", "chip bind bind")) == 1


def test_the_theme_is_what_most_cues_are_about() -> None:
    assert found("theme", "suit suit round") == found("theme", "suit")
    assert not found("theme", "bind")


def test_pairs_know_no_order_and_stay_within_a_sentence() -> None:
    assert found("pairs", "bind chip hypo") == found("pairs", "hypo chip bind")
    assert len(found("pairs", "bind chip hypo")) == 3
    assert not found("pairs", "bind", "chip")


def test_sequences_know_the_order() -> None:
    assert found("sequences", "bind chip") != found("sequences", "chip bind")
    assert not found("sequences", "bind", "chip")


def test_a_frame_is_who_does_what_to_what_how_surely() -> None:
    assert found("frames", "government bind chip") == found("frames", "court cut model")
    assert found("frames", "government bind chip") != found("frames", "government bind chip hypo")
    assert len(found("frames", "government bind chip", "vendor relax people")) == 2


def test_each_post_has_its_own_features_and_one_without_cues_has_its_source() -> None:
    features, bounds = cue_features(
        lay([cues("bind chip"), [], cues("hypo")], [SourceKind.NEWS, SourceKind.BLOG, SourceKind.OFFICIAL])
    )
    each = [set(features[bounds[i] : bounds[i + 1]].tolist()) for i in range(3)]
    assert all(len([f for f in post if f >= BLOCKS["source"].start]) == 1 for post in each)
    assert len(each[1]) == 1
    assert each[0] & each[2] == set()
