"""How notify is put together.

    post.stored ──► on_post_stored ──► ledger: decide, incidents, deliveries, in one transaction
                                          │ wakes
                                          ▼
                                       dispatch ──► pipeline: lease, sign, send, judge, record, report ──► receivers

    canaries ──► written down, a heartbeat for who watches for its absence; no rule sees them

Beside them the rules file is followed, idle incidents are closed and gauges are set.
"""

from foreshock_notify import api, api_deliveries
from foreshock_notify.acknowledge_page import make_acknowledge_page
from foreshock_notify.actions import make_actions, make_silences
from foreshock_notify.decision_api import decision_router
from foreshock_notify.desk import Desk
from foreshock_notify.settings import NotifySettings
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.streams import STORED, Group
from foreshock_shared.runtime.broker import make_broker
from foreshock_shared.runtime.delivery.handler import Forward
from foreshock_shared.runtime.service import Service
from foreshock_shared.runtime.settings import load


def build(settings: NotifySettings | None = None) -> Service:
    """The service. Raises ConfigurationError where the environment or rules.yaml is wrong."""
    settings = settings or load(NotifySettings)
    desk = Desk(settings)
    broker = make_broker(settings)

    @broker.on(STORED)
    async def on_post_stored(posts: list[PostStored]) -> list[Forward]:
        """Decide each post and write down who is to be told. Nothing follows on any stream."""
        await desk.enter(posts)
        return []

    page = make_acknowledge_page(desk.headline, desk.acknowledge, settings.link_key, desk.now)
    acknowledging = (page,) if settings.link_key else ()
    return Service(
        name=Group.NOTIFY,
        title="Foreshock notify",
        settings=settings,
        broker=broker,
        routers=(
            api.make_router(lambda: desk.reads, settings.api_key),
            api_deliveries.make_router(lambda: desk.reads, lambda: desk.pool, settings.api_key),
            decision_router(lambda: desk.reads, lambda: desk.rules, settings.api_key),
            make_actions(desk, settings.api_key),
            make_silences(desk, settings.api_key),
            *acknowledging,
        ),
        background=(desk.open,),
        checks={
            "database": desk.check_database,
            "rules": desk.check_rules,
            "receivers": desk.check_receivers,
            "canary": desk.check_canary,
        },
    )
