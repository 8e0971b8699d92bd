"""One request and its answer over HTTP/1.1. The only module that knows the HTTP library.

It is httpcore2, the layer below httpx2, because evidence needs what a comfortable client hides: header bytes as
received, the body before content decoding, the connection to an address that was resolved and checked beforehand, and
what had arrived when an answer broke off.
"""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore2
from httpcore2 import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

from hege.collectors.capture import Exchange, Outcome, Peer
from hege.collectors.fetching import tls
from hege.collectors.fetching.addresses import Family, Forbidden, Network, Unresolved, resolve

_HEAD_KEPT = 64 * 1024


class Failure(Exception):
    """No answer, or not a whole one. `partial` is what had arrived."""

    def __init__(self, outcome: Outcome, reason: str, partial: Exchange | None = None) -> None:
        super().__init__(reason)
        self.outcome, self.reason, self.partial = outcome, reason, partial


@dataclass(slots=True)
class _Trace:
    """What the network did during one request."""

    phases: dict[str, float] = field(default_factory=dict)
    resolved: tuple[str, ...] = ()
    address: str = ""
    connected: bool = False
    head: bytearray = field(default_factory=bytearray)
    refused: Exception | None = None  # of resolving; httpcore2 would wrap it


_trace: ContextVar[_Trace] = ContextVar("trace")


