"""The guard on what leaves us: addresses are judged, not spellings, and the name still stands in TLS and Host."""

import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
from support.http_peer import Answer, HttpPeer

from foreshock_shared.runtime.egress import PinnedTransport, is_public, resolve
from foreshock_shared.runtime.errors import DependencyUnavailable, PermanentError

CERTIFICATE = Path(__file__).parent / "localhost.pem"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104  nothing is bound to it here
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "192.0.0.8",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001::1",
        "2001:db8::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_what_is_no_public_address_is_known_as_such(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_let_through(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "017700000001", "0", "localhost", "::1"]
)
async def test_every_spelling_of_loopback_is_refused(host: str) -> None:
    with pytest.raises(PermanentError, match="no public address"):
        await resolve(host, 80, allow_private=False)


async def test_private_addresses_are_let_through_where_they_are_wanted() -> None:
    assert "127.0.0.1" in (await resolve("localhost", 80, allow_private=True)).candidates


async def test_a_name_that_does_not_resolve_may_do_so_later() -> None:
    with pytest.raises(DependencyUnavailable, match=r"nowhere\.invalid does not resolve"):
        await resolve("nowhere.invalid", 80, allow_private=False)


@pytest.mark.parametrize("host", ["a" * 300, "..", "a..b", "\udcff"])
async def test_what_is_no_name_at_all_is_refused_by_an_error_of_ours(host: str) -> None:
    with pytest.raises((PermanentError, DependencyUnavailable)):
        await resolve(host, 80, allow_private=False)


async def test_nothing_is_sent_to_a_private_address(http_peer: HttpPeer) -> None:
    async with httpx2.AsyncClient(transport=PinnedTransport(allow_private=False)) as client:
        with pytest.raises(PermanentError):
            await client.get(f"http://localhost:{http_peer.port}/")
    assert http_peer.requests == []


async def test_the_name_stands_in_the_host_header(http_peer: HttpPeer) -> None:
    async with httpx2.AsyncClient(transport=PinnedTransport(allow_private=True)) as client:
        assert (await client.get(f"http://localhost:{http_peer.port}/")).status_code == 204
    assert http_peer.requests[0].headers["host"] == f"localhost:{http_peer.port}"


async def test_a_name_that_answers_differently_the_second_time_is_connected_as_it_was_checked(
    http_peer: HttpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: one question a connection, and the connection goes to its answer."""
    asked: list[str] = []
    real: Callable[..., object] = socket.getaddrinfo

    def rebinding(host: str, *rest: object, **more: object) -> object:
        if host == "rebinding.test":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    async with httpx2.AsyncClient(transport=PinnedTransport(allow_private=True)) as client:
        assert (await client.get(f"http://rebinding.test:{http_peer.port}/")).status_code == 204
    assert asked == ["rebinding.test"]


async def test_proxies_of_the_environment_are_not_used(http_peer: HttpPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with httpx2.AsyncClient(transport=PinnedTransport(allow_private=True), trust_env=False) as client:
        assert (await client.get(f"{http_peer.url}/")).status_code == 204


async def test_the_certificate_is_checked_against_the_name(http_peer: HttpPeer) -> None:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(CERTIFICATE)
    http_peer._server.socket = ours.wrap_socket(http_peer._server.socket, server_side=True)
    http_peer.answer(Answer(200))
    theirs = ssl.create_default_context(cafile=str(CERTIFICATE))
    async with httpx2.AsyncClient(transport=PinnedTransport(allow_private=True, tls=theirs)) as client:
        assert (await client.get(f"https://localhost:{http_peer.port}/")).status_code == 200
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"https://127.0.0.1:{http_peer.port}/")
