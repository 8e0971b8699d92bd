"""Fetching against real sockets on 127.0.0.1 that misbehave: the run goes on, and the outcome is the right word."""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import anyio
import httpcore
import pytest
from httpcore import AsyncNetworkStream

from hege.collectors.capture import Capture, Exchange, Outcome
from hege.collectors.extracting.page import read_page
from hege.collectors.fetching.addresses import LOOPBACK, Family, Forbidden, may_be_asked, resolve
from hege.collectors.fetching.blocking import block
from hege.collectors.fetching.client import Client
from hege.collectors.fetching.fetcher import Asking, Limits, NetworkFetcher, redirect_target, requestable
from hege.collectors.fetching.politeness import Politeness
from hege.collectors.fetching.robots import Obedience, PoliteFetcher
from hege.collectors.fetching.transport import Stream
from tests.hostile import PAGE, Server, hostile, server_tls

QUICK = Limits(deadline=2.0, wire=300_000, unpacked=1_000_000)


def fetch(url: str, limits: Limits = QUICK, **asking: str) -> Capture:
    """One capture over a connection of its own; loopback is allowed."""

    async def once() -> Capture:
        async with Client(allowed=LOOPBACK) as client:
            return await NetworkFetcher(client=client, limits=limits).fetch(Asking(url=url, **asking))

    return asyncio.run(once())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The hostile server."""
    with hostile() as running:
        yield running


OUTCOMES = {
    "/": (Outcome.OK, ""),
    "/drip": (Outcome.TIMEOUT, "2秒内没有打开"),
    "/silent": (Outcome.TIMEOUT, "2秒内没有打开"),
    "/endless": (Outcome.OK, "正文超过300000字节，已截断"),
    "/big": (Outcome.OK, "正文超过300000字节，已截断"),
    "/reset": (Outcome.RESET, "连接被重置"),
    "/close": (Outcome.RESET, "服务器未应答就断开连接"),
    "/reset-headers": (Outcome.RESET, "连接被重置"),
    "/loop": (Outcome.HTTP_ERROR, "重定向到自身"),
    "/ping": (Outcome.HTTP_ERROR, "重定向超过10次"),
    "/moved": (Outcome.OK, ""),
    "/cookie": (Outcome.OK, ""),
    "/private": (Outcome.SKIPPED, "10.1.2.3指向非公网地址10.1.2.3"),
    "/metadata": (Outcome.SKIPPED, "169.254.169.254指向非公网地址169.254.169.254"),
    "/scheme": (Outcome.HTTP_ERROR, "重定向到ftp://example.gov.cn/"),
    "/tab": (Outcome.HTTP_ERROR, "HTTP 404"),
    "/gb": (Outcome.OK, ""),
    "/utf8": (Outcome.OK, ""),
    "/lying-gzip": (Outcome.OK, "正文不是所声明的gzip"),
    "/gzip": (Outcome.OK, ""),
    "/bomb": (Outcome.OK, "解压后超过1000000字节，已截断"),
    "/br": (Outcome.OK, "未知的内容编码br"),
    "/torn-gzip": (Outcome.OK, "压缩数据不完整"),
    "/chunked": (Outcome.OK, ""),
    "/404": (Outcome.HTTP_ERROR, "HTTP 404"),
    "/500": (Outcome.HTTP_ERROR, "HTTP 500"),
    "/521": (Outcome.HTTP_ERROR, "HTTP 521"),
    "/429": (Outcome.BLOCKED, "访问过于频繁（429）"),
    "/403": (Outcome.BLOCKED, "拒绝访问（403）"),
    "/jsl": (Outcome.BLOCKED, "加速乐（521）"),
    "/ruishu": (Outcome.BLOCKED, "瑞数（412）"),
    "/captcha": (Outcome.BLOCKED, "验证码"),
    "/firewall": (Outcome.BLOCKED, "防火墙拦截"),
    "/marker": (Outcome.OK, ""),
}


@pytest.mark.parametrize("path", OUTCOMES)
def test_outcome(server: Server, path: str) -> None:
    """Each misbehaviour has its word and its reason."""
    limits = replace(QUICK, deadline=10.0) if path in ("/bomb", "/big", "/endless") else QUICK
    capture = fetch(server.url(path), limits)
    assert (capture.outcome, capture.reason) == OUTCOMES[path]


ODD = {
    "/short": "正文比声明的短或格式有误",
    "/bad-chunk": "正文比声明的短或格式有误",
    "/bad-header": "应答头不合规范",
}


@pytest.mark.parametrize("path", ODD)
def test_what_browsers_accept_is_open(server: Server, path: str) -> None:
    """An odd header line or a short body is noted, and is no reason to call a site down."""
    capture = fetch(server.url(path))
    assert (capture.outcome, capture.status, capture.exchanges[-1].truncated) == (Outcome.OK, 200, True)
    assert capture.reason.startswith(ODD[path])


def test_a_broken_body_keeps_what_arrived(server: Server) -> None:
    """The outcome is the reset; the page as far as it came is evidence."""
    capture = fetch(server.url("/reset-body"))
    assert (capture.outcome, capture.reason) == (Outcome.RESET, f"应答未完，收到{len(PAGE)}字节后连接中断")
    assert capture.exchanges[-1].body == PAGE
    assert not capture.is_readable


@pytest.mark.parametrize("path", ["/flood", "/not-http"])
def test_floods_and_other_protocols_end(server: Server, path: str) -> None:
    """Two megabytes of headers or no HTTP at all: an answer of a kind, nothing hangs."""
    assert fetch(server.url(path)).outcome in (Outcome.OK, Outcome.HTTP_ERROR, Outcome.RESET)


def test_nobody_listens() -> None:
    """Refused is refused."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert fetch(f"http://127.0.0.1:{port}/").outcome is Outcome.REFUSED


