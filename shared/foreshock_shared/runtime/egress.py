"""The guard on every request that leaves us for an address that somebody else chose: a feed, a webhook.

What it guarantees:

- A host name is resolved once for each connection, every answer is checked, and the connection goes to a checked
  address: a name that answers differently a moment later (DNS rebinding) reaches nothing.
- Unless private addresses are allowed, a name with even one answer that is no public unicast address is refused.
  The check sees addresses, not spellings: `127.1`, `0x7f.1` and `2130706433` are all loopback.
- The name itself still stands in the Host header and in TLS (server name, certificate), and connections are reused for
  the same name only.
- Proxies and other hints of the environment are not followed.

Redirects are requests of their own: whoever follows them passes each through the same transport.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, TypeAlias

import httpcore2
import httpx2

from foreshock_shared.runtime.errors import DependencyUnavailable, PermanentError

RESOLVE_SECONDS: Final = 10

_IP: TypeAlias = IPv4Address | IPv6Address
_SocketOption: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

_NEVER_PUBLIC: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # carriers' own
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local: the metadata services of clouds
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.88.99.0/24",  # relays to 6to4
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",
            "::/96",  # unspecified, loopback, IPv4-compatible
            "64:ff9b::/96",  # NAT64: an IPv4 address of any kind inside
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",  # Teredo and its like
            "2002::/16",  # 6to4: an IPv4 address of any kind inside
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",  # site-local of old
            "ff00::/8",  # multicast
        ),
    )
)
"""Said in full beside `is_global`, which differs between Python versions and lets some of these through."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host name and the checked addresses that stand for it, in the order in which to try them."""

    host: str
    port: int
    candidates: tuple[str, ...]


def is_public(address: _IP) -> bool:
    """Whether an address belongs to the open internet; an IPv4-mapped one is judged by what it maps."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    inside = any(address.version == network.version and address in network for network in _NEVER_PUBLIC)
    return address.is_global and not inside


async def resolve(host: str, port: int, allow_private: bool) -> Address:
    """Resolve a host and check every answer.

    Raises PermanentError for a host that may not be reached, DependencyUnavailable when the name does not resolve now.
    """
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise DependencyUnavailable(f"{host} does not resolve: {str(error) or 'no answer in time'}") from error
    except UnicodeError as error:
        raise PermanentError(f"{host[:100]!r} is no host name") from error
    candidates = tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))
    refused = [] if allow_private else [each for each in candidates if not is_public(ip_address(each))]
    if refused:
        raise PermanentError(
            f"{host} stands for {refused[0]}, which is no public address; "
            "set allow_private_addresses where this is what you want"
        )
    return Address(host, port, candidates)


class _CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Opens connections for the pool: resolve, check, and connect to the address that was checked."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._sockets = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is the pool's
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        address = await resolve(host, port, self._allow_private)
        *others, last = address.candidates
        for candidate in others:
            try:
                return await self._sockets.connect_tcp(candidate, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._sockets.connect_tcp(last, port, timeout, local_address, socket_options)


class PinnedTransport(httpx2.AsyncHTTPTransport):
    """An httpx2 transport that connects to checked addresses only. Refusals raise as `resolve` does.

    Give it to a client with `trust_env=False`, `follow_redirects=False`, time-outs and a cap on what is read.
    """

    def __init__(self, allow_private: bool, *, tls: ssl.SSLContext | None = None) -> None:
        tls = tls or httpx2.create_ssl_context(trust_env=False)
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=15,
            network_backend=_CheckedNetwork(allow_private=allow_private),
        )
