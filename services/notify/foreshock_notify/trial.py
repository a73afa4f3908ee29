"""A receiver tried out: a notification that says it is a test, sent by the very pipeline that deliveries go through.

It needs no database: nothing is kept, and nothing is tried again. Where a receiver keeps something open for an
incident, the test closes it in a second notification.
"""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import httpx2

from foreshock_notify.adapters.outbox import Parcel
from foreshock_notify.adapters.receivers import open_channel
from foreshock_notify.adapters.samples import a_test
from foreshock_notify.domain.notification import Kind, delivery_id, notify
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer, Outcome, Verdict
from foreshock_notify.pipeline import Attempt, Clock, Means, deliver, utc_now


class _Nowhere:
    """A book that keeps nothing."""

    async def record(
        self,
        parcel: Parcel,  # noqa: ARG002
        answer: Answer,  # noqa: ARG002
        verdict: Verdict,  # noqa: ARG002
        started_at: datetime,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> bool:
        """It counts, and that is all."""
        return True


async def try_out(receiver: Receiver, public_url: str = "", clock: Clock = utc_now) -> list[Attempt]:
    """Every attempt that was made: one, or two where something had to be closed. The first failure is the last."""
    channel = open_channel(receiver, httpx2.create_ssl_context(trust_env=False))
    means = Means(channel, _Nowhere(), clock)
    incident = uuid4()
    parcel = Parcel(uuid4(), receiver.name, incident, 0, 1, clock(), b"", clock(), uuid4())
    attempts: list[Attempt] = []
    try:
        for revision, kind in enumerate([Kind.OPENED, Kind.CLOSED] if receiver.format.keeps_open else [Kind.OPENED], 1):
            told = notify(receiver.name, kind, a_test(incident, kind, clock()), clock(), public_url)
            one = replace(
                parcel,
                id=delivery_id(incident, receiver.name, revision),
                revision=revision,
                body=channel.render(told),
                handle=attempts[-1].answer.handle if attempts else None,
            )
            attempts.append(await deliver(means, one))
            if attempts[-1].verdict.outcome is not Outcome.DELIVERED:
                break
    finally:
        await channel.close()
    return attempts
