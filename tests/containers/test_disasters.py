"""The disasters of `docs/deployment.md`, done to a stack: what the page says becomes of it, becomes of it."""

import os
import signal
from contextlib import suppress

from containers.asking import arrives, order, tells
from containers.own_servers import docker
from support.compose import MARKS, PROJECT, Deployed, told
from support.waiting import eventually

from foreshock_stack.receiver import Receiver

pytestmark = MARKS


async def test_after_a_reboot_everything_comes_up_by_itself(deployed: Deployed, receiver: Receiver) -> None:
    await deployed.up()
    await tells(deployed, receiver)
    for container in deployed.containers().values():
        if pid := container["State"]["Pid"]:
            with suppress(ProcessLookupError):  # it ended because another did
                os.kill(pid, signal.SIGKILL)
    await tells(deployed, receiver)
    assert "books agree" in deployed.shell("docker compose run --rm tools audit")


async def test_without_postgres_pushes_are_accepted_and_told_when_it_is_back(
    deployed: Deployed, receiver: Receiver
) -> None:
    await deployed.up()
    deployed.compose("stop", "postgres")
    [post] = await deployed.push(order())
    deployed.compose("start", "postgres")
    await arrives(receiver, post)
    await tells(deployed, receiver)


async def test_without_valkey_pushes_are_turned_away_and_what_is_stored_can_be_read(
    deployed: Deployed, receiver: Receiver
) -> None:
    await deployed.up()
    await tells(deployed, receiver)
    deployed.compose("stop", "valkey")
    assert await deployed.answer(order()) == 503
    assert len(deployed.ask("store", "/v1/posts?shock=true")["items"]) == 1
    deployed.compose("start", "valkey")
    await tells(deployed, receiver)


async def test_when_valkeys_volume_is_lost_what_is_pushed_again_has_its_id_and_is_told_once(
    deployed: Deployed, receiver: Receiver
) -> None:
    await deployed.up()
    before = order()
    [post] = await deployed.push(before)
    await arrives(receiver, post)
    lose(deployed, "valkey")
    await deployed.up()
    said = deployed.compose("run", "--rm", "-T", "tools", "audit", check=False)
    assert "books agree" not in said
    assert post in said
    assert await deployed.push(before) == [post]
    await tells(deployed, receiver)
    assert len(told(receiver)) == 2
    assert "books agree" in deployed.compose("run", "--rm", "-T", "tools", "audit")


async def test_when_postgres_volume_is_lost_without_a_backup_it_begins_anew_without_valkeys(
    deployed: Deployed, receiver: Receiver
) -> None:
    await deployed.up()
    before = order()
    [post] = await deployed.push(before)
    await arrives(receiver, post)
    lose(deployed, "postgres", "valkey")
    await deployed.up()
    assert await deployed.push(before) == [post]
    await eventually(lambda: [each["id"] for each in deployed.ask("store", "/v1/posts?shock=true")["items"]] == [post])
    await tells(deployed, receiver)
    assert all(len(ids) == 1 for ids in told(receiver).values())


async def test_a_full_disk_turns_pushes_away_and_loses_nothing(deployed: Deployed, receiver: Receiver) -> None:
    small = ("type=tmpfs", "device=tmpfs", "o=size=32m,uid=999,gid=999")
    labels = ("project=" + PROJECT, "volume=valkey-data")
    options = [part for option in small for part in ("--opt", option)]
    named = [part for label in labels for part in ("--label", f"com.docker.compose.{label}")]
    docker("volume", "create", *options, *named, f"{PROJECT}_valkey-data")
    await deployed.up()
    await tells(deployed, receiver)
    deployed.compose("exec", "-T", "valkey", "sh", "-c", "cat /dev/zero > /data/filler 2> /dev/null || true")
    await eventually(lambda: turned_away(deployed), within=60)
    deployed.compose("exec", "-T", "valkey", "rm", "/data/filler")
    await tells(deployed, receiver)
    assert "books agree" in deployed.shell("docker compose run --rm tools audit")


async def turned_away(deployed: Deployed) -> bool:
    return await deployed.answer(order()) == 503


def lose(deployed: Deployed, *servers: str) -> None:
    """A server's volume is gone, with the server."""
    deployed.compose("rm", "-sf", *servers)
    docker("volume", "rm", *(f"{PROJECT}_{server}-data" for server in servers))
