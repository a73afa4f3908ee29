"""The broker of a service: FastStream's, with the read loop of ours under its stream subscribers.

From FastStream come the broker's lifecycle, the AsyncAPI document, middlewares around every batch and handlers that a
test calls as they are. Its own loop for streams is not used: it fails a whole batch for one bad item, cannot claim in
batches, starts groups at "now" and ends the process with status 0 when its group is gone.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from faststream import AckPolicy
from faststream._internal.broker.registrator import Registrator
from faststream._internal.endpoint.subscriber.call_item import CallsCollection
from faststream._internal.endpoint.subscriber.usecase import SubscriberUsecase
from faststream.message import StreamMessage
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.subscriber.config import RedisSubscriberConfig, RedisSubscriberSpecificationConfig
from faststream.redis.subscriber.specification import StreamSubscriberSpecification
from faststream.redis.subscriber.usecases import StreamSubscriber
from pydantic import JsonValue
from redis.asyncio import Redis
from typing_extensions import override

from foreshock_shared.contracts.events import PAYLOADS
from foreshock_shared.contracts.streams import Lane, Stream
from foreshock_shared.runtime.delivery.handler import Forward, Handler
from foreshock_shared.runtime.delivery.lane import LaneReader, Timing
from foreshock_shared.runtime.delivery.processor import Processor
from foreshock_shared.runtime.delivery.vitals import measure
from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_shared.runtime.redis import connect
from foreshock_shared.runtime.settings import ServiceSettings

READ_WITHIN = 15.0
"""Seconds without a read that worked, after which a lane counts as not ready."""


class LaneSubscriber(StreamSubscriber):
    """A stream subscriber of FastStream whose messages are whole batches, read by a `LaneReader`."""

    def __init__(self, config: RedisSubscriberConfig, specification: StreamSubscriberSpecification, calls: Any) -> None:
        super().__init__(config, specification, calls)
        self._parser = _parse
        self._decoder = _decode
        self.reader: LaneReader[Any] | None = None

    @override
    async def start(self) -> None:
        if self.reader is None:
            raise RuntimeError(f"nothing reads {self.stream_sub.name}: subscribe through LaneBroker.on")
        await SubscriberUsecase.start(self)
        self._post_start()
        self.add_task(self.reader.run, restart_on_failure=False)

    @override
    async def stop(self) -> None:
        if self.reader is not None:
            for task in self.tasks:
                await self.reader.stop(task)
            await asyncio.gather(*self.tasks, return_exceptions=True)
        await super().stop()

    async def handle(self, payloads: list[Any]) -> list[Forward]:
        """The effect of a batch, through FastStream's middlewares."""
        response = await self.process_message(payloads)
        return list(response.body)


class LaneBroker(RedisBroker):
    """A broker whose subscribers are lanes; made by `make_broker`."""

    def __init__(self, settings: ServiceSettings, timing: Timing) -> None:
        super().__init__(
            settings.redis_url.get_secret_value(),
            logger=None,  # type: ignore[arg-type]  # silence is allowed, the hint forgot it
            apply_types=False,
            retry=None,
            description="Redis Streams; every entry carries 1 to 200 posts",
        )
        self.redis = connect(settings.redis_url)
        """For everything that does not block; shared by the lanes."""
        self._settings = settings
        self._timing = timing
        self._blocking: list[Redis] = []
        self._lanes: list[LaneSubscriber] = []

    def on(self, stream: Stream, *, forward: Stream | None = None) -> Callable[[Handler[Any]], Handler[Any]]:
        """Subscribe a handler to both lanes of a stream; what it returns is published to `forward`."""

        def subscribe(handler: Handler[Any]) -> Handler[Any]:
            for lane in Lane:
                subscriber = self._subscriber(stream, lane)
                subscriber(handler)
                subscriber.reader = self._reader(stream, lane, subscriber.handle, forward)
                self._lanes.append(subscriber)
            return handler

        return subscribe

    def _subscriber(self, stream: Stream, lane: Lane) -> LaneSubscriber:
        sub = StreamSub(stream.key(lane), group=stream.group.value, consumer=self._settings.consumer)
        outer: Any = self.config
        config = RedisSubscriberConfig(stream_sub=sub, _outer_config=outer, _ack_policy=AckPolicy.MANUAL, no_reply=True)
        about = RedisSubscriberSpecificationConfig(
            title_=f"{stream.key(lane)}:{stream.group.value}",
            description_=None,
            include_in_schema=True,
        )
        calls = CallsCollection[Any]()
        subscriber = LaneSubscriber(config, StreamSubscriberSpecification(outer, about, calls, stream_sub=sub), calls)
        Registrator.subscriber(self, subscriber)
        return subscriber

    def _reader(self, stream: Stream, lane: Lane, effect: Handler[Any], forward: Stream | None) -> LaneReader[Any]:
        blocking = connect(self._settings.redis_url, single=True)
        self._blocking.append(blocking)
        processor = Processor(
            self.redis,
            stream,
            lane,
            kind=PAYLOADS[stream.event],
            handler=effect,
            forward=forward,
            seconds=self._timing.effect,
        )
        return LaneReader(
            self.redis,
            blocking,
            stream,
            lane,
            consumer=self._settings.consumer,
            processor=processor,
            timing=self._timing,
        )

    @override
    async def stop(self, *args: Any, **kwargs: Any) -> None:
        await super().stop(*args, **kwargs)
        for client in (*self._blocking, self.redis):
            await client.aclose()

    async def measure(self) -> None:
        """Ask the server how each lane is, and set the gauges."""
        for subscriber in self._lanes:
            if subscriber.reader is not None:
                await measure(self.redis, subscriber.reader.stream, subscriber.reader.lane)

    async def health(self) -> dict[str, JsonValue]:
        """What each lane really does. Raises DependencyUnavailable where one has not read for `READ_WITHIN` seconds."""
        found: dict[str, JsonValue] = {}
        for subscriber in self._lanes:
            reader = subscriber.reader
            if reader is None or reader.last_read is None:
                raise DependencyUnavailable(f"{subscriber.stream_sub.name} has not been read yet")
            silent = time.time() - reader.last_read
            if silent > READ_WITHIN:
                raise DependencyUnavailable(
                    f"{subscriber.stream_sub.name} was last read {silent:.0f} s ago: {reader.trouble or 'stuck'}"
                )
            vitals = await measure(self.redis, reader.stream, reader.lane)
            found[subscriber.stream_sub.name] = {
                "last_read_seconds_ago": round(silent, 3),
                "backlog": vitals.backlog,
                "oldest_pending_seconds": round(vitals.oldest, 3),
                "trouble": reader.trouble,
            }
        return found


def make_broker(settings: ServiceSettings, timing: Timing | None = None) -> LaneBroker:
    """The broker of a service; its lanes start with it and are stopped with it, each finishing the batch in hand."""
    return LaneBroker(settings, timing or Timing())


async def _parse(batch: Any) -> StreamMessage[Any]:
    return StreamMessage(raw_message=batch, body=batch)


async def _decode(message: StreamMessage[Any]) -> Any:
    return message.body
