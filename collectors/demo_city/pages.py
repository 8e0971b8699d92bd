"""The pages of a site of the demo city: home, columns, articles, letters, channels, and what else an address may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape

from hege.collectors.demo_city.city import DemoColumn, DemoSite, Item
from hege.collectors.demo_city.families import LISTS, article, column_list, json_list
from hege.collectors.extracting.guides import ELEMENTS

_LOST = "<h1>页面不存在</h1><p>您访问的页面没有找到，可能已被删除。</p>"
_FORM = '<form method="post"><input type="text" name="name"><textarea name="content"></textarea><button>提交</button></form>'
_LOGIN = "<p>请先登录后再写信。</p>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a server sends."""

    status: int
    body: bytes
    content_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """The pages of a site. `bases` are the addresses of all sites by id."""

    site: DemoSite
    day: date
    bases: Mapping[str, str]

    def answer(self, path: str) -> Answer:
        """The answer to a path."""
        if path == "/":
            return self._page(self.site.name, self._home(), title=self.site.tampered.get("title", ""))
        if path == "/robots.txt":
            return Answer(status=200, body=b"User-agent: *\nAllow: /\n", content_type="text/plain")
        for number, channel in enumerate(self.site.channels, 1):
            if path == f"/hd{number}/":
                return self._page(channel["name"], _LOGIN if channel["works"] == "login" else _FORM)
        for column in self.site.columns:
            found = self._column(column, path)
            if found:
                return found
        if self.site.serves == "soft-404":
            return self._page("页面不存在", _LOST)
        return self._page("页面不存在", _LOST, status=404)

    def _column(self, column: DemoColumn, path: str) -> Answer | None:
        if path == column.path:
            return self._page(
                column.name, self._column_body(column), metas=f'<meta name="ColumnName" content="{column.name}">'
            )
        if path == f"{column.path}list.html":
            return self._page(column.name, LISTS["trs"](column.items))
        if path.split("?")[0] == f"/gkmlpt/api/all/{column.path.strip('/c')}":
            return Answer(status=200, body=json_list(column).encode(), content_type="application/json; charset=utf-8")
        for item in column.items:
            if path == item.path:
                return self._article(item)
        for letter in column.letters:
            if path == letter.path:
                return self._page(letter.title, f"<h1>{letter.title}</h1><p>来信内容。</p>")
        return None

    def _column_body(self, column: DemoColumn) -> str:
        intro = f"<p>{column.text}</p>" if column.text else ""
        if column.static:
            return "<h2>机构设置</h2><p>办公室：负责日常工作。</p>"
        if column.blank:
            return intro + '<div class="list"><p>暂无信息</p></div>'
        if column.letters:
            rows = "".join(
                f'<tr><td><a href="{m.path}">{m.title}</a></td><td>{m.submitted}</td><td>{m.replied or "办理中"}</td></tr>'
                for m in column.letters
            )
            heading = "<tr><th>标题</th><th>来信时间</th><th>答复时间</th></tr>"
            return f'<p><a href="/hd1/">我要写信</a></p><table>{heading}{rows}</table>'
        return intro + column_list(self.site.family, column)

    def _article(self, item: Item) -> Answer:
        metas, body = article(self.site.family, item, f"{self.day} 06:00:00")
        if item.missing is not None:
            body = "".join(f"<h3>{name}</h3><p>见窗口公示。</p>" for name in ELEMENTS if name not in item.missing)
        return self._page(item.title, body, metas=metas)

    def _home(self) -> str:
        site = self.site
        navigation = "".join(f'<li><a href="{c.path}">{c.name}</a></li>' for c in site.columns)
        blocks = "".join(
            f'<div class="box"><div class="hd"><h2>{c.name}</h2><a href="{c.path}">更多</a></div>{LISTS[site.family](c.items[:3])}</div>'
            for c in site.columns
            if c.listed
        )
        channels = "".join(f'<a href="/hd{n}/">{c["name"]}</a>' for n, c in enumerate(site.channels, 1))
        links = "".join(f'<a href="/gone{n}.html">{link["text"]}</a>' for n, link in enumerate(site.links, 1))
        friends = "".join(f'<a href="{self.bases[f]}/">部门网站</a>' for f in site.friends)
        hidden = site.tampered.get("hidden")
        unseen = f'<div style="position:absolute;left:-9999px"><a href="{hidden}">友情</a></div>' if hidden else ""
        return f'<div class="nav"><ul><li><a href="/">首页</a></li>{navigation}</ul></div>{blocks}<div class="hudong">{channels}</div>{links}{friends}{unseen}'

    def _page(self, heading: str, body: str, *, metas: str = "", title: str = "", status: int = 200) -> Answer:
        site = self.site
        charset = site.charset
        shown = title or (heading if heading == site.name else f"{heading}-{site.name}")
        html = (
            f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>{escape(shown)}</title>'
            f'<meta name="SiteName" content="{site.name}"><meta name="SiteIDCode" content="{site.code}">{metas}</head>'
            f"<body>{body}{_foot(site)}</body></html>"
        )
        encoded = html.encode("gb18030" if charset.startswith("gb") else charset)
        return Answer(status=status, body=encoded, content_type="text/html")


def footer_of(site: DemoSite) -> dict[str, str]:
    """What the foot of a site prints, as declared: 无 for what is missing."""
    number = site.code[-4:]
    return {
        "icp": f"滇ICP备2600{number}号-1", "police": f"滇公网安备5399000200{number}号", "find_error": site.code,
        "address": f"云川市人民路{int(number)}号", "owner": site.name, "contact": f"0870-1234{number}",
    } | dict(site.footer)  # fmt: skip


def _foot(site: DemoSite) -> str:
    printed = footer_of(site)
    pieces = [
        f"网站标识码：{site.code}",
        *(printed[n] for n in ("icp", "police") if printed[n] != "无"),
        f"地址：{printed['address']}",
        f"主办单位：{printed['owner']}",
        f"联系电话：{printed['contact']}",
    ]
    emblem = (
        f"<script>document.write(unescape(\"%3Cspan id='_ideConac' %3E%3C/span%3E%3Cscript src='//dcs.conac.cn/js/{site.code}.js'%3E%3C/script%3E\"));</script>"
    )  # fmt: skip
    entry = f"<script id=\"_jiucuo_\" sitecode='{printed['find_error']}' src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>"
    return f'<div class="footer"><p>{"　".join(pieces)}</p>{emblem}{entry}</div>'
