"""The city as declared in city.yaml, and where each of its pages stands."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import yaml

STEP = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One item of a column. `path` is where its page stands."""

    title: str
    path: str
    day: date
    interpreted_by: str = ""  # path of the interpretation that the page links to
    interprets: str = ""  # path of the policy that the page links to
    missing: tuple[str, ...] | None = None  # of a guide


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A letter and its answer."""

    title: str
    path: str
    submitted: date
    replied: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoColumn:
    """A column of a site."""

    name: str
    path: str
    column_class: str
    items: tuple[Item, ...] = ()
    letters: tuple[Letter, ...] = ()
    listed: bool = False
    static: bool = False
    blank: bool = False
    undated: bool = False
    text: str = ""
    seen: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoSite:
    """A site: what it holds, how it is built, how its server behaves, what an inspection must say."""

    id: str
    name: str
    family: str
    charset: str
    code: str
    serves: str
    columns: tuple[DemoColumn, ...]
    channels: tuple[Mapping[str, Any], ...]
    links: tuple[Mapping[str, Any], ...]
    friends: tuple[str, ...]
    footer: Mapping[str, str]
    tampered: Mapping[str, str]
    nav_only: bool
    seen: Mapping[str, str]
    failures: int
    verdict: str
    problem: tuple[str, ...]

    def listed(self) -> list[Item]:
        """The items that stand on the home page."""
        return [item for column in self.columns if column.listed for item in column.items[:3]]


@dataclass(frozen=True, kw_only=True, slots=True)
class City:
    """The city as it is on a day."""

    name: str
    day: date
    sites: tuple[DemoSite, ...]
    accounts: tuple[Mapping[str, Any], ...] = ()  # as declared; `accounts` of this package makes them what they are


def load_city(day: date) -> City:
    """The city that comes with hege, as of a day."""
    text = (importlib.resources.files("hege") / "collectors" / "demo_city" / "city.yaml").read_text(encoding="utf-8")
    declared = yaml.safe_load(text)
    sites = tuple(_site(s, day) for s in declared["sites"])
    return City(name=declared["name"], day=day, sites=sites, accounts=tuple(declared.get("accounts", ())))


def _site(declared: Mapping[str, Any], day: date) -> DemoSite:
    family = declared["family"]
    columns = [_column(c, number, family, day) for number, c in enumerate(declared.get("columns", ()), 1)]
    return DemoSite(
        id=declared["id"], name=declared["name"], family=family, charset=declared.get("charset", "utf-8"), code=declared["code"],
        serves=declared.get("serves", "plainly"), columns=_linked(columns), channels=tuple(declared.get("channels", ())),
        links=tuple(declared.get("links", ())), friends=tuple(declared.get("friends", ())), footer=declared.get("footer", {}),
        tampered=declared.get("tampered", {}), nav_only=declared.get("nav_only", False), seen=declared.get("seen", {}),
        failures=declared.get("failures", 0), verdict=declared["verdict"], problem=tuple(declared.get("problem", ())),
    )  # fmt: skip


def _column(declared: Mapping[str, Any], number: int, family: str, day: date) -> DemoColumn:
    path = f"/c{number}/"
    guides = declared.get("guides")
    titles = _titles(declared["name"], len(guides) if guides else declared.get("items", 0), bool(guides), declared)
    newest, step = declared.get("newest", 400), declared.get("step", STEP)
    items = [
        Item(
            title=title, path=article_path(family, number, place, when), day=when,
            missing=tuple(guides[place - 1]) if guides else None,
        )
        for place, title in enumerate(titles, 1)
        for when in [day - timedelta(days=newest + step * (place - 1))]
    ]  # fmt: skip
    letters = [
        Letter(
            title=f"来信{place}", path=f"{path}letter_{place}.html", submitted=day - timedelta(days=m["submitted"]),
            replied=day - timedelta(days=m["replied"]) if "replied" in m else None,
        )
        for place, m in enumerate(declared.get("messages", ()), 1)
    ]  # fmt: skip
    return DemoColumn(
        name=declared["name"], path=path, column_class=declared["class"], items=tuple(items), letters=tuple(letters),
        listed=declared.get("listed", False), static=declared.get("static", False), blank=declared.get("blank", False),
        undated=declared.get("undated", False), text=declared.get("text", ""), seen=declared.get("seen", ""),
    )  # fmt: skip


_POLICY_NAMES = ("养老服务促进办法", "公共停车管理办法", "市政府工作规则", "农村公路养护办法")


def _titles(name: str, count: int, guides: bool, declared: Mapping[str, Any]) -> list[str]:
    if guides:
        return [f"{what}办事指南" for what in ("居住证办理", "营业执照办理")][:count]
    if declared.get("interpretations"):
        return [f"《云川市{p}》政策解读" for p in _POLICY_NAMES[:count]]
    if declared["class"] == "政策文件":
        return [f"关于印发《云川市{p}》的通知" for p in _POLICY_NAMES[:count]]
    return [f"{name}第{place}条：全市有关工作稳步推进" for place in range(1, count + 1)]


def _linked(columns: list[DemoColumn]) -> tuple[DemoColumn, ...]:
    """Joins policies and interpretations as the third policy's neighbours do: both ways, one way, not at all."""
    policies = next((c for c in columns if c.column_class == "政策文件" and c.items), None)
    interpretations = next((c for c in columns if c.name == "政策解读"), None)
    if policies is None or interpretations is None:
        return tuple(columns)
    first, second, *rest = policies.items
    one, two = interpretations.items
    new = {
        policies.name: (_with(first, interpreted_by=one.path), _with(second, interpreted_by=two.path), *rest),
        interpretations.name: (_with(one, interprets=first.path), two),
    }
    return tuple(_with_items(c, new[c.name]) if c.name in new else c for c in columns)


def _with(item: Item, *, interpreted_by: str = "", interprets: str = "") -> Item:
    return Item(
        title=item.title,
        path=item.path,
        day=item.day,
        interpreted_by=interpreted_by,
        interprets=interprets,
        missing=item.missing,
    )


def _with_items(column: DemoColumn, items: tuple[Item, ...]) -> DemoColumn:
    return DemoColumn(
        name=column.name, path=column.path, column_class=column.column_class, items=items, letters=column.letters,
        listed=column.listed, static=column.static, blank=column.blank, undated=column.undated, text=column.text, seen=column.seen,
    )  # fmt: skip


def article_path(family: str, column: int, place: int, day: date) -> str:
    """Where the page of an item stands, as the content system names it."""
    match family:
        case "hanweb":
            return f"/art/{day.year}/{day.month}/{day.day}/art_{column}_{place}.html"
        case "generated" | "gkmlpt":
            return f"/c{column}/{day:%Y%m}/{column}{place:05}.shtml"
        case "yearless":
            return f"/show.jsp?id={column}{place:03}"
        case _:
            return f"/c{column}/{day:%Y%m}/t{day:%Y%m%d}_{column}{place}.html"
