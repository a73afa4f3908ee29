"""A storm through the very classifier and story engine of the stack: one directive is one story."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from uuid import UUID

import pytest
from support.storm import BEGIN, Storm, Told, shuffled, storm

from foreshock_classify.domain.classifier import Classifier
from foreshock_stack.commands.classify import classifier_of
from foreshock_stack.environment import read_environment
from foreshock_store.domain.stories import Assignment, StoryEngine
from foreshock_store.domain.story import PostFacts

SEEDS = (1, 2)
Stories = dict[UUID, Assignment]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    folder: Path = tmp_path_factory.mktemp("state")
    return classifier_of(read_environment({"FORESHOCK_CONFIG_DIR": str(folder), "FORESHOCK_STATE_DIR": str(folder)}))


@pytest.fixture(scope="module", params=SEEDS)
def told(request: pytest.FixtureRequest, classifier: Classifier) -> tuple[Storm, Stories, set[UUID], Classifier]:
    one = storm(request.param, loud=250, quiet=40, around=1_500)
    stories, shocks = told_by(one.told, classifier)
    return one, stories, shocks, classifier


def told_by(told: Sequence[Told], classifier: Classifier) -> tuple[Stories, set[UUID]]:
    """The stories of what is relevant, and which posts were judged shocks."""
    engine, stories, shocks, clock = StoryEngine(), Stories(), set[UUID](), BEGIN
    for one, judged in zip(told, chain.from_iterable(classifier.judge_all([t.post for t in told])), strict=True):
        clock = max(clock, one.at)
        ident = one.post.identity()
        if assigned := engine.assign(PostFacts(ident, one.post.text, one.at), judged, clock):
            stories[ident] = assigned
            shocks.update({ident} if judged.shock else ())
    return stories, shocks


def of_event(one: Storm, event: str, among: Mapping[UUID, Assignment]) -> list[Told]:
    return [t for t in one.told if t.event == event and t.post.identity() in among]


Run = tuple[Storm, Stories, set[UUID], Classifier]


def test_all_shocks_on_one_directive_share_a_story_and_another_directive_has_its_own(told: Run) -> None:
    one, stories, shocks, _ = told
    loud, quiet = (
        {stories[i].story.id for t in of_event(one, event, stories) if (i := t.post.identity()) in shocks}
        for event in (one.loud, one.quiet)
    )

    assert len(loud) == len(quiet) == 1
    assert loud != quiet


def test_origins_of_a_storm_are_counted_within_five_percent(told: Run) -> None:
    one, stories, _, _ = told
    posts = of_event(one, one.loud, stories)

    truth = len({t.text for t in posts})

    assert truth > 60
    assert len({stories[t.post.identity()].origin for t in posts}) == pytest.approx(truth, rel=0.05)


def test_a_shuffled_storm_is_grouped_alike(told: Run) -> None:
    one, stories, shocks, classifier = told
    again, _ = told_by(shuffled(one, 9).told, classifier)

    assert b_cubed({i: stories[i].story.id for i in shocks}, {i: again[i].story.id for i in shocks}) >= 0.9


def b_cubed(one: Mapping[UUID, UUID], other: Mapping[UUID, UUID]) -> float:
    """F1 of the agreement of two groupings, each post counting once (Bagga and Baldwin, 1998)."""
    both = Counter((one[i], other[i]) for i in one)
    sizes: defaultdict[int, Counter[UUID]] = defaultdict(Counter)
    for post in one:
        sizes[0][one[post]] += 1
        sizes[1][other[post]] += 1
    recall = sum(both[one[i], other[i]] / sizes[0][one[i]] for i in one) / len(one)
    precision = sum(both[one[i], other[i]] / sizes[1][other[i]] for i in one) / len(one)
    return 2 * precision * recall / (precision + recall)
