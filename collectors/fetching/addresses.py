"""Names to addresses: resolved once, checked, and connected to as resolved, so that a second answer of the resolver
(DNS rebinding) cannot lead into a private network.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


class Family(Enum):
    """IPv4 and IPv6 are asked apart where it matters; neither silently stands in for the other."""

    ANY = socket.AF_UNSPEC
    V4 = socket.AF_INET
    V6 = socket.AF_INET6


class Unresolved(Exception):
    """The resolver has no address for a name; `ours` when the resolver itself could not be asked."""

    def __init__(self, reason: str, *, ours: bool) -> None:
        super().__init__(reason)
        self.ours = ours


class Forbidden(Exception):
    """Every address of a name is private, loopback or otherwise not of the public network."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """All addresses of a name, and those of them that may be asked."""

    addresses: tuple[str, ...]
    allowed: tuple[str, ...]


async def resolve(host: str, port: int, family: Family, allowed: Sequence[Network]) -> Resolved:
    """The addresses of a host; raises Unresolved or Forbidden."""
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        found = await _asked(host, port, family)
    else:
        found = (str(literal),)
    usable = tuple(a for a in found if may_be_asked(a, allowed))
    if not usable:
        raise Forbidden(f"{host}指向非公网地址{'、'.join(found)}")
    return Resolved(addresses=found, allowed=usable)


async def _asked(host: str, port: int, family: Family) -> tuple[str, ...]:
    loop = asyncio.get_running_loop()
    try:
        answers = await loop.getaddrinfo(host, port, family=family.value, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        ours = error.errno == socket.EAI_AGAIN
        raise Unresolved(error.strerror or str(error), ours=ours) from error
    except UnicodeError as error:
        raise Unresolved(f"域名无效：{error}", ours=False) from error
    return tuple(dict.fromkeys(str(a[4][0]) for a in answers))


def may_be_asked(address: str, allowed: Sequence[Network]) -> bool:
    """Whether an address is public, or in a network that was allowed by name."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(parsed, "ipv4_mapped", None) or parsed
    if any(inner.version == n.version and inner in n for n in allowed):
        return True
    return inner.is_global and not inner.is_multicast
