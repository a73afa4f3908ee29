"""Each procedure of `docs/deployment.md` as it is written: the commands are taken from the page and typed in.

Afterwards the stack has to do its work: an order that is pushed is told. Only the address of a server, a version and
what a person edits by hand are put in.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx2
from containers.asking import order, tells
from standardwebhooks import Webhook
from support.compose import MARKS, Deployed, told
from support.pages import Page
from support.waiting import eventually

from foreshock_stack.receiver import Receiver, new_secret

pytestmark = MARKS

PAGE = Page("deployment.md")
IMAGES = ("front", "ingest", "classify", "store", "notify", "tools")


async def test_installing_it_and_the_first_push(deployed: Deployed, receiver: Receiver) -> None:
    deployed.shell(PAGE.block("Installing"))
    await deployed.well()
    assert ", 0 fault" in deployed.shell(PAGE.block("Installing", 1))
    pushed = PAGE.block("Installing", 2).replace(":8701", f":{deployed.ports['ingest']}")
    assert '"accepted":["' in deployed.shell(pushed)
    await eventually(lambda: receiver.received, within=20)
    assert deployed.shell("docker compose run --rm tools audit").count("books agree") == 1
    deployed.shell("docker compose run --rm tools dead list")
    deployed.shell('docker compose run --rm tools explain "The ministry suspends all access to two models"')
    deployed.shell(PAGE.block("Sizing"))
    await tells(deployed, receiver)
    assert len([name for name in deployed.containers() if "_classify" in name or "-classify" in name]) == 3


async def test_a_backup_and_the_way_back(deployed: Deployed, receiver: Receiver) -> None:
    await deployed.up()
    await tells(deployed, receiver)
    deployed.shell(PAGE.block("Backup and restore"))
    await tells(deployed, receiver)
    before = told(receiver)
    assert "books agree" in deployed.shell(PAGE.block("Backup and restore", 1))
    await tells(deployed, receiver)
    after = told(receiver)
    assert after.keys() > before.keys()
    assert all(len(ids) == 1 for ids in after.values())


async def test_upgrading_and_going_back(deployed: Deployed, receiver: Receiver, own_folder: Path) -> None:
    await deployed.up()
    await tells(deployed, receiver)
    elsewhere = own_folder / "origin"
    deployed.shell(
        f"git init -q -b main . && git config user.email a@example.org && git config user.name a && "
        f"git add compose.yaml && git commit -qm 0.1.0 && git clone -q --bare . {elsewhere} && "
        f"git remote add origin {elsewhere} && git fetch -q && git branch -qu origin/main"
    )
    try:
        deployed.shell(PAGE.block("Upgrading"))
        await deployed.well()
        images = {each["Config"]["Image"] for each in deployed.containers().values()}
        assert {image for image in images if image.startswith("foreshock-") and not image.endswith(":0.2.0")} == set()
        await tells(deployed, receiver)
        await deployed.up()
        await tells(deployed, receiver)
    finally:
        deployed.destroy()
        deployed.shell(" ".join(["docker rmi", *(f"foreshock-{name}:0.2.0" for name in IMAGES)]))


async def test_every_secret_can_be_made_anew(deployed: Deployed, receiver: Receiver) -> None:
    await deployed.up()
    secrets = deployed.folder / "deploy/secrets"

    old = deployed.key
    deployed.shell(PAGE.row("the API key, push and read"))
    await deployed.well()
    assert await deployed.answer(order(), old) == 401
    assert await deployed.answer(order()) == 202

    before = (secrets / "webhook-secret").read_text()
    deployed.shell(PAGE.row("the secret of signed pushes"))
    await deployed.well()
    assert await signed_push(deployed, before) == 401
    assert await signed_push(deployed, (secrets / "webhook-secret").read_text()) == 202

    for row in ("a user of Valkey", "the services' roles in Postgres"):
        deployed.shell(PAGE.row(row))
        await tells(deployed, receiver)

    for number, file in enumerate(("viewer", "postgres")):
        before = (secrets / file).read_text()
        assert asks_postgres(deployed, file, before)
        deployed.shell(PAGE.block("Rotating keys and secrets", number))
        await deployed.well()
        assert not asks_postgres(deployed, file, before)
        assert asks_postgres(deployed, file, (secrets / file).read_text())
    await tells(deployed, receiver)


async def test_a_receivers_secret_is_exchanged_without_a_message_that_it_cannot_verify(
    deployed: Deployed, receiver: Receiver
) -> None:
    await deployed.up()
    file = deployed.folder / "deploy/secrets/receivers.env"
    [old] = [line for line in file.read_text().splitlines() if line.startswith("DESK_SECRET=")]
    file.write_text(file.read_text().replace(old, f"{old} {new_secret()}"))
    deployed.shell(PAGE.row("a receiver's signing secret"))
    await tells(deployed, receiver)
    assert all(each.signed for each in receiver.received)
    assert receiver.received


async def signed_push(deployed: Deployed, secret: str) -> int:
    """The status with which a signed CloudEvent is answered."""
    [row] = order()
    event = {"specversion": "1.0", "id": "1", "source": "/them", "type": "org.them.post", "data": row}
    body, moment = json.dumps(event), datetime.now(UTC)
    headers = {
        "content-type": "application/cloudevents+json",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", moment, body),
    }
    async with httpx2.AsyncClient(headers=headers, trust_env=False) as client:
        return (await client.post(f"{deployed.url('ingest')}/v1/posts", content=body, timeout=20)).status_code


def asks_postgres(deployed: Deployed, file: str, password: str) -> bool:
    """Whether the role of a file may ask with this password."""
    role = "foreshock" if file == "postgres" else f"foreshock_{file}"
    asked = f"PGPASSWORD={password} psql -h 127.0.0.1 -U {role} -d foreshock -c 'SELECT 1' 2>&1 || true"
    said = deployed.compose("exec", "-T", "postgres", "sh", "-c", asked)
    may = "(1 row)" in said
    assert may or "password authentication failed" in said, said
    return may
