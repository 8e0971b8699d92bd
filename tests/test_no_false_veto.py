"""Over generated pages: what is said of a list is its true newest day, or that it cannot be told; never another day, never blank."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hege.collectors.demo_city.city import Item, article_path
from hege.collectors.demo_city.families import LISTS
from hege.collectors.extracting.page import page_of
from hege.collectors.extracting.updates import updates
from hege.engine.facts import NONE

TODAY = date(2026, 11, 24)
NAVIGATION = '<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/c1/">动态要闻</a></li><li><a href="/c2/">通知公告</a></li></ul></div>'
NOISE = (
    '<div class="top">今天是2026年11月24日 星期二 <a href="/wsb/">网上办事</a></div>',
    '<p>页面生成时间：2026-11-24 08:00:00 <a href="/map/">网站地图</a></p>',
    '<meta name="PubDate" content="2026-11-24 08:00:00"><meta name="others" content="页面生成时间 2026-11-24 08:00:00">',
    '<script>$.get("/count?d=2026-11-24")</script>',
    "<script>document.write(new Date().getFullYear())</script>",
    '<iframe src="http://weather.example/2026-11-24/" width="200"></iframe>',
    "<!-- 2026-11-24 更新模板 -->",
    "<p>版权所有 2010-2026 云川市人民政府办公室主办 滇ICP备26000001号-1</p>",
    '<div><a href="/zt/">“十四五”规划（2021-2025年）专题</a></div>',
    '<p>咨询电话：0871-12345678 邮编：650000 <a href="/lx/">联系我们</a></p>',
)
UNSURE = {"script", "yearless"}


@st.composite
def lists(draw: st.DrawFn) -> tuple[str, list[Item], str]:
    """A family, its items (the newest first, or not), and the page they stand on."""
    family = draw(st.sampled_from(sorted(LISTS)))
    ages = draw(st.lists(st.integers(min_value=0, max_value=900), min_size=1, max_size=12))
    if draw(st.booleans()):
        ages.sort()
    titles = (
        "关于做好{n}月份工作的通知",
        "2024年12月31日前完成整改的通告",
        "市领导调研第{n}产业园区",
        "关于印发2025-2027年行动方案的通知",
        "公示〔2026〕{n}号",
    )
    items = []
    for place, age in enumerate(ages, 1):
        day = TODAY - timedelta(days=age)
        title = draw(st.sampled_from(titles)).format(n=place)
        items.append(Item(title=title, path=article_path(family, 3, place, day), day=day))
    before = draw(st.lists(st.sampled_from(NOISE), max_size=3))
    after = draw(st.lists(st.sampled_from(NOISE), max_size=3))
    html = f"<html><title>通知公告</title><body>{''.join(before)}{NAVIGATION}<div class='main'>{LISTS[family](items)}</div>{''.join(after)}</body></html>"
    return family, items, html


@settings(max_examples=150, deadline=None)
@given(lists())
def test_a_list_is_read_right_or_left_open(made: tuple[str, list[Item], str]) -> None:
    """No page that was updated is called old or blank; no old one is called updated."""
    family, items, html = made
    found = updates(page_of(html, "http://www.a.gov.cn/c3/", TODAY))
    if family in UNSURE:
        assert (found.state, found.newest) == ("unknown", None)
    else:
        assert (found.state, found.newest, found.items) == ("known", max(i.day for i in items), len(items))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(LISTS)), st.lists(st.sampled_from(NOISE), max_size=4))
def test_an_empty_list_is_blank_only_where_nothing_could_fill_it(family: str, noise: list[str]) -> None:
    """An empty list beside a script that loads something is open, not blank; a template never is blank."""
    html = f"<html><body>{NAVIGATION}<div class='main'>{LISTS[family]([])}</div>{''.join(noise)}</body></html>"
    found = updates(page_of(html, "http://www.a.gov.cn/c3/", TODAY))
    assert found.newest in (None, NONE)
    loads = any(word in piece for piece in noise for word in ("$.get", "iframe"))
    if family == "script" or (loads and family != "hanweb"):
        assert found.state == "unknown"