def test_an_unknown_name_is_the_sites_fault_and_a_mute_resolver_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """NXDOMAIN counts, a resolver that cannot be asked does not."""

    async def answers(code: int) -> Capture:
        async def ask(*_: object, **__: object) -> list[object]:
            raise socket.gaierror(code, "x")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", ask, raising=False)
        async with Client() as client:
            return await NetworkFetcher(client=client, limits=QUICK).fetch(Asking(url="http://www.a.gov.cn/"))

    assert asyncio.run(answers(socket.EAI_NONAME)).outcome is Outcome.DNS_ERROR
    assert asyncio.run(answers(socket.EAI_AGAIN)).outcome is Outcome.PROBE_FAULT


def test_a_name_that_resolves_to_a_private_address_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was checked is the address connected to; the resolver is asked once."""
    asked: list[object] = []

    async def once() -> Capture:
        async def ask(*arguments: object, **_: object) -> list[object]:
            asked.append(arguments[0])
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.1.1", 80))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", ask, raising=False)
        async with Client() as client:
            return await NetworkFetcher(client=client, limits=QUICK).fetch(Asking(url="http://www.a.gov.cn/"))

    capture = asyncio.run(once())
    assert (capture.outcome, capture.reason) == (Outcome.SKIPPED, "www.a.gov.cn指向非公网地址192.168.1.1")
    assert asked == ["www.a.gov.cn"]


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("10.0.0.1", False), ("127.0.0.1", False), ("169.254.1.1", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:10.0.0.1", False),
        ("114.114.114.114", True), ("240e::1", True), ("x", False),
    ],
)  # fmt: skip
def test_only_public_addresses_are_asked(address: str, asked: bool) -> None:
    """Unless a network is allowed by name."""
    assert may_be_asked(address, ()) is asked
    assert may_be_asked("127.0.0.1", LOOPBACK)


def test_a_literal_private_address_is_refused() -> None:
    """Without asking a resolver."""
    with pytest.raises(Forbidden):
        asyncio.run(resolve("10.0.0.1", 80, Family.ANY, ()))


def test_each_family_is_its_own_probe(server: Server) -> None:
    """A server of IPv4 alone is refused over IPv6, not silently asked over IPv4."""

    async def over(family: Family) -> Capture:
        async with Client(family=family, allowed=LOOPBACK) as client:
            url = server.url().replace("127.0.0.1", "localhost")
            return await NetworkFetcher(client=client, limits=QUICK).fetch(Asking(url=url))

    assert asyncio.run(over(Family.V4)).outcome is Outcome.OK
    assert asyncio.run(over(Family.V6)).outcome is not Outcome.OK


def test_slow_is_open_but_slow(server: Server) -> None:
    """An answer within the deadline that took as long as the indicator's bound."""
    assert fetch(server.url(), replace(QUICK, slow=0.0)).outcome is Outcome.SLOW


def test_redirects_keep_the_bytes_they_were_sent(server: Server) -> None:
    """A path in GB18030 stays in GB18030: its server knows no other."""
    assert fetch(server.url("/gb")).final_url.endswith("/%D5%FE%B2%DF/")
    assert fetch(server.url("/utf8")).final_url.endswith("/%E6%94%BF%E7%AD%96/")