class _Stream(AsyncNetworkStream):
    """A stream that keeps the first bytes of each answer, so that one which h11 refuses can still be looked at."""

    def __init__(self, inner: AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._inner.read(max_bytes, timeout)
        head = _trace.get().head
        if len(head) < _HEAD_KEPT:
            head += data[: _HEAD_KEPT - len(head)]
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncNetworkStream:
        started = time.monotonic()
        stream = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        _trace.get().phases["tls"] = time.monotonic() - started
        return _Stream(stream)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Network(AsyncNetworkBackend):
    """Connects to addresses that were resolved and checked here, never to a name."""

    def __init__(self, family: Family, allowed: Sequence[Network]) -> None:
        self._family, self._allowed, self._inner = family, allowed, AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        trace = _trace.get()
        started = time.monotonic()
        try:
            found = await resolve(host.strip("[]"), port, self._family, self._allowed)
        except (Unresolved, Forbidden) as error:
            trace.refused = error
            raise httpcore2.ConnectError(str(error)) from error
        trace.resolved = found.addresses
        trace.phases["dns"] = time.monotonic() - started
        started = time.monotonic()
        last: Exception | None = None
        for address in found.allowed[:3]:
            try:
                stream = await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore2.ConnectError as error:
                last = error
                continue
            trace.phases["connect"] = time.monotonic() - started
            trace.address, trace.connected = address, True
            return _Stream(stream)
        assert last is not None
        raise last

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class Client:
    """Connections, kept open per host and TLS profile; one of them per collection, and one per probe."""

    def __init__(
        self, *, family: Family = Family.ANY, allowed: Sequence[Network] = (), connections: int = 100, keep: bool = True
    ) -> None:
        self._network = _Network(family, allowed)
        self._pools = {
            profile: httpcore2.AsyncConnectionPool(
                ssl_context=tls.context(profile), max_connections=connections,
                max_keepalive_connections=connections if keep else 0, keepalive_expiry=5.0,
                network_backend=self._network,
            )
            for profile in tls.Profile
        }  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    async def exchange(
        self, url: str, headers: Sequence[tuple[bytes, bytes]], limit: int, phases: dict[str, float]
    ) -> Exchange:
        """Asks once, strictly first and then as an old browser; raises Failure. No deadline: that is the caller's."""
        try:
            return await self._asked(url, headers, limit, phases, tls.Profile.STRICT, None)
        except _TlsFailure as strict:
            first = strict.error
        try:
            answer = await self._asked(url, headers, limit, phases, tls.Profile.LEGACY, first)
        except _TlsFailure as again:
            if tls.may_speak_another_protocol(again.error):
                reason = "服务器只接受这里不支持的TLS（可能是国密），无法判断"
                raise Failure(Outcome.BLOCKED, reason) from again
            raise Failure(Outcome.TLS_ERROR, tls.fault(again.error)) from again
        if tls.is_refused_by_browsers(first):
            raise Failure(Outcome.TLS_ERROR, tls.fault(first), answer)
        return answer

    async def _asked(
        self,
        url: str,
        headers: Sequence[tuple[bytes, bytes]],
        limit: int,
        phases: dict[str, float],
        profile: tls.Profile,
        first: ssl.SSLError | None,
    ) -> Exchange:
        """Asks with one profile. A kept connection that the server has just closed is opened anew, once."""
        for attempt in (1, 2):
            trace = _Trace()
            token = _trace.set(trace)
            try:
                return await self._once(url, headers, limit, trace, profile, first)
            except Failure as failure:
                if failure.outcome is Outcome.RESET and not trace.connected and not trace.head and attempt == 1:
                    continue
                raise
            finally:
                phases.update(trace.phases)
                _trace.reset(token)
        raise AssertionError("unreachable")

    async def _once(
        self,
        url: str,
        headers: Sequence[tuple[bytes, bytes]],
        limit: int,
        trace: _Trace,
        profile: tls.Profile,
        first: ssl.SSLError | None,
    ) -> Exchange:
        asked = _Asked(url=url, headers=tuple(headers), trace=trace, profile=profile, first=first)
        started = time.monotonic()
        body = bytearray()
        truncated = False
        response: httpcore2.Response | None = None
        try:
            async with self._pools[profile].stream(b"GET", url, headers=list(headers)) as response:
                trace.phases["first_byte"] = time.monotonic() - started
                async for chunk in response.aiter_stream():
                    body += chunk
                    if len(body) > limit:
                        del body[limit:]
                        truncated = True
                        break
                return asked.answer(response, bytes(body), truncated=truncated)
        except httpcore2.ConnectError as error:
            raise _connect_failure(error, trace) from error
        except httpcore2.TimeoutException as error:
            raise Failure(Outcome.TIMEOUT, "连接超时") from error
        except httpcore2.RemoteProtocolError as error:
            raise _protocol_failure(error, asked, response, bytes(body)) from error
        except (httpcore2.NetworkError, OSError) as error:
            partial = asked.answer(response, bytes(body), truncated=True) if response is not None else None
            reason = "连接被重置" if not body else f"应答未完，收到{len(body)}字节后连接中断"
            raise Failure(Outcome.RESET, reason, partial) from error
        except (httpcore2.LocalProtocolError, httpcore2.UnsupportedProtocol, ValueError) as error:
            raise Failure(Outcome.SKIPPED, f"地址无效：{error}") from error


class _TlsFailure(Exception):
    def __init__(self, error: ssl.SSLError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    url: str
    headers: tuple[tuple[bytes, bytes], ...]
    trace: _Trace
    profile: tls.Profile
    first: ssl.SSLError | None

    def answer(self, response: httpcore2.Response, body: bytes, *, truncated: bool) -> Exchange:
        """The exchange of a response with its peer."""
        stream: AsyncNetworkStream | None = response.extensions.get("network_stream")
        session = stream.get_extra_info("ssl_object") if stream is not None else None
        address = self.trace.address
        if not address and stream is not None:  # a connection of an earlier request
            address = str((stream.get_extra_info("server_addr") or ("",))[0])
        certificate = session.getpeercert(binary_form=True) if session is not None else None
        cipher = session.cipher() if session is not None else None
        peer = Peer(
            address=address, resolved=self.trace.resolved,
            tls_version=(session.version() or "") if session is not None else "", tls_cipher=cipher[0] if cipher else "",
            certificate_sha256=hashlib.sha256(certificate).hexdigest() if certificate else "",
            legacy_tls=self.profile is tls.Profile.LEGACY, tls_fault=tls.fault(self.first) if self.first else "",
        )  # fmt: skip
        version = response.extensions.get("http_version", b"HTTP/1.1").decode("ascii", "replace")
        return Exchange(
            url=self.url, status=response.status, request_headers=self.headers, headers=tuple(response.headers),
            body=body, http_version=version, peer=peer, truncated=truncated,
        )  # fmt: skip


def _connect_failure(error: httpcore2.ConnectError, trace: _Trace) -> Exception:
    match trace.refused:
        case Unresolved() as unresolved:
            outcome = Outcome.PROBE_FAULT if unresolved.ours else Outcome.DNS_ERROR
            return Failure(outcome, f"域名解析失败：{unresolved}")
        case Forbidden() as forbidden:
            return Failure(Outcome.SKIPPED, str(forbidden))
    cause: BaseException | None = error
    seen: list[BaseException] = []
    while cause is not None and cause not in seen:
        seen.append(cause)
        if isinstance(cause, ssl.SSLError):
            return _TlsFailure(cause)
        cause = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause.__cause__ or cause.__context__
    if trace.connected:
        return Failure(Outcome.RESET, "TLS握手时连接被重置")
    if any(isinstance(c, ConnectionRefusedError) for c in seen):
        return Failure(Outcome.REFUSED, "连接被拒绝")
    codes = [c.errno for c in seen if isinstance(c, OSError) and c.errno]
    ours = any(code in (100, 101) for code in codes)  # ENETDOWN, ENETUNREACH: our own network
    return Failure(Outcome.PROBE_FAULT if ours else Outcome.REFUSED, f"连接失败：{error}")


def _protocol_failure(
    error: httpcore2.RemoteProtocolError, asked: _Asked, response: httpcore2.Response | None, body: bytes
) -> Failure:
    """An answer that h11 refuses. A browser takes an odd header line or a short body, so neither means "down"."""
    if response is not None:
        partial = asked.answer(response, body, truncated=True)
        return Failure(Outcome.OK, f"正文比声明的短或格式有误：{error}", partial)
    head = bytes(asked.trace.head)
    if not head:
        return Failure(Outcome.RESET, "服务器未应答就断开连接")
    line, _, rest = head.partition(b"\n")
    words = line.split(None, 2)
    if len(words) >= 2 and words[0].startswith(b"HTTP/") and words[1].isdigit():
        partial = Exchange(
            url=asked.url, status=int(words[1]), request_headers=asked.headers, headers=_lenient_headers(rest),
            body=rest.partition(b"\r\n\r\n")[2] or rest.partition(b"\n\n")[2], truncated=True,
            peer=Peer(address=asked.trace.address, resolved=asked.trace.resolved),
        )  # fmt: skip
        return Failure(Outcome.OK, f"应答头不合规范：{error}", partial)
    return Failure(Outcome.HTTP_ERROR, f"应答不是HTTP：{error}")


def _lenient_headers(rest: bytes) -> tuple[tuple[bytes, bytes], ...]:
    lines = rest.replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n")
    pairs = [line.partition(b":") for line in lines[:200]]
    return tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon and name.strip())


def host_and_port(url: str) -> str:
    """The host of an address as a Host header writes it."""
    return urlsplit(url).netloc.rpartition("@")[2]
