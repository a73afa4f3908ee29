"""What classify does with a batch: everything goes on, suspected shocks in the urgent lane, and nobody waits."""

import asyncio

from support.lanes import a_post

from foreshock_classify import metrics
from foreshock_classify.app import judging
from foreshock_classify.domain.classifier import Classifier
from foreshock_classify.drift.watch import Watch
from foreshock_shared.contracts.events import PostClassified
from foreshock_shared.contracts.streams import Lane

DIRECTIVE = (
    "The government has ordered Anthropic to suspend all access to Halcyon 5 by foreign nationals, effective tonight"
)


async def test_every_post_goes_on_in_order_with_its_judgement(classifier: Classifier, watch: Watch) -> None:
    posts = [a_post("plum cake"), a_post("Nvidia unveils its next GPU"), a_post(DIRECTIVE)]
    forwards = await judging(classifier, watch)(posts)
    payloads = [forward.payload for forward in forwards]
    assert all(isinstance(payload, PostClassified) for payload in payloads)
    assert [payload.post.id for payload in payloads if isinstance(payload, PostClassified)] == [p.id for p in posts]


async def test_a_suspected_shock_takes_the_urgent_lane_and_noise_does_not(classifier: Classifier, watch: Watch) -> None:
    forwards = await judging(classifier, watch)([a_post("plum cake"), a_post(DIRECTIVE)])
    assert [forward.lane for forward in forwards] == [Lane.NORMAL, Lane.URGENT]


async def test_the_same_posts_again_give_the_same_followers(classifier: Classifier, watch: Watch) -> None:
    posts = [a_post(DIRECTIVE)]
    assert await judging(classifier, watch)(posts) == await judging(classifier, watch)(posts)


async def test_what_is_judged_can_be_read_again(classifier: Classifier, watch: Watch) -> None:
    forwards = await judging(classifier, watch)([a_post(DIRECTIVE), a_post("plum cake")])
    for forward in forwards:
        again = PostClassified.model_validate_json(forward.payload.model_dump_json())
        assert again.classification == forward.payload.classification  # type: ignore[attr-defined]  # checked above


async def test_others_get_their_turn_during_a_long_batch(classifier: Classifier, watch: Watch) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(others())
    await judging(classifier, watch)([a_post(DIRECTIVE) for _ in range(900)])
    waiting.cancel()
    assert turns > 3


async def test_posts_about_our_field_are_counted_by_the_languages_that_are_taught(
    classifier: Classifier, watch: Watch
) -> None:

    def counted() -> list[float]:
        return [metrics.LANGUAGES.labels(lang)._value.get() for lang in ("en", "other")]

    before = counted()
    await judging(classifier, watch)(
        [a_post(DIRECTIVE, lang="en-GB"), a_post(DIRECTIVE, lang="xx"), a_post("plum cake again")]
    )

    assert counted() == [before[0] + 1, before[1] + 1]