def test_the_whole_chain_is_kept(server: Server) -> None:
    """Every exchange with its headers as received, and who answered."""
    capture = fetch(server.url("/moved"))
    assert [(e.status, e.url) for e in capture.exchanges] == [(302, server.url("/moved")), (200, server.url("/"))]
    assert (b"Content-Type", b"text/html") in capture.exchanges[1].headers
    peer = capture.exchanges[1].peer
    assert peer is not None
    assert (peer.address, peer.tls_version) == ("127.0.0.1", "")


async def one_after_another(server: Server, *paths: str) -> list[Capture]:
    """Captures over the same client, and so the same connection while it lasts."""
    async with Client(allowed=LOOPBACK) as client:
        fetcher = NetworkFetcher(client=client, limits=QUICK)
        return [await fetcher.fetch(Asking(url=server.url(path))) for path in paths]


@pytest.mark.parametrize(
    ("path", "outcome"), [("/last", Outcome.OK), ("/reset-body", Outcome.RESET), ("/bad-chunk", Outcome.OK)]
)
def test_a_kept_connection_that_ends_still_has_its_peer(server: Server, path: str, outcome: Outcome) -> None:
    """The server closes with its answer, or in the midst of it: who answered is known all the same."""
    first, last = asyncio.run(one_after_another(server, "/", path))
    assert "connect" in first.phases
    assert "connect" not in last.phases
    assert (last.outcome, [e.peer and e.peer.address for e in last.exchanges]) == (outcome, ["127.0.0.1"])


def test_a_kept_connection_that_the_server_closes_is_opened_anew(server: Server) -> None:
    """Once, for that is nobody's fault; a new connection that is closed is the site's, and not asked again."""
    captures = asyncio.run(one_after_another(server, "/chunked", "/", "/close"))
    assert [c.outcome for c in captures] == [Outcome.OK, Outcome.OK, Outcome.RESET]
    assert [seen.split(b" ")[1] for seen in server.seen[-4:]] == [b"/chunked", b"/", b"/close", b"/close"]
    before = len(server.seen)
    fetch(server.url("/close"))
    assert len(server.seen) == before + 1


def test_cookies_are_of_one_visit(server: Server) -> None:
    """What one page set is not told to the next: the visits are those of strangers."""
    asyncio.run(one_after_another(server, "/cookie", "/"))
    assert b"Cookie: seen=1" in server.seen[-2]
    assert b"ookie" not in server.seen[-1]


@pytest.mark.parametrize("path", ["/a;jsessionid=1", "/a/../b/./c", "/100%/x?a=%zz&b='|'", "//a//b", "/?a=1?b"])
def test_paths_stay_as_the_page_wrote_them(server: Server, path: str) -> None:
    """Sessions in paths, dots and stray percent signs go over the wire untidied."""
    fetch(server.url(path))
    assert server.seen[-1].split(b" ")[1].decode() == requestable(server.url(path)).partition(str(server.port))[2]


def test_no_proxy_of_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checked address is connected to, whatever the shell is set to."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch(server.url()).outcome is Outcome.OK


