"""One request and its answer over HTTP/1.1. With `transport` the only module that knows the HTTP library, httpx.

Its comforts are off, because evidence needs what they hide: header bytes as received, the body before content
decoding, each redirect as an answer of its own, and what had arrived when an answer broke off.
"""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar
from typing import Self
from urllib.parse import urlsplit

import httpx

from hege.collectors.capture import Exchange, Outcome, Peer
from hege.collectors.fetching import tls
from hege.collectors.fetching.addresses import Family, Forbidden, Network, Unresolved
from hege.collectors.fetching.transport import CheckedNetwork, Stream, Trace, Transport, current


class Failure(Exception):
    """No answer, or not a whole one. `partial` is what had arrived."""

    def __init__(self, outcome: Outcome, reason: str, partial: Exchange | None = None) -> None:
        super().__init__(reason)
        self.outcome, self.reason, self.partial = outcome, reason, partial


class _NoCookies(CookieJar):
    """Cookies set on the way are the fetcher's; httpx would read and keep those of a whole run, for nobody."""

    def extract_cookies(self, *_: object) -> None:
        pass


class Client:
    """Connections, up to `connections` kept open while idle, per TLS profile; one per collection, and one per probe."""

    def __init__(
        self, *, family: Family = Family.ANY, allowed: Sequence[Network] = (), connections: int = 100, keep: bool = True
    ) -> None:
        network = CheckedNetwork(family, allowed)
        self._clients = {
            profile: httpx.AsyncClient(
                transport=Transport(tls.context(profile), network, kept=connections if keep else 0),
                trust_env=False, follow_redirects=False, timeout=None, cookies=_NoCookies(),
            )
            for profile in tls.Profile
        }  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()

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
            trace = Trace()
            token = current.set(trace)
            try:
                return await self._once(url, headers, limit, trace, profile, first)
            except Failure as failure:
                if failure.outcome is Outcome.RESET and not trace.connected and not trace.head and attempt == 1:
                    continue
                raise
            finally:
                phases.update(trace.phases)
                current.reset(token)
        raise AssertionError("unreachable")

    async def _once(
        self,
        url: str,
        headers: Sequence[tuple[bytes, bytes]],
        limit: int,
        trace: Trace,
        profile: tls.Profile,
        first: ssl.SSLError | None,
    ) -> Exchange:
        asked = _Asked(url=url, headers=tuple(headers), trace=trace, profile=profile, first=first)
        started = time.monotonic()
        body = bytearray()
        truncated = False
        answer: Exchange | None = None
        try:
            async with aclosing(await self._clients[profile].send(asked.request(), stream=True)) as response:
                answer = asked.answer(response)  # before the body: after it the connection may be closed
                trace.phases["first_byte"] = time.monotonic() - started
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > limit:
                        del body[limit:]
                        truncated = True
                        break
            return replace(answer, body=bytes(body), truncated=truncated)
        except httpx.ConnectError as error:
            raise _connect_failure(error, trace) from error
        except httpx.TimeoutException as error:
            raise Failure(Outcome.TIMEOUT, "连接超时") from error
        except httpx.RemoteProtocolError as error:
            raise _protocol_failure(error, asked, answer, bytes(body)) from error
        except (httpx.NetworkError, OSError) as error:
            partial = replace(answer, body=bytes(body), truncated=True) if answer is not None else None
            reason = "连接被重置" if not body else f"应答未完，收到{len(body)}字节后连接中断"
            raise Failure(Outcome.RESET, reason, partial) from error
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, ValueError) as error:
            raise Failure(Outcome.SKIPPED, f"地址无效：{error}") from error


class _TlsFailure(Exception):
    def __init__(self, error: ssl.SSLError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    url: str
    headers: tuple[tuple[bytes, bytes], ...]
    trace: Trace
    profile: tls.Profile
    first: ssl.SSLError | None

    def request(self) -> httpx.Request:
        """The request with the path as it is: httpx, given the whole address, would tidy it."""
        pieces = urlsplit(self.url)
        target = (pieces.path or "/") + (f"?{pieces.query}" if pieces.query else "")
        origin = f"{pieces.scheme}://{pieces.netloc}/"
        return httpx.Request("GET", origin, headers=self.headers, extensions={"target": target.encode("ascii")})

    def answer(self, response: httpx.Response) -> Exchange:
        """The exchange of a response with its peer, yet without its body."""
        stream: Stream | None = response.extensions.get("network_stream")
        session = stream.get_extra_info("ssl_object") if stream is not None else None
        address = self.trace.address
        if not address and stream is not None:  # a connection of an earlier request
            address = stream.get_extra_info("server_addr")[0]
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
            url=self.url, status=response.status_code, request_headers=self.headers, headers=tuple(response.headers.raw),
            http_version=version, peer=peer,
        )  # fmt: skip


def _connect_failure(error: httpx.ConnectError, trace: Trace) -> Exception:
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


def _protocol_failure(error: httpx.RemoteProtocolError, asked: _Asked, answer: Exchange | None, body: bytes) -> Failure:
    """An answer that h11 refuses. A browser takes an odd header line or a short body, so neither means "down"."""
    if answer is not None:
        partial = replace(answer, body=body, truncated=True)
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
