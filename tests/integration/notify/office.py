"""One replica of notify without its service around it: a ledger, its rules and its dispatch."""

from datetime import datetime
from typing import Any

import asyncpg
from unit.notify.building import a_post, a_rule, a_rule_set

from foreshock_notify.adapters.ledger import Ledger
from foreshock_notify.dispatch import Dispatch
from foreshock_notify.domain.notification import IncidentData, Kind, notify
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.pipeline import utc_now


def freeze(kind: Kind, data: IncidentData, at: datetime) -> bytes:
    """The body of a delivery to `desk`."""
    return notify("desk", kind, data, at, "").model_dump_json().encode()


class Office:
    """One replica: a ledger and its dispatch."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.ledger = Ledger(pool)
        self.rules = a_rule_set()
        self.dispatch = Dispatch(pool, "https://alerts.example.org", rules=lambda: self.rules, key=b"a key")

    async def employ(self, *receivers: Receiver) -> None:
        rule = a_rule(send_to=[receiver.name for receiver in receivers])
        self.rules = a_rule_set(rule, receivers=receivers)
        await self.dispatch.sync(self.rules.receivers)

    async def post(self, name: str, **what: Any) -> None:
        entered = await self.ledger.enter(self.rules, [a_post(name, at=utc_now(), **what)], utc_now())
        self.dispatch.wake(entered.receivers)

    async def deliveries(self) -> list[dict[str, Any]]:
        rows = await self.pool.fetch("SELECT * FROM notify.deliveries ORDER BY incident_id, receiver, revision")
        return [dict(row) for row in rows]

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.deliveries()]

    async def hurry(self) -> None:
        """Let whatever waits for its time be due now."""
        await self.pool.execute("UPDATE notify.deliveries SET due_at = now() - interval '1 s' WHERE state = 'pending'")
        self.dispatch.wake(self.rules.receivers)
