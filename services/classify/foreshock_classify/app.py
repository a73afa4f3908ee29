"""The one place where classify is put together.

post.ingested ─► gate ► normalise ► names ► cues ► features ► model ─┐
post.classified ◄─ urgent or normal ◄ evidence ◄ effect ◄ topics, urgency, shock
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Final

from pydantic import JsonValue

from foreshock_classify import metrics
from foreshock_classify.adapters.watchlist import load_watchlist
from foreshock_classify.domain.classifier import SUSPECT, Classifier
from foreshock_classify.settings import ClassifySettings
from foreshock_classify.training import ensure_model
from foreshock_shared.contracts.canary import is_canary
from foreshock_shared.contracts.events import PostClassified, PostIngested
from foreshock_shared.contracts.judgement import Classification, Urgency
from foreshock_shared.contracts.streams import CLASSIFIED, INGESTED, Group, Lane
from foreshock_shared.runtime.broker import make_broker
from foreshock_shared.runtime.delivery.handler import Forward, Handler
from foreshock_shared.runtime.redis import check_durability
from foreshock_shared.runtime.service import Service
from foreshock_shared.runtime.settings import load

TURN_SECONDS: Final = 0.003
"""Work after which the event loop gets its turn, so that a full batch of noise does not hold up a suspected shock."""


def build(settings: ClassifySettings | None = None) -> Service:
    """The service, not yet running; trains the model first where there is none. Raises ConfigurationError."""
    settings = settings or load(ClassifySettings)
    classifier = Classifier(ensure_model(settings.model_path), load_watchlist(settings.config_dir / "watchlist.yaml"))
    broker = make_broker(settings)
    broker.on(INGESTED, forward=CLASSIFIED)(judging(classifier))

    async def durability() -> dict[str, JsonValue]:
        return dict(await check_durability(broker.redis, settings.redis_durability))

    async def model() -> dict[str, JsonValue]:
        return {"version": classifier.version}

    return Service(
        name=Group.CLASSIFY,
        title="Foreshock classify",
        settings=settings,
        broker=broker,
        checks={"redis": durability, "model": model},
    )


def judging(classifier: Classifier) -> Handler[PostIngested]:
    """The effect: every post goes on with its judgement, suspected shocks in the urgent lane."""

    async def on_post_ingested(posts: list[PostIngested]) -> list[Forward]:
        began = turn = time.perf_counter()
        judgements: list[Classification] = []
        for part in classifier.judge_all(posts):
            judgements += part
            if time.perf_counter() - turn > TURN_SECONDS:
                await asyncio.sleep(0)
                turn = time.perf_counter()
        metrics.SECONDS.observe(time.perf_counter() - began)
        _count(judged for post, judged in zip(posts, judgements, strict=True) if not is_canary(post))
        return [
            Forward(PostClassified(post=post, classification=judged), lane_of(judged))
            for post, judged in zip(posts, judgements, strict=True)
        ]

    return on_post_ingested


def lane_of(judged: Classification) -> Lane:
    """A shock, what may be one, and whatever is critical overtakes the rest."""
    suspected = judged.shock or judged.shock_score >= SUSPECT or judged.urgency is Urgency.CRITICAL
    return Lane.URGENT if suspected else Lane.NORMAL


def _count(judged: Iterable[Classification]) -> None:
    for each in judged:
        metrics.POSTS.labels(each.urgency.value).inc()
        for topic in each.topics:
            metrics.TOPICS.labels(topic.name.value).inc()
        if each.shock:
            metrics.SHOCKS.inc()
        if lane_of(each) is Lane.URGENT:
            metrics.SUSPECTS.inc()
