"""The same posts on two stacks, one of which loses every process in turn: the same incidents, each told as one."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx2
import pytest
from support.storm import Told, storm
from support.waiting import eventually

from foreshock_stack.child import ChildStack
from foreshock_stack.commands import audit, replay
from foreshock_stack.environment import SERVICES
from foreshock_stack.receiver import Received, Receiver, new_secret

pytestmark = [pytest.mark.servers, pytest.mark.timeout(420)]

SIZE = {"loud": 40, "quiet": 15, "around": 125}
VICTIMS = ("valkey-server", "postgres", *(f"foreshock_{name}" for name in SERVICES))


class Play:
    """A stack that is pushed the storm in as many parts as there are processes to kill."""

    def __init__(self, folder: Path, *, kills: bool) -> None:
        secret = new_secret()
        self.kills = kills
        self.folder = folder
        self.receiver = Receiver(secret, self._hear)
        self.stack = ChildStack(folder, self.receiver.url, secret)
        self.ledger = folder / "ledger"
        self._has_died = False

    @asynccontextmanager
    async def started(self) -> AsyncIterator["Play"]:
        with self.receiver:
            try:
                await self.stack.start()
                yield self
            finally:
                self.stack.kill()

    def _hear(self, _: Received) -> None:
        """Notify dies while the receiver has its first webhook in hand, and does not hear the answer."""
        if self.kills and not self._has_died:
            self._has_died = True
            self.stack.crash("foreshock_notify")

    async def run(self, told: list[Told]) -> None:
        for number, victim in enumerate(VICTIMS):
            part = told[number * len(told) // len(VICTIMS) : (number + 1) * len(told) // len(VICTIMS)]
            assert await asyncio.to_thread(replay.run, self._wish(number, part)) == 0
            if self.kills:
                await eventually(partial(self._crash, victim), within=30)
        await eventually(self.stack.ready, within=60)
        assert await asyncio.to_thread(audit.run, self.stack.environment, self.ledger, 120) == 0

    def _crash(self, victim: str) -> bool:
        """Kill it; where it is just being started again, as soon as it is there."""
        self.stack.crash(victim)
        return True

    def _wish(self, number: int, part: list[Told]) -> replay.Replay:
        """A part of the storm as a client pushes it: without dates, since everything happens now."""
        file = self.folder / f"part-{number}.jsonl"
        rows = (each.post.model_dump(mode="json", exclude_none=True, exclude={"created_at"}) for each in part)
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        address = self.stack.environment.address("ingest")
        return replay.Replay(file, address, self.stack.key, speed=0, ledger=self.ledger)

    def told_of(self) -> set[str]:
        """Ids of the incidents that a webhook has told of."""
        return {each.data["incident_id"] for each in self.receiver.received}

    async def incidents(self) -> dict[str, str]:
        """Ids and headlines, as the API has them."""
        address = f"{self.stack.environment.address('notify')}/v1/incidents?limit=100"
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.get(address, headers={"authorization": f"Bearer {self.stack.key}"})
        return {item["id"]: item["headline"] for item in answer.json()["items"]}


async def test_a_stack_that_loses_every_process_makes_the_same_incidents_and_repeats_webhooks_unchanged(
    own_folder: Path,
) -> None:
    told = storm(3, **SIZE).told
    async with (
        Play(own_folder / "calm", kills=False).started() as calm,
        Play(own_folder / "killed", kills=True).started() as killed,
    ):
        await asyncio.gather(calm.run(told), killed.run(told))

        incidents = await eventually(killed.incidents, within=60)
        assert incidents == await calm.incidents()
        assert len(incidents) == 2
        await eventually(lambda: calm.told_of() == killed.told_of() == set(incidents), within=60)
        await eventually(lambda: _repeated(killed.receiver.received), within=60)
        heard = defaultdict(list)
        for each in killed.receiver.received:
            assert each.signed
            heard[each.data["incident_id"], each.data["revision"]].append(each)
        for repeats in heard.values():
            assert len({(each.webhook_id, each.body) for each in repeats}) == 1


def _repeated(received: list[Received]) -> bool:
    return len({each.webhook_id for each in received}) < len(received)