def test_the_name_is_told_to_the_server_that_has_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checked address is connected to; SNI and Host are the name."""
    named: list[str] = []
    context = server_tls(tmp_path)
    context.sni_callback = lambda _socket, name, _context: named.append(name)

    async def once(server: Server) -> Capture:
        async def ask(*_: object, **__: object) -> list[object]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", ask, raising=False)
        async with Client(allowed=LOOPBACK) as client:
            url = f"https://www.a.gov.cn:{server.port}/"
            return await NetworkFetcher(client=client, limits=QUICK).fetch(Asking(url=url))

    with hostile(context) as server:
        capture = asyncio.run(once(server))
        assert f"Host: www.a.gov.cn:{server.port}\r\n".encode() in server.seen[-1]
    assert set(named) == {"www.a.gov.cn"}
    assert capture.exchanges[-1].peer is not None
    assert capture.exchanges[-1].peer.address == "127.0.0.1"


def test_deadlines_cost_no_connections(server: Server) -> None:
    """However many requests ran out of time, the next is asked at once."""

    async def many() -> list[Outcome]:
        async with Client(allowed=LOOPBACK, connections=2) as client:
            hurried = NetworkFetcher(client=client, limits=replace(QUICK, deadline=0.05))
            for _ in range(5):
                await asyncio.gather(*(hurried.fetch(Asking(url=server.url("/silent"))) for _ in range(8)))
            fetcher = NetworkFetcher(client=client, limits=QUICK)
            return [(await fetcher.fetch(Asking(url=server.url()))).outcome for _ in range(3)]

    assert asyncio.run(many()) == [Outcome.OK] * 3


def test_tls_that_ends_while_we_write_is_a_network_error() -> None:
    """And not an error of ours."""

    class Ending(AsyncNetworkStream):
        async def write(self, buffer: bytes, timeout: float | None = None) -> None:
            raise anyio.EndOfStream

    with pytest.raises(httpcore.WriteError):
        asyncio.run(Stream(Ending(), "127.0.0.1").write(b"GET"))


def test_a_page_of_rare_characters(server: Server) -> None:
    """Four-byte GB18030 under the name gb2312."""
    assert read_page(fetch(server.url("/gb-page"))).title == "镕㐂"


def test_conditional_requests(server: Server) -> None:
    """What an earlier answer said of itself is sent; 304 is an answer."""
    capture = fetch(server.url("/304"), etag='"a"', modified="Tue, 24 Nov 2026 00:00:00 GMT", referer="http://s/")
    assert (capture.outcome, capture.status) == (Outcome.OK, 304)
    assert b'If-None-Match: "a"' in server.seen[-1]
    assert b"If-Modified-Since: Tue, 24 Nov 2026" in server.seen[-1]
    assert b"Referer: http://s/" in server.seen[-1]
    assert b"User-Agent: hege/" in server.seen[-1]


def test_an_old_tls_is_reachable(tmp_path: Path) -> None:
    """TLS 1.0 alone: open, with what the strict profile said."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = server_tls(tmp_path, old=True)
    with hostile(context) as old:
        capture = fetch(old.url())
    peer = capture.exchanges[-1].peer
    assert peer is not None
    assert (capture.outcome, peer.legacy_tls, peer.tls_version) == (Outcome.OK, True, "TLSv1")
    assert "TLS" in peer.tls_fault


@pytest.mark.parametrize(("expired", "reason"), [(True, "证书已过期"), (False, "自签名证书")])
def test_a_certificate_that_browsers_refuse(tmp_path: Path, expired: bool, reason: str) -> None:
    """The page behind it is kept as evidence, the outcome is the certificate's."""
    with hostile(server_tls(tmp_path, expired=expired)) as server:
        capture = fetch(server.url())
    assert capture.outcome is Outcome.TLS_ERROR
    assert capture.reason in (reason, "自签名证书")
    assert capture.exchanges[-1].body == PAGE


def test_no_tls_where_tls_was_asked(server: Server) -> None:
    """A plain server behind https."""
    assert fetch(server.url().replace("http:", "https:")).outcome is Outcome.TLS_ERROR


def test_a_server_that_shares_no_protocol_with_us_is_not_down(tmp_path: Path) -> None:
    """As one that speaks only 国密: nobody here can say, so it is blocked and not counted."""
    context = server_tls(tmp_path)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")  # no such key: every handshake fails
    with hostile(context) as server:
        capture = fetch(server.url())
    assert (capture.outcome, capture.reason) == (Outcome.BLOCKED, "服务器只接受这里不支持的TLS（可能是国密），无法判断")


def test_memory_stays_bounded(server: Server) -> None:
    """Fifty megabytes, an endless body and a bomb, several at once, stay within the limits."""

    async def all_at_once() -> None:
        async with Client(allowed=LOOPBACK) as client:
            fetcher = NetworkFetcher(client=client, limits=replace(QUICK, deadline=5.0))
            await asyncio.gather(*(fetcher.fetch(Asking(url=server.url(p))) for p in ["/big", "/endless", "/bomb"] * 4))

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    asyncio.run(all_at_once())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * (1 if sys.platform == "darwin" else 1024) < 300 * 1024 * 1024


class Counting:
    """A fetcher that answers from a table and counts who is asked at the same time."""

    def __init__(self, answers: dict[str, Exchange]) -> None:
        self.answers, self.asked, self.now, self.most = answers, list[str](), 0, 0

    async def fetch(self, asking: Asking) -> Capture:
        """The answer of the table, after a moment."""
        self.asked.append(asking.url)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        exchange = self.answers.get(asking.url, Exchange(url=asking.url, status=200))
        outcome = Outcome.OK if exchange.status < 400 else Outcome.HTTP_ERROR
        return Capture(url=asking.url, fetched_at=datetime(2026, 11, 24, tzinfo=UTC), outcome=outcome, exchanges=(exchange,), body=exchange.body)  # fmt: skip


ROBOTS = b"User-agent: *\nDisallow: /*?q=\nDisallow: /admin\nCrawl-delay: 0.01\n"


