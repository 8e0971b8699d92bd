"""Which columns a site has, from the navigation of its home page, and which class each seems to be.

A guess is a guess: a person's profile (columns.csv) goes before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from hege.collectors.extracting.lists import looks_like_article
from hege.collectors.extracting.page import Page, key_of, locator
from hege.collectors.observation import quoted

# In this order: 政策解读 is no policy document, 工作动态 is news before it is work, 统计新闻 is news and no figures.
_CLASSES = (
    ("政策解读", re.compile(r"解读|图解")),
    ("调查征集", re.compile(r"征集|调查")),
    ("在线访谈", re.compile(r"访谈")),
    ("政务咨询", re.compile(r"咨询|信箱|留言|互动|问政|12345")),
    ("领导信息", re.compile(r"领导")),
    ("机构职能", re.compile(r"机构|职能|职责")),
    ("概况信息", re.compile(r"简介|概况|概览|走进")),
    ("办事统计", re.compile(r"(办件|办事|办理)(情况)?统计")),
    (
        "其他",
        re.compile(r"专题|链接|指南|办事|服务|地图|联系|关于|无障碍|繁体|english|登录|注册|搜索|依申请", re.IGNORECASE),
    ),
    ("年度报表", re.compile(r"年报|年度报告|报表|预算|决算|预决算")),
    ("人事信息", re.compile(r"人事|招考|招聘|任免|公务员")),
    ("规划计划", re.compile(r"规划|计划")),
    ("通知公告", re.compile(r"通知|公告|公示|通告")),
    ("数据发布", re.compile(r"数据|统计(公报|信息|年鉴)")),
    ("政策文件", re.compile(r"政策|文件|法规|规章|规范性")),
    ("动态要闻", re.compile(r"要闻|动态|新闻|快讯|快报|头条|资讯|时政|头题")),
    ("业务工作", re.compile(r"工作|业务|监管|执法|建设")),
)
_UPDATING = ("动态要闻", "通知公告", "政策文件", "规划计划", "年度报表", "业务工作", "人事信息")
_STATIC = re.compile(
    r"简介|概况|机构|领导|职能|联系|关于|地图|指南|链接|无障碍|繁体|english|登录|注册|搜索|依申请", re.IGNORECASE
)
_NOT_A_COLUMN = re.compile(
    r"^(首\s*页|网站首页|返回.*|更多.*|more|english|繁體?|简体|无障碍.*|适老.*|长者.*|登录|注册|网站地图|设为首页|加入收藏|\W+|\d+)$",
    re.IGNORECASE,
)
_NAVIGATION = (
    "nav a", "[class*=nav i] a", "[id*=nav i] a", "[class*=menu i] a", "[id*=menu i] a", "[class*=channel i] a",
    "[class*=daohang i] a", "[class*=lanmu i] a",
)  # fmt: skip
MOST = 200  # a page with more short links than that is no navigation
_HIGHEST = 40
_MORE = re.compile(r"^\W*(更多|more)\W*$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column as found or as a person says. None: not known."""

    name: str
    url: str
    column_class: str | None = None
    level: int | None = None
    on_home: bool | None = None
    should_update: bool | None = None
    selector: str = ""
    locator: str = ""
    quote: str = ""

    def known(self) -> dict[str, object]:
        """The fields of a `column` fact that are known before its page is opened."""
        fields = {
            "name": self.name, "class": self.column_class, "level": self.level, "on_home": self.on_home,
            "should_update": self.should_update,
        }  # fmt: skip
        return {name: value for name, value in fields.items() if value is not None}


def guessed_class(name: str) -> str | None:
    """The class a column's name suggests; None where it suggests nothing."""
    return next((word for word, expression in _CLASSES if expression.search(name)), None)


def is_static(name: str) -> bool:
    """Whether a column of that name has nothing to update by its nature (组织机构, 领导简介)."""
    return bool(_STATIC.search(name))


def meta_class(page: Page) -> str | None:
    """The class that a column page itself states in its metas ColumnType or ColumnName."""
    for name in ("columntype", "columnname"):
        found = guessed_class(page.metas.get(name, ""))
        if found:
            return found
    return None


def columns(page: Page) -> list[Column]:
    """The columns a home page leads to: its navigation, and the headings of blocks that have a 更多."""
    found: dict[str, Column] = {}
    for node in page.tree.css(",".join(_NAVIGATION)):
        if len(found) >= MOST:
            return list(found.values())
        name = "".join((node.text(deep=True) or node.attributes.get("title") or "").split())
        url = page.absolute(node.attributes.get("href") or "")
        if _is_column(page, name, url) and key_of(url) not in found:
            found[key_of(url)] = _column(name, url, 2 if _is_nested(node) else 1, node)
    for node in page.tree.css("a[href]"):
        if _MORE.match("".join(node.text(deep=True).split())):
            url = page.absolute(node.attributes.get("href") or "")
            name = _heading(node)
            if name and url and _is_column(page, name, url) and key_of(url) not in found and len(found) < MOST:
                found[key_of(url)] = _column(name, url, None, node)
    return list(found.values())


def _is_nested(node: LexborNode) -> bool:
    """Whether a link stands in a list inside a list item: a menu below a menu."""
    depth, above = 0, node.parent
    for _ in range(_HIGHEST):
        if above is None:
            break
        depth += above.tag in ("ul", "dl")
        above = above.parent
    return depth >= 2


def _is_column(page: Page, name: str, url: str) -> bool:
    return bool(
        2 <= len(name) <= 16 and url and page.is_own(url) and key_of(url) != key_of(page.url)
        and not _NOT_A_COLUMN.match(name) and not looks_like_article(url)
    )  # fmt: skip


def _heading(more: LexborNode) -> str:
    """The title of the block a 更多 belongs to: the heading beside it."""
    above = more.parent
    for _ in range(3):
        if above is None:
            return ""
        for node in above.css("h2,h3,h4,.title,.tit,.bt,strong,span"):
            text = "".join(node.text(deep=True).replace(more.text(deep=True), "").split())
            if 2 <= len(text) <= 12 and not _MORE.match(text):
                return text
        above = above.parent
    return ""


def _column(name: str, url: str, level: int | None, node: LexborNode) -> Column:
    word = guessed_class(name)
    should = False if is_static(name) else True if word in _UPDATING else None
    return Column(
        name=name, url=url, column_class=word, level=level, on_home=True, should_update=should,
        locator=locator(node), quote=quoted(node.text(deep=True)),
    )  # fmt: skip
