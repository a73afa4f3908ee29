"""The one place where the store is put together.

post.classified ──► archive: claim key ► story ► row ► read back as stored ──► post.stored (relevant posts only)
                └─► canaries: tried on the same tables and taken back ──► post.stored, judged none
dead.<group>    ──► dead letters in Postgres
post.stored     ──► trimmed by age and bytes
partitions      ──► made ahead, dropped by retention
shocks, volumes ──► shock index, as gauges and over the read API
corrections     ──► stories, posts, outbox ──► post.stored
Postgres        ──► read API
"""

from datetime import UTC, datetime

from structlog import get_logger

from foreshock_shared.contracts.canary import is_canary
from foreshock_shared.contracts.events import PostClassified, PostStored
from foreshock_shared.contracts.streams import CLASSIFIED, STORED, Group, Lane
from foreshock_shared.runtime import tracing
from foreshock_shared.runtime.broker import make_broker
from foreshock_shared.runtime.delivery.handler import Forward
from foreshock_shared.runtime.service import Service
from foreshock_shared.runtime.settings import load
from foreshock_store import metrics
from foreshock_store.api.corrections import corrections_api
from foreshock_store.api.index import index_api
from foreshock_store.api.routes import read_api
from foreshock_store.chores import repeating
from foreshock_store.domain.canary import told
from foreshock_store.domain.lanes import lane_of
from foreshock_store.settings import StoreSettings
from foreshock_store.storage import Storage

log = get_logger()

CORRECTIONS_EVERY = 1.0
LETTERS_EVERY = 5.0
TRIM_EVERY = 60.0
INDEX_EVERY = 300.0
PARTITIONS_EVERY = 1_800.0


def build(settings: StoreSettings | None = None) -> Service:
    """The service, not yet running. Raises ConfigurationError."""
    settings = settings or load(StoreSettings)
    broker = make_broker(settings)
    storage = Storage(settings)

    @broker.on(CLASSIFIED, forward=STORED)
    async def on_post_classified(posts: list[PostClassified]) -> list[Forward]:
        canaries = [post for post in posts if is_canary(post)]
        posts = [post for post in posts if not is_canary(post)] if canaries else posts
        stored = await storage.archive.keep(posts, _now()) if posts else []
        relevant = sum(post.classification.relevant for post in posts)
        metrics.STORED.labels("relevant").inc(relevant)
        metrics.STORED.labels("noise").inc(len(posts) - relevant)
        copies = sum(post.origin != post.id for post in stored)
        metrics.TEXTS.labels("copy").inc(copies)
        metrics.TEXTS.labels("origin").inc(len(stored) - copies)
        if tracing.is_on():
            stored = in_their_traces(posts, stored)
        return [Forward(post, lane_of(post)) for post in stored] + await rehearse(storage, canaries)

    return Service(
        name=Group.STORE,
        title="Foreshock store",
        settings=settings,
        broker=broker,
        routers=[
            read_api(lambda: storage.reader, settings.api_key),
            index_api(lambda: storage.index, settings.api_key),
            corrections_api(lambda: storage.corrections, settings.api_key),
        ],
        background=[
            storage.opened,
            lambda: repeating("partitions", PARTITIONS_EVERY, lambda: storage.tend_partitions(_now())),
            lambda: repeating("corrections", CORRECTIONS_EVERY, storage.tell_corrections),
            lambda: repeating("dead letters", LETTERS_EVERY, storage.collect_letters),
            lambda: repeating("public stream", TRIM_EVERY, storage.trim_public_stream),
            lambda: repeating("shock index", INDEX_EVERY, lambda: storage.measure_index(_now())),
        ],
        checks={"database": storage.check_database, "partitions": lambda: storage.check_partitions(_now())},
    )


async def rehearse(storage: Storage, canaries: list[PostClassified]) -> list[Forward]:
    """Try canaries on the tables and let them go on in the urgent lane; one that is not judged a shock ends here."""
    if not canaries:
        return []
    now = _now()
    await storage.archive.rehearse(canaries, now)
    for canary in canaries:
        judged = canary.classification
        metrics.CANARIES.labels("passed" if judged.shock else "misjudged").inc()
        if not judged.shock:
            log.error("a canary was not judged a shock", shock_score=judged.shock_score, model=judged.why.model)
    return [
        Forward(told(canary, now).traced(canary.traceparent), Lane.URGENT)
        for canary in canaries
        if canary.classification.shock
    ]


def in_their_traces(came: list[PostClassified], stored: list[PostStored]) -> list[PostStored]:
    """What goes on, with the contexts of what came: these are on their way with the posts and are not stored."""
    contexts = {post.id: post.traceparent for post in came}
    return [post.traced(contexts.get(post.id)) for post in stored]


def _now() -> datetime:
    return datetime.now(UTC)
