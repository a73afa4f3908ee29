"""The one place where the store is put together.

post.classified ──► archive: claim key ► story ► row ► read back as stored ──► post.stored (relevant posts only)
dead.<group>    ──► dead letters in Postgres
post.stored     ──► trimmed by age and bytes
partitions      ──► made ahead, dropped by retention
corrections     ──► stories, posts, outbox ──► post.stored
Postgres        ──► read API
"""

from datetime import UTC, datetime

from foreshock_shared.contracts.events import PostClassified
from foreshock_shared.contracts.streams import CLASSIFIED, STORED, Group
from foreshock_shared.runtime.broker import make_broker
from foreshock_shared.runtime.delivery.handler import Forward
from foreshock_shared.runtime.service import Service
from foreshock_shared.runtime.settings import load
from foreshock_store import metrics
from foreshock_store.api.corrections import corrections_api
from foreshock_store.api.routes import read_api
from foreshock_store.chores import repeating
from foreshock_store.domain.lanes import lane_of
from foreshock_store.settings import StoreSettings
from foreshock_store.storage import Storage

CORRECTIONS_EVERY = 1.0
LETTERS_EVERY = 5.0
TRIM_EVERY = 60.0
PARTITIONS_EVERY = 1_800.0


def build(settings: StoreSettings | None = None) -> Service:
    """The service, not yet running. Raises ConfigurationError."""
    settings = settings or load(StoreSettings)
    broker = make_broker(settings)
    storage = Storage(settings)

    @broker.on(CLASSIFIED, forward=STORED)
    async def on_post_classified(posts: list[PostClassified]) -> list[Forward]:
        stored = await storage.archive.keep(posts, _now())
        relevant = sum(post.classification.relevant for post in posts)
        metrics.STORED.labels("relevant").inc(relevant)
        metrics.STORED.labels("noise").inc(len(posts) - relevant)
        return [Forward(post, lane_of(post)) for post in stored]

    return Service(
        name=Group.STORE,
        title="Foreshock store",
        settings=settings,
        broker=broker,
        routers=[
            read_api(lambda: storage.reader, settings.api_key),
            corrections_api(lambda: storage.corrections, settings.api_key),
        ],
        background=[
            storage.opened,
            lambda: repeating("partitions", PARTITIONS_EVERY, lambda: storage.tend_partitions(_now())),
            lambda: repeating("corrections", CORRECTIONS_EVERY, storage.tell_corrections),
            lambda: repeating("dead letters", LETTERS_EVERY, storage.collect_letters),
            lambda: repeating("public stream", TRIM_EVERY, storage.trim_public_stream),
        ],
        checks={"database": storage.check_database, "partitions": lambda: storage.check_partitions(_now())},
    )


def _now() -> datetime:
    return datetime.now(UTC)