def asked(
    answers: dict[str, Exchange], *urls: str, obedience: Obedience = Obedience.OBEY
) -> tuple[Counting, list[Capture]]:
    """The captures of some addresses asked at once."""
    counting = Counting(answers)

    async def everything() -> list[Capture]:
        polite = PoliteFetcher(counting, Politeness(interval=0.0), obedience)
        return list(await asyncio.gather(*(polite.fetch(Asking(url=u)) for u in urls)))

    return counting, asyncio.run(everything())


def robots(status: int, body: bytes = b"", content_type: bytes = b"text/plain") -> dict[str, Exchange]:
    """A host's robots.txt."""
    url = "http://a.gov.cn/robots.txt"
    return {url: Exchange(url=url, status=status, body=body, headers=((b"Content-Type", content_type),))}


def test_robots_are_obeyed_and_asked_once() -> None:
    """With wildcards, one request at a time to one host."""
    counting, captures = asked(
        robots(200, ROBOTS), "http://a.gov.cn/1", "http://a.gov.cn/2?q=1", "http://a.gov.cn/admin/x"
    )
    assert [(c.outcome, c.reason) for c in captures] == [
        (Outcome.OK, ""), (Outcome.SKIPPED, "robots.txt不允许"), (Outcome.SKIPPED, "robots.txt不允许")
    ]  # fmt: skip
    assert counting.asked == ["http://a.gov.cn/robots.txt", "http://a.gov.cn/1"]
    assert counting.most == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (robots(404), ""),
        (robots(200, b"<html>home page</html>", b"text/html"), ""),
        (robots(503), "robots.txt返回503"),
    ],
    ids=["missing", "a page instead", "broken server"],
)
def test_robots_that_are_none(answer: dict[str, Exchange], reason: str) -> None:
    """A missing file allows, a page in its place is no file, a broken server forbids."""
    assert asked(answer, "http://a.gov.cn/admin")[1][0].reason == reason


def test_an_authority_may_leave_robots_aside() -> None:
    """Its own sites are inspected as a visitor sees them."""
    counting, _ = asked(robots(200, ROBOTS), "http://a.gov.cn/admin", obedience=Obedience.IGNORE)
    assert counting.asked == ["http://a.gov.cn/admin"]


def test_hosts_are_asked_side_by_side() -> None:
    """One host's turn does not hold up another's."""
    counting, _ = asked({}, "http://a.gov.cn/1", "http://b.gov.cn/1", "http://c.gov.cn/1", obedience=Obedience.IGNORE)
    assert counting.most == 3


def test_a_host_that_asks_for_patience_gets_it() -> None:
    """429 and Retry-After lengthen the pause; an ordinary answer ends that."""

    async def pauses() -> list[float]:
        politeness = Politeness(interval=0.001)
        found = []
        for status, retry in ((200, ""), (429, "7"), (503, ""), (200, "")):
            async with politeness.host("a") as turn:
                turn.answered(status, retry)
            found.append(turn._host.backoff)
            turn._host.ready_at = 0
        return found

    assert asyncio.run(pauses()) == [0.0, 7.0, 14.0, 0.0]


def test_redirects_need_an_address() -> None:
    """A redirect without Location, or with an impossible one, is an answer like any other."""
    assert redirect_target(Exchange(url="http://a/", status=302)) == ""
    assert redirect_target(Exchange(url="http://a/", status=302, headers=((b"Location", b"http://[x"),))) == ""
    assert redirect_target(Exchange(url="http://a/b/", status=301, headers=((b"location", b"../c"),))) == "http://a/c"


def test_addresses_as_pages_write_them(server: Server) -> None:
    """Chinese paths are escaped, Chinese hosts go as IDNA, blanks too; what is no address is not asked."""
    assert fetch(server.url("/政策/")).outcome is Outcome.OK
    assert requestable("http://政务.cn/政 策?q=中#x") == "http://xn--zfr164b.cn/%E6%94%BF%20%E7%AD%96?q=%E4%B8%AD#x"
    for wrong in ("http:///x", "http://[::1", "http://a:99999/", "http://a b:x/", "http://" + "a" * 80 + "/"):
        capture = fetch(wrong)
        assert (capture.outcome, capture.reason[:4]) == (Outcome.SKIPPED, "地址无效")


def test_an_ordinary_short_page_is_no_block() -> None:
    """A short page about traffic safety checks is not a challenge."""
    page = "<title>通知</title><p>今天下午召开安全生产会议</p>".encode()
    assert block(Exchange(url="http://a/", status=200), page) == ""
