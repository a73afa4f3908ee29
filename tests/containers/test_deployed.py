"""The stack as users deploy it: built from this checkout, started by compose, asked through its published ports.

Needs Docker with compose and root (to kill what runs in containers); skipped where there is none.
"""

import asyncio
import json
import os
import random
import shutil
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path

from support.compose import MARKS, Deployed, told
from support.waiting import eventually

from foreshock_stack.commands import replay
from foreshock_stack.load import Load, directive, posts
from foreshock_stack.receiver import Receiver

pytestmark = MARKS

COUNT = int(os.environ.get("FORESHOCK_TEST_POSTS", "5000"))
SCALE = ("--scale", "ingest=2", "--scale", "classify=3", "--scale", "store=2", "--scale", "notify=2")
SCALED = {"ingest": 2, "classify": 3, "store": 2, "notify": 2, "front": 1, "valkey": 1, "postgres": 1, "migrate": 1}
KILLS = 12
PAUSE = 3


def recording(folder: Path, name: str, count: int) -> Path:
    file = folder / f"{name}.jsonl"
    rows = posts(Load(count, directive_every=250, run=name))
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


async def test_a_fresh_stack_comes_up_tells_an_alert_and_keeps_everything_over_a_restart(
    deployed: Deployed, receiver: Receiver
) -> None:
    seconds = await deployed.up()
    print(f"healthy after {seconds:.1f} s")

    [order] = await deployed.push([directive("the-one") | {"native_id": "order-1", "lang": "en"}])
    await eventually(lambda: receiver.received, within=10)
    [alert] = receiver.received
    assert alert.signed
    assert [post["id"] for post in alert.data["posts"]] == [order]

    [item] = deployed.ask("store", "/v1/posts?shock=true")["items"]
    assert item["id"] == order
    [incident] = deployed.ask("notify", "/v1/incidents")["items"]
    assert incident["id"] == alert.data["incident_id"]

    for name, container in deployed.containers().items():
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert host["Memory"] > 0, name
        assert 0 < host["PidsLimit"] <= 128, name
        assert container["Config"]["User"] not in {"", "root", "0"}, name
        assert {port["HostIp"] for ports in (host["PortBindings"] or {}).values() for port in ports} <= {"127.0.0.1"}

    deployed.compose("down", "-t", "30")
    deployed.tell(receiver.url)
    await deployed.up()
    assert await deployed.push([directive("the-one") | {"native_id": "order-1", "lang": "en"}]) == [order]
    assert [each["id"] for each in deployed.ask("store", "/v1/posts?shock=true")["items"]] == [order]
    await deployed.push([directive("another") | {"native_id": "order-2", "lang": "en"}])
    await eventually(lambda: len({each.data["incident_id"] for each in receiver.received}) == 2, within=10)
    assert all(len(ids) == 1 for ids in told(receiver).values())


async def test_replicas_that_are_killed_lose_nothing_and_a_backup_brings_everything_back(
    deployed: Deployed, receiver: Receiver, own_folder: Path
) -> None:
    await deployed.up(*SCALE)
    running: Counter[str] = Counter()
    for container in deployed.containers().values():
        running[container["Config"]["Labels"]["com.docker.compose.service"]] += 1
    assert running == SCALED

    ledger = own_folder / "ledger"
    wish = replay.Replay(
        recording(own_folder, "chaos", COUNT),
        deployed.url("ingest"),
        deployed.key,
        speed=0,
        ledger=ledger,
        batch=max(5, COUNT // 1_000),
    )
    pushing = asyncio.create_task(asyncio.to_thread(replay.run, wish))
    chance = random.Random(7)  # noqa: S311  repeatable, not secret
    kills = 0
    while kills < KILLS or not pushing.done():
        await asyncio.sleep(PAUSE)  # the time between two crashes, not a wait for anything
        running_now = [each for each in deployed.containers().values() if each["State"].get("Health")]
        well = [each for each in running_now if each["State"]["Health"]["Status"] == "healthy"]
        if 2 * len(well) > len(running_now):  # else whatever is down has to come up first
            victim = chance.choice(sorted(well, key=lambda each: str(each["Name"])))
            print(f"killing {victim['Name']}")
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(victim["State"]["Pid"], signal.SIGKILL)
            kills += 1
    assert await pushing == 0
    assert len(set(ledger.read_text().split())) == COUNT
    await deployed.well()
    said = deployed.audited(ledger)
    assert "the books agree" in said
    assert "still on their way" not in said
    before = told(receiver)
    assert before
    assert all(len(ids) == 1 for ids in before.values())

    kept = own_folder / "backup"
    deployed.script("backup.sh", str(kept))
    await deployed.well()
    deployed.destroy()
    assert deployed.containers() == {}
    shutil.rmtree(deployed.folder / "deploy/secrets")
    deployed.script("restore.sh", str(kept))
    deployed.tell(receiver.url)
    await deployed.well()
    assert "the books agree" in deployed.audited(ledger)
    wish = replay.Replay(wish.file, wish.url, wish.key, speed=0, ledger=own_folder / "again", batch=200)
    assert await asyncio.to_thread(replay.run, wish) == 0
    assert set((own_folder / "again").read_text().split()) == set(ledger.read_text().split())
    assert "the books agree" in deployed.audited(ledger)
    after = told(receiver)
    assert after.keys() == before.keys()
    assert all(len(ids) == 1 for ids in after.values())
