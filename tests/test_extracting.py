"""Extractors where a page alone does not tell: charsets, answers of servers, two pages held against each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hege.collectors.capture import Capture, Exchange, Outcome
from hege.collectors.extracting import channels, links, policies, tamper
from hege.collectors.extracting.articles import dates_of
from hege.collectors.extracting.charset import Charset, decoded
from hege.collectors.extracting.columns import columns
from hege.collectors.extracting.footer import footer
from hege.collectors.extracting.jsonlists import json_updates
from hege.collectors.extracting.lists import rows
from hege.collectors.extracting.messages import messages
from hege.collectors.extracting.page import client_redirect, frame_sources, host_of, key_of, page_of, read_page
from hege.collectors.extracting.privacy import is_card_number, is_identity_number, privacy
from hege.collectors.extracting.tamper import tamper as tamper_signs
from hege.collectors.extracting.updates import home, updates
from hege.collectors.extracting.wording import read_words, shipped_words
from hege.collectors.fetching.blocking import block
from hege.collectors.markup import between, without_unseen
from hege.collectors.observation import Observation
from hege.engine.errors import InputError

DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def answer(
    url: str, html: str | bytes = "", status: int = 200, outcome: Outcome = Outcome.OK, reason: str = ""
) -> Capture:
    """A capture with one answer."""
    body = html if isinstance(html, bytes) else html.encode()
    exchange = Exchange(url=url, status=status, headers=((b"Content-Type", b"text/html"),), body=body)
    exchanges = (exchange,) if status else ()
    return Capture(url=url, fetched_at=NOON, outcome=outcome, reason=reason, exchanges=exchanges, body=body)


TEXT = "人民政府镕㐂"
CHARSETS = {
    "UTF-8 that a header calls latin": (TEXT.encode(), "text/html; charset=ISO-8859-1", Charset("iso-8859-1", "utf-8", 0)),
    "GB18030 four bytes under the name gb2312": (
        b'<meta charset="gb2312">' + TEXT.encode("gb18030"), "", Charset("gb2312", "gb18030", 0)
    ),
    "GB bytes under a header that says UTF-8": (TEXT.encode("gb18030"), "text/html; charset=utf-8", Charset("utf-8", "gb18030", 0)),
    "nothing declared": (TEXT.encode("gb18030"), "", Charset("", "gb18030", 0)),
    "a mark before anything declared": (b"\xef\xbb\xbf" + TEXT.encode(), "text/html; charset=gbk", Charset("gbk", "utf-8", 0)),
    "UTF-16": (b"\xff\xfe" + TEXT.encode("utf-16-le"), "", Charset("", "utf-16-le", 0)),
    "http-equiv": (
        b'<meta http-equiv=Content-Type content="text/html; charset=GBK">' + TEXT.encode("gbk", "ignore"), "", Charset("gbk", "gb18030", 0)
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHARSETS)
def test_charset(case: str) -> None:
    """Bytes decide before labels, and every GB label means GB18030."""
    body, content_type, expected = CHARSETS[case]
    text, charset = decoded(body, content_type)
    assert charset == expected
    assert "人民政府" in text


def test_bytes_of_no_charset_are_read_with_replacements_counted() -> None:
    """A torn page is still read, and says how much was lost."""
    text, charset = decoded("人民政府".encode() * 5 + b"\xff\xff\xff" + "网站".encode()[:-1])
    assert text.startswith("人民政府")
    assert (charset.used, charset.replaced) == ("utf-8", 4)


def test_big5_where_declared() -> None:
    """A page in traditional characters."""
    assert decoded("<meta charset=big5>政務公開".encode("big5"))[0].endswith("政務公開")


@pytest.mark.parametrize(
    ("number", "valid"),
    [("11010519491231002X", True), ("110105194912310021", False), ("110105194913310020", False), ("x", False)],
)
def test_identity_number(number: str, valid: bool) -> None:
    """Birthday and check digit of GB 11643."""
    assert is_identity_number(number) is valid


def test_card_number() -> None:
    """Luhn."""
    assert is_card_number("6222021234567890128")
    assert not is_card_number("6222021234567890127")


def test_addresses_are_compared_without_what_differs_by_habit() -> None:
    """Scheme, www, default port, index file, fragment and the gateway of IPv6 do not make another page."""
    assert key_of("https://www.a.gov.cn:443/x/index.html#top") == key_of("http://a.gov.cn/x/")
    assert host_of("http://beian.miit.gov.cn.ipv6.iname.damddos.com/") == "beian.miit.gov.cn"


LINKS = {
    "alive": (answer("http://b.gov.cn/1", "<title>甲</title>"), ("known", "ok")),
    "gone": (answer("http://b.gov.cn/1", status=404, outcome=Outcome.HTTP_ERROR), ("known", "dead")),
    "blocked": (answer("http://b.gov.cn/1", status=412, outcome=Outcome.BLOCKED, reason="瑞数"), ("known", "blocked")),
    "forbidden": (
        answer("http://b.gov.cn/1", status=500, outcome=Outcome.HTTP_ERROR, reason="HTTP 500"),
        ("error", None),
    ),
    "silent once": (answer("http://b.gov.cn/1", status=0, outcome=Outcome.TIMEOUT), ("error", None)),
    "error page in disguise": (answer("http://b.gov.cn/1", "<title>404 页面不存在</title>"), ("known", "dead")),
    "not asked": (
        answer("http://b.gov.cn/1", status=0, outcome=Outcome.SKIPPED, reason="robots.txt不允许"),
        ("unknown", None),
    ),
}


@pytest.mark.parametrize("case", LINKS)
def test_link(case: str) -> None:
    """Only an answer that says so makes a link dead."""
    capture, expected = LINKS[case]
    found = links.Link(url="http://b.gov.cn/1", text="甲", external=True, locator="a")
    said = links.link(found, "home", capture, read_page(capture) if capture.is_readable else None)
    assert (said.state, said.fields.get("outcome")) == expected


def test_a_page_like_the_answer_to_nonsense_is_dead_but_the_home_page_is_not() -> None:
    """Some hosts answer any address with their home page, which makes the home page look like an error page."""
    html = "<title>某县人民政府</title><p>某县人民政府欢迎您，这里是首页，内容很多很多很多</p>"
    home = page_of(html, "http://a.gov.cn/", DAY)
    nonsense = answer("http://a.gov.cn/7f3e.html", html)
    random = links.baseline(nonsense, read_page(nonsense), home)
    assert random is not None
    assert random.is_home
    assert not links.is_soft_404(home, random, "http://a.gov.cn/")
    assert links.is_soft_404(page_of(html, "http://a.gov.cn/old.html", DAY), random, "http://a.gov.cn/")
    other = page_of(
        "<title>某县人民政府</title><p>关于做好防汛工作的通知，各镇人民政府要认真落实</p>",
        "http://a.gov.cn/2.html",
        DAY,
    )
    assert not links.is_soft_404(other, random, "http://a.gov.cn/")


CHANNELS = {
    "a form opens": (answer("http://a.gov.cn/x", "<form><textarea name=q></textarea></form>"), "known", "", True),
    "gone": (answer("http://a.gov.cn/x", status=404, outcome=Outcome.HTTP_ERROR), "known", "", False),
    "blocked": (
        answer("http://a.gov.cn/x", status=521, outcome=Outcome.BLOCKED, reason="加速乐"),
        "blocked",
        "加速乐",
        None,
    ),
    "login": (answer("http://a.gov.cn/x", "<p>请先登录</p>"), "unknown", "要登录后才能看到", None),
    "script": (
        answer("http://a.gov.cn/x", "<div id=app></div><script>axios.get('x')</script>"),
        "unknown",
        "内容由脚本加载",
        None,
    ),
    "timeout": (answer("http://a.gov.cn/x", status=0, outcome=Outcome.TIMEOUT), "error", "timeout", None),
}


@pytest.mark.parametrize("case", CHANNELS)
def test_channel(case: str) -> None:
    """A channel works where a form opens, and is unknown where nobody can see."""
    capture, state, reason, works = CHANNELS[case]
    page = read_page(capture) if capture.is_readable else None
    said = channels.channel("领导信箱", "县长信箱", capture, page)
    assert (said.state, said.reason, said.fields.get("works")) == (state, reason, works)


def test_channel_links_of_a_home_page() -> None:
    """The special channels are told apart from those that count."""
    page = page_of(
        '<a href="/xf/">网上信访</a><a href="/xzxx/">县长信箱</a><a href="/xw/">新闻</a>', "http://a.gov.cn/", DAY
    )
    assert [(kind, name) for kind, name, _, _ in channels.channel_links(page)] == [
        ("网上信访", "网上信访"),
        ("领导信箱", "县长信箱"),
    ]


POLICY = "http://a.gov.cn/zc/t20261101_1.html"


def policy(policy_html: str, interpretation_html: str | None = None, column: str = "") -> dict[str, object]:
    """The fields of the policy document, given the page its link leads to and the interpretation column."""
    page = page_of(policy_html, POLICY, DAY)
    found = policies.interpretation_links(page)
    pages = {u: page_of(interpretation_html, u, DAY) if interpretation_html is not None else None for u in found}
    elsewhere = [row.title for row in rows(page_of(column, "http://a.gov.cn/jd/", DAY))]
    return dict(policies.policy(page, "关于印发《养老办法》的通知", pages, elsewhere).fields)


def test_policy_and_interpretation_linked_both_ways() -> None:
    """The link back is compared without scheme and www."""
    said = policy(
        '<p>发布日期：2026-11-01</p><a href="/jd/1.html">《养老办法》政策解读</a>',
        f'<a href="{POLICY.replace("a.gov", "www.a.gov")}">原文</a>',
    )
    assert said == {"title": "关于印发《养老办法》的通知", "published": date(2026, 11, 1), "interpreted": True, "links_forward": True, "links_back": True}  # fmt: skip


def test_interpretation_that_does_not_lead_back() -> None:
    """One way only."""
    said = policy('<p>发布日期：2026-11-01</p><a href="/jd/1.html">图文解读</a>', "<p>没有链接</p>")
    assert (said["links_forward"], said["links_back"]) == (True, False)


def test_interpretation_that_cannot_be_read_leaves_the_way_back_open() -> None:
    """Blocked is not missing."""
    said = policy('<a href="/jd/1.html">图文解读</a>')
    assert (said["links_forward"], said.get("links_back")) == (True, None)


def test_interpreted_somewhere_but_not_linked() -> None:
    """The interpretation column names the document; the name of the column in the navigation is no interpretation."""
    said = policy(
        '<a href="/jd/">政策解读</a>',
        None,
        '<ul><li><a href="/jd/9.html">《养老办法》解读</a><span>2026-11-02</span></li></ul>',
    )
    assert (said["interpreted"], said["links_forward"]) == (True, False)


def test_nothing_says_whether_it_was_interpreted() -> None:
    """No link is known; whether an interpretation exists elsewhere stays open."""
    said = policy("<p>发布日期：2026-11-01</p>")
    assert (said.get("interpreted"), said["links_forward"]) == (None, False)


def test_another_page_for_search_engines() -> None:
    """The two captures differ in title."""
    plain = page_of("<title>某县人民政府</title>", "http://a.gov.cn/", DAY)
    cloaked = page_of("<title>bet365官网</title>", "http://a.gov.cn/", DAY)
    signs = [o.fields["signal"] for o in tamper.cloaked(plain, cloaked)]
    assert signs == ["对搜索引擎来路显示不同标题"]
    assert tamper.cloaked(plain, plain) == []


def test_every_fault_of_a_word_list_is_told() -> None:
    """Policy staff edit the list."""
    with pytest.raises(InputError) as error:
        read_words(
            "schema: wording/1\nwords:\n- {wrong: 甲, right: 乙, severity: bad}\n- {wrong: 丙, severity: general}\n",
            "w.yaml",
        )
    assert len(error.value.problems) == 2
    assert len(shipped_words()) >= 15


def test_a_page_reads_back_from_its_capture() -> None:
    """Title, metas by lower-case name, the day in Shanghai, a base address."""
    late = replace(answer("http://a.gov.cn/x/", '<base href="/y/"><title> 甲 </title><meta name="SiteName" content="乙">'), fetched_at=datetime(2026, 11, 24, 20, tzinfo=UTC))  # fmt: skip
    page = read_page(late)
    assert (page.title, page.metas, page.fetched_on, page.absolute("1.html")) == (
        "甲", {"sitename": "乙"}, date(2026, 11, 25), "http://a.gov.cn/y/1.html"
    )  # fmt: skip


def test_observations_say_where() -> None:
    """Every candidate has its quote; the best one its place."""
    page = page_of(
        '<ul id="l"><li><a href="/a/1.html">会议召开</a><span>2026-11-20</span></li></ul>', "http://a.gov.cn/", DAY
    )
    said = home(page)
    assert isinstance(said, Observation)
    assert (said.locator, said.quote) == ("ul#l > li:nth-of-type(1)", "2026-11-20")


TORN = {
    "comments": "<!--" * 40_000,
    "rows in comments": "<!-- <li>" * 20_000,
    "scripts": "<script" * 30_000,
    "tags": "<" * 150_000,
    "records": "<record><![CDATA[" * 10_000,
    "written": "document.write(" * 15_000,
    "escapes": 'unescape("' * 15_000,
    "templates": "{{" * 60_000,
    "digits": "2020-" * 30_000,
    "numbers": "1" * 150_000,
    "labels": "发布日期：" * 15_000,
    "nested": "<ul><li><a href=/a.html>标题</a>" * 1_500,
    "navigation": "<div class=nav><ul>" + "<li><a href=/c/>栏目名称</a>" * 8_000,
    "hidden": '<div style="display:none"><a href=http://x/>x</a>' * 2_000,
    "one address": '<a href="/' + "a/" * 60_000 + '">关于某某</a>',
}


@pytest.mark.parametrize("name", TORN)
def test_torn_pages_are_read_forward_only(name: str) -> None:
    """Each extractor comes to an end on marks that are opened thousands of times and never closed."""
    page = page_of(TORN[name], "http://a.gov.cn/", DAY)
    for extractor in (updates, home, footer, columns, tamper_signs, privacy, dates_of, messages, client_redirect):
        extractor(page)
    links.links(page, 80)
    channels.channel_links(page)
    links.is_soft_404(page, None, "http://b.gov.cn/")
    block(Exchange(url="http://a.gov.cn/", status=200), TORN[name].encode())
    assert updates(page).newest is None


def test_markup_without_what_nobody_sees() -> None:
    """Comments, scripts, styles and metas go; what is never closed goes on to the end."""
    text = "a<!-- b -->c<SCRIPT x>d</script >e<style>f</style>g<meta h>i<script>j"
    assert without_unseen(text) == "a c e g i "
    assert without_unseen("a<!-- b") == "a "
    assert list(between("<r>1</r><r>2<r>3</r><r>4", "<r>", "</r>")) == ["1", "2<r>3"]


@pytest.mark.parametrize(
    ("html", "target"),
    [
        ('<meta http-equiv="Refresh" content="0; url=/web/index.html">', "http://a.gov.cn/web/index.html"),
        ("<script>window.location.href='/cn/'</script>", "http://a.gov.cn/cn/"),
        ('<script>location.replace("http://www.a.gov.cn/portal/")</script>', "http://www.a.gov.cn/portal/"),
        ('<meta http-equiv="refresh" content="600">', ""),
        ("<script>location.href='/'</script>", ""),
        ("<p>" + "欢迎访问本网站，这里有许多内容。" * 20 + "</p><script>if(phone)location.href='/m/'</script>", ""),
    ],
)
def test_a_page_that_only_sends_its_visitor_on(html: str, target: str) -> None:
    """By meta refresh or script; a page with something to read stays."""
    assert client_redirect(page_of(html, "http://a.gov.cn/", DAY)) == target


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"articles": [{"title": "甲", "date": 1795449600, "url": "/1"}]}', ("known", date(2026, 11, 24), 1)),
        ('{"data": {"list": [{"TITLE": "甲", "docRelPubTime": "2026-11-20 10:00:00"}, {"title": "乙", "pubDate": "2027-01-01"}]}}', ("known", date(2026, 11, 20), 1)),
        ('[{"title": "甲", "created_at": "2026-11-20T20:00:00Z"}]', ("known", date(2026, 11, 21), 1)),
        ('{"total": 0, "articles": []}', ("known", "none", 0)),
        ('{"articles": [{"name": "甲"}]}', ("unknown", None, None)),
        ('{"articles": [{"title": "甲", "date": "2027-01-01"}]}', ("unknown", None, None)),
        ("<html>", ("error", None, None)),
    ],
)  # fmt: skip
def test_json_lists(text: str, expected: tuple[object, ...]) -> None:
    """Any list of objects with a title and a day."""
    found = json_updates(text, DAY)
    assert (found.state, found.newest, found.items) == expected


def test_frames_of_the_own_host() -> None:
    """Weather of another host is nobody's list."""
    page = page_of(
        '<iframe src="list.html"></iframe><iframe src="http://weather.example/"></iframe>', "http://a.gov.cn/c/", DAY
    )
    assert frame_sources(page) == ["http://a.gov.cn/c/list.html"]


@settings(deadline=None)
@given(st.text(alphabet="htp:/@[].?#%aZ0129 \\\t\n政", max_size=30))
def test_no_address_of_a_page_breaks_its_reading(href: str) -> None:
    """Whatever a link says, it is an address that can be compared, or none."""
    url = page_of("", "http://a.gov.cn/x/", DAY).absolute(href)
    assert url == "" or key_of(url)
