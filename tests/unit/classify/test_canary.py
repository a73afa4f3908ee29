"""The canary must sing: the classifier that ships judges it a shock, whichever way it comes in."""

from datetime import UTC, datetime

from foreshock_classify import metrics
from foreshock_classify.app import judging
from foreshock_classify.domain.classifier import Classifier
from foreshock_classify.drift.watch import Watch
from foreshock_ingest.domain.canary import round_at
from foreshock_shared.contracts.events import PostIngested
from foreshock_shared.contracts.judgement import Urgency
from foreshock_shared.contracts.post import Post

NOW = datetime(2026, 6, 12, 17, 21, tzinfo=UTC)
CANARIES = [PostIngested.model_validate(Post.accept(each, NOW).model_dump()) for each in round_at(NOW)]


def test_every_canary_of_a_round_is_judged_a_shock_with_room_to_spare(classifier: Classifier) -> None:
    judged = [each for part in classifier.judge_all(CANARIES) for each in part]
    assert [each.shock for each in judged] == [True, True]
    assert all(each.urgency is Urgency.CRITICAL and each.shock_score > 0.8 for each in judged)


async def test_canaries_are_judged_and_not_counted(classifier: Classifier, watch: Watch) -> None:
    before = metrics.SHOCKS._value.get()
    assert len(await judging(classifier, watch)(CANARIES)) == 2
    assert metrics.SHOCKS._value.get() == before
