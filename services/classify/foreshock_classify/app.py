"""The one place where classify is put together.

post.ingested ─► gate ► normalise ► names ► cues ► features ► model ─┐
post.classified ◄─ urgent or normal ◄ evidence ◄ effect ◄ topics, urgency, shock
"""

import asyncio
import time
from functools import partial
from typing import Final

from pydantic import JsonValue

from foreshock_classify import metrics
from foreshock_classify.adapters.watchlist import load_watchlist
from foreshock_classify.domain.classifier import SUSPECT, Classifier
from foreshock_classify.drift.reference import SCORES, Reference
from foreshock_classify.drift.watch import Watch
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
    watch = watching(Reference.load(settings.model_path))
    metrics.MODEL.labels(classifier.version).set(1)
    broker = make_broker(settings)
    broker.on(INGESTED, forward=CLASSIFIED)(judging(classifier, watch))

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


def watching(reference: Reference) -> Watch:
    """A watch for drift, which is asked whenever metrics are."""
    watch = Watch(reference)
    for score in SCORES:
        metrics.SCORE_DRIFT.labels(score).set_function(partial(watch.score_drift, score))
    metrics.UNKNOWN_WORDS.set_function(watch.unknown_words)
    metrics.UNKNOWN_WORDS_EXPECTED.set_function(watch.unknown_words_expected)
    return watch


def judging(classifier: Classifier, watch: Watch) -> Handler[PostIngested]:
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
        for post, judged in zip(posts, judgements, strict=True):
            if not is_canary(post):
                _count(judged)
                if judged.relevant:
                    metrics.LANGUAGES.labels(judged.lang if judged.lang in watch.languages else "other").inc()
                    watch.see(post, judged)
        return [
            Forward(PostClassified(post=post, classification=judged), lane_of(judged))
            for post, judged in zip(posts, judgements, strict=True)
        ]

    return on_post_ingested


def lane_of(judged: Classification) -> Lane:
    """A shock, what may be one, and whatever is critical overtakes the rest."""
    suspected = judged.shock or judged.shock_score >= SUSPECT or judged.urgency is Urgency.CRITICAL
    return Lane.URGENT if suspected else Lane.NORMAL


def _count(judged: Classification) -> None:
    metrics.POSTS.labels(judged.urgency.value).inc()
    for topic in judged.topics:
        metrics.TOPICS.labels(topic.name.value).inc()
    if judged.shock:
        metrics.SHOCKS.inc()
    if lane_of(judged) is Lane.URGENT:
        metrics.SUSPECTS.inc()
