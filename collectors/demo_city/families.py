"""How content systems build a list and an article. One function a family; each gives the HTML between head and foot."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, time
from html import escape

from hege.collectors.demo_city.city import DemoColumn, Item
from hege.engine.dates import SHANGHAI


def _link(item: Item, inner: str = "") -> str:
    return (
        f'<a href="{escape(item.path)}" title="{escape(item.title)}" target="_blank">{inner or escape(item.title)}</a>'
    )


def trs(items: Sequence[Item]) -> str:
    """A list with the day in a span, and a pager drawn by script."""
    rows = "".join(f"<li>·{_link(i)}<span>{i.day:%Y-%m-%d}</span></li>\n" for i in items)
    return f'<ul class="list">{rows}</ul>' + (
        '<script>createPageHTML(1, 0, "index", "html");</script>' if items else ""
    )


def hanweb(items: Sequence[Item]) -> str:
    """An XML store in a script; the list itself is drawn from it by the browser."""
    records = "".join(
        f"<record><![CDATA[<li><a href='{i.path}' target='_blank'>{escape(i.title)}</a><span>{i.day:%Y-%m-%d}</span></li>]]></record>" for i in items
    )  # fmt: skip
    total = f"<totalrecord>{len(items)}</totalrecord><totalpage>1</totalpage>"
    more = "<nextgroup><![CDATA[<a href='/module/web/jpage/dataproxy.jsp?page=1&appid=1'></a>]]></nextgroup>"
    return f"<div id='5501'></div><script type='text/xml'><datastore>{more}<recordset>{records}</recordset>{total}</datastore></script>"


def table(items: Sequence[Item]) -> str:
    """Upper-case tags, a blank row after every two."""
    rows = []
    for place, i in enumerate(items, 1):
        rows.append(
            f'<TR><TD width="30">·</TD><TD>{_link(i)}</TD><TD width="80" align="right">{i.day:%Y-%m-%d}</TD></TR>'
        )
        if place % 2 == 0:
            rows.append("<TR><TD colspan=3>&nbsp;</TD></TR>")
    return f'<TABLE class="list" width="100%">{"".join(rows)}</TABLE>'


def generated(items: Sequence[Item]) -> str:
    """Month and day spread over lines, the year only in the address."""
    return (
        "<ul class='list'>"
        + "".join(f"<li>{_link(i)}<span class='time'>\n {i.day:%m-%d} \n</span></li>" for i in items)
        + "</ul>"
    )


def bigday(items: Sequence[Item]) -> str:
    """A big day over a small year and month."""
    boxes = "".join(
        f'<div class="row"><div class="date"><b>{i.day:%d}</b><i>{i.day:%Y-%m}</i></div><h3>{_link(i)}</h3></div>'
        for i in items
    )
    return f'<div class="news">{boxes}</div>' if items else '<div class="news"></div>'


def flat(items: Sequence[Item]) -> str:
    """Titles and days side by side, without a box per row, blanks inside the day."""
    return "<dl>" + "".join(f"<dt>{i.day:%Y}- {i.day:%m}- {i.day:%d}</dt><dd>{_link(i)}</dd>" for i in items) + "</dl>"


def yearless(items: Sequence[Item]) -> str:
    """Month and day, and an address that tells nothing."""
    return "<ul class='list'>" + "".join(f"<li>{_link(i)}<em>[{i.day:%m-%d}]</em></li>" for i in items) + "</ul>"


def script(items: Sequence[Item]) -> str:
    """A template that only a browser fills."""
    return (
        "<div id='380055'></div><script type='text/x-handlebars'>{{#each rows}}<li><a href='{{url}}'>{{title}}</a>"
        "<span>{{formatDate day 'yyyy'}}-{{formatDate day 'MM'}}</span></li>{{/each}}</script>"
        "<script>loadPageData({webSiteCode:'1', perPage:15}, '380055')</script>"
    )


LISTS: dict[str, Callable[[Sequence[Item]], str]] = {
    "trs": trs, "hanweb": hanweb, "table": table, "generated": generated, "bigday": bigday, "flat": flat, "frame": trs,
    "gkmlpt": trs, "yearless": yearless, "script": script,
}  # fmt: skip


def column_list(family: str, column: DemoColumn) -> str:
    """The list of a column, as its family puts it on the page."""
    if column.undated:
        return "<ul>" + "".join(f"<li>{_link(i)}</li>" for i in column.items) + "</ul>"
    if family == "frame":
        return f'<iframe src="{column.path}list.html" width="100%" frameborder="0"></iframe>'
    if family == "gkmlpt":
        return f"<div id='app'></div><script>var api='/gkmlpt/api/all/{column.path.strip('/c')}?page=1';</script>"
    return LISTS[family](column.items)


def json_list(column: DemoColumn) -> str:
    """The answer of the JSON interface of the gkmlpt family."""
    articles = [
        {"title": i.title, "url": i.path, "created_at": f"{i.day} 08:00:00", "date": int(datetime.combine(i.day, time(9), SHANGHAI).timestamp())}
        for i in column.items
    ]  # fmt: skip
    return json.dumps({"total": len(articles), "articles": articles}, ensure_ascii=False)


def article(family: str, item: Item, generated_at: str) -> tuple[str, str]:
    """Metas and body of an item's page."""
    metas = f'<meta name="ArticleTitle" content="{escape(item.title)}"><meta name="ContentSource" content="本站">'
    if (
        family == "generated"
    ):  # this content system writes the moment of generation where the day of publication belongs
        metas += (
            f'<meta name="PubDate" content="{generated_at}"><meta name="others" content="页面生成时间 {generated_at}">'
        )
    else:
        metas += f'<meta name="PubDate" content="{item.day} 09:00:00">'
    body = f"<h1>{escape(item.title)}</h1><p>发布日期：<span>{item.day}</span></p><p>全市有关工作稳步推进。</p>"
    if item.interpreted_by:
        body += f'<h2>相关链接</h2><a href="{item.interpreted_by}">{escape(item.title)}政策解读</a>'
    if item.interprets:
        body += f'<h2>相关链接</h2><a href="{item.interprets}">查看原文</a>'
    return metas, body
