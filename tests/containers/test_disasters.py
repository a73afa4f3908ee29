"""The disasters of `docs/deployment.md`, done to a stack: what the page says becomes of it, becomes of it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from containers.asking import arrives, order, tells
from containers.docker import docker
from support.compose import MARKS, PROJECT, Deployed, told
from support.waiting import eventually

from foreshock_stack.receiver import Receiver

pytestmark = MARKS

SMALL_DISK = """
volumes:
  valkey-data: {{driver_opts: {{type: none, o: bind, device: {folder}}}}}
"""


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
    before, post = await told_and_lost(deployed, receiver, "valkey")
    said = deployed.compose("run", "--rm", "-T", "tools", "audit", check=False)
    assert "books agree" not in said
    assert f"its id begins with {post[:8]}" in said
    assert await deployed.push(before) == [post]
    await tells(deployed, receiver)
    assert len(told(receiver)) == 2


async def test_when_postgres_volume_is_lost_without_a_backup_it_begins_anew_without_valkeys(
    deployed: Deployed, receiver: Receiver
) -> None:
    before, post = await told_and_lost(deployed, receiver, "postgres", "valkey")
    assert await deployed.push(before) == [post]
    await eventually(lambda: [each["id"] for each in deployed.ask("store", "/v1/posts?shock=true")["items"]] == [post])
    await tells(deployed, receiver)
    assert all(len(ids) == 1 for ids in told(receiver).values())


@pytest.fixture
def small_disk(own_folder: Path) -> Iterator[Path]:
    """A file system of 32 MB that Valkey's user may write to."""
    folder = own_folder / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m,uid=999,gid=999", "tmpfs", folder], check=True)  # noqa: S603, S607
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S603, S607


async def test_a_full_disk_turns_pushes_away_and_loses_nothing(
    small_disk: Path, deployed: Deployed, receiver: Receiver
) -> None:
    (deployed.folder / "small.yaml").write_text(SMALL_DISK.format(folder=small_disk))
    (deployed.folder / ".env").write_text("COMPOSE_FILE=compose.yaml:small.yaml\n")
    await deployed.up()
    await tells(deployed, receiver)
    filler = small_disk / "filler"
    with suppress(OSError):
        filler.write_bytes(bytes(32_000_000))
    await eventually(lambda: turned_away(deployed), within=60)
    filler.unlink()
    await tells(deployed, receiver)
    assert "books agree" in deployed.shell("docker compose run --rm tools audit")


async def turned_away(deployed: Deployed) -> bool:
    return await deployed.answer(order()) == 503


async def told_and_lost(deployed: Deployed, receiver: Receiver, *servers: str) -> tuple[list[dict[str, object]], str]:
    """An order that was told, and its id; then these servers lost their volumes, and the stack is up again."""
    await deployed.up()
    rows = order()
    [post] = await deployed.push(rows)
    await arrives(receiver, post)
    deployed.compose("rm", "-sf", *servers)
    docker("volume", "rm", *(f"{PROJECT}_{server}-data" for server in servers))
    await deployed.up()
    return rows, post
