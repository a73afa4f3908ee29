"""Servers of a user's own, as `docs/deployment.md` says: from the beginning, and by moving what there is."""

from containers.asking import arrives, order, tells
from containers.docker import docker
from containers.own_servers import DATABASE, NETWORK, authority, own_servers, reachable_from
from support.compose import MARKS, PROJECT, Deployed, told
from support.pages import Page

from foreshock_stack.receiver import Receiver

pytestmark = MARKS

PAGE = Page("deployment.md")
NAMED, MOVED = PAGE.block("Servers of your own"), PAGE.block("Servers of your own", 1)
OURS = NAMED.replace(":6380/0", ":6380/0?ssl_ca_certs=/etc/foreshock/ca.pem")
TOOLS = f"""
in_network() {{ docker run --rm --network {NETWORK} -v "$PWD:/here:ro" -w /here --entrypoint "$@"; }}
psql() {{ in_network psql postgres:18 "$@"; }}
pg_restore() {{ in_network pg_restore postgres:18 "$@"; }}
"""
"""Postgres' commands, as new as the server: this machine may have none, or older ones."""


async def test_both_servers_are_named_by_their_addresses_with_an_authority_of_ones_own(
    deployed: Deployed, receiver: Receiver
) -> None:
    with own_servers(newer=False):
        reachable_from(PROJECT)
        authority(deployed.folder / "config")
        deployed.shell(OURS.replace("verify-full", "verify-full&sslrootcert=/etc/foreshock/ca.pem"))
        await tells(deployed, receiver)
        assert {name for name in deployed.containers() if "postgres" in name or "valkey" in name} == set()
        asked = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND usename LIKE 'fore%'"
        secure = docker("exec", DATABASE, "psql", "postgresql://admin:password@127.0.0.1/foreshock", "-qtAc", asked)
        assert int(secure) > 0


async def test_what_there_is_moves_to_other_servers_and_is_not_told_again(
    deployed: Deployed, receiver: Receiver
) -> None:
    await deployed.up()
    orders = [order(), order()]
    posts = [post for one in orders for post in await deployed.push(one)]
    for post in posts:
        await arrives(receiver, post)
    before = told(receiver)
    with own_servers(newer=True):
        deployed.shell(TOOLS + MOVED)
        reachable_from(PROJECT)
        authority(deployed.folder / "config")
        deployed.shell(OURS.replace("verify-full", "disable"))
        await tells(deployed, receiver)
        assert [post for one in orders for post in await deployed.push(one)] == posts
        await tells(deployed, receiver)
        assert {each["id"] for each in deployed.ask("store", "/v1/posts?shock=true")["items"]} >= set(posts)
    after = told(receiver)
    assert len(after) == len(before) + 2
    assert {key: after[key] for key in before} == before
