"""Two rulebooks compared in sentences: nothing is missed, nothing is told of equal ones, and no direction is claimed falsely."""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path as Folder
from typing import Any as Anything

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hege.engine.dates import Duration, Unit
from hege.engine.errors import Place
from hege.engine.rulebook import model, mutation
from hege.engine.rulebook.canonical import digest
from hege.engine.rulebook.difference import differences
from hege.engine.rulebook.library import list_packs, load_rulebook, shipped_rules
from hege.engine.rulebook.model import Direction, Law, Path, Relation, Rulebook
from hege.engine.rulebook.treediff import stricter
from hege.engine.text import Language
from hege.outputs import rulediff

from .oracle import Oracle
from .test_cli import run
from .test_oracle_agreement import DAY, VOCABULARY, WORKING_DAYS, checks, flat, some_facts

BOOKS = {pack: load_rulebook([pack]) for pack in list_packs()}
BASE = (shipped_rules() / "cn" / "2019-19" / "indicators.yaml").read_text(encoding="utf-8")


def changed(folder: Folder, *changes: str) -> Rulebook:
    """The national pack with texts replaced: old, new, old, new."""
    text = BASE
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    (folder / "indicators.yaml").write_text(text, encoding="utf-8")
    shutil.copy(shipped_rules() / "cn" / "2019-19" / "scoring.yaml", folder)
    return load_rulebook([folder])


def told(folder: Folder, *changes: str, language: Language = Language.ZH) -> list[str]:
    """What is said of the changes, line by line."""
    return rulediff.render(differences(BOOKS["cn/2019-19"], changed(folder, *changes)), language).splitlines()


LATER = """    problem: 监测时间点前{$window}不更新
  - from: 2025-01-01
    law: {document: 新办法, clause: 第一条, quote: 前1周内无更新, verified: verbatim}
    params: {window: 7d}
    fail_when: {not_updated: {what: feed.newest, within: $window}}
    problem: 监测时间点前{$window}不更新
"""

SAID = {
    "a later version": (
        ("    problem: 监测时间点前{$window}不更新\n", LATER),
        [
            "内容不更新（account.stale）",
            "  自2025-01-01起：时间窗口（window）由2周改为7天，收紧",
            ("  自2025-01-01起：依据由国办秘函〔2019〕19号 单项否决·内容不更新“监测时间点前2周内无更新”（two-sources）"
            "改为新办法 第一条“前1周内无更新”（verbatim）"),
            "共2处改动，其中收紧1处，放宽0处",
        ],
    ),
    "a number": (
        ("limit: 5, long: 1y", "limit: 6, long: 1y"),
        ["栏目不更新（site.columns-stale）", "  自2019-04-01起：个数界限（limit）由5改为6，放宽", "共1处改动，其中收紧0处，放宽1处"],
    ),
    "two numbers that go opposite ways": (
        ("limit: 5, long: 1y, long_limit: 10", "limit: 6, long: 1y, long_limit: 9"),
        [
            "栏目不更新（site.columns-stale）",
            "  自2019-04-01起：个数界限（limit）由5改为6，放宽",
            "  自2019-04-01起：个数界限（long_limit）由10改为9，收紧",
            "共2处改动，其中收紧1处，放宽1处",
        ],
    ),
    "a bound word": (
        ("at_least: $elements}}}, at_least: $limit", "at_least: $elements}}}, more_than: $limit"),
        [
            "服务不实用（site.services-useless）",
            ("  自2019-04-01起：不合格情形由“没有办事指南；或者缺失要素超过（含）4项的办事指南超过（含）5个；或者（办事指南少于5个，且没有缺失要素少于4项的办事指南）”"
            "改为“没有办事指南；或者缺失要素超过（含）4项的办事指南超过5个；或者（办事指南少于5个，且没有缺失要素少于4项的办事指南）”，放宽"),
            "共1处改动，其中收紧0处，放宽1处",
        ],
    ),
    "one more way to fail": (
        ("fail_when: {absent: {each: channel, where: {works: true}}}", "fail_when: {any: [{absent: {each: channel, where: {works: true}}}, {present: {each: advert}}]}"),
        [
            "互动回应差（account.no-interaction）",
            "  自2019-04-01起：不合格情形由“没有有效的互动渠道”改为“没有有效的互动渠道；或者存在商业广告”，收紧",
            "共1处改动，其中收紧1处，放宽0处",
        ],
    ),
    "title, effect and status": (
        ("title: 弄虚作假\n  applies_to: {kind: account}\n  effect: veto", "title: 造假\n  applies_to: {kind: account, platform: 微信}\n  effect: remark\n  status: trial"),
        [
            "造假（account.faked）",
            "  后果由veto改为remark",
            "  标题由“弄虚作假”改为“造假”",
            "  适用对象由account改为account，platform为微信",
            "  状态由in_force改为trial",
            "共4处改动，其中收紧0处，放宽0处",
        ],
    ),
    "a corrected citation": (
        ("quote: 未提供有效互动功能, verified: two-sources", "quote: 未提供有效的互动功能, verified: verbatim, note: 已核对"),
        [
            "互动回应差（account.no-interaction）",
            "  自2019-04-01起：引文由“未提供有效互动功能”改为“未提供有效的互动功能”",
            "  自2019-04-01起：核对情况由two-sources改为verbatim",
            "  自2019-04-01起：增加依据的说明“已核对”",
            "共3处改动，其中收紧0处，放宽0处",
        ],
    ),
    "an earlier start": (
        ("- from: 2019-04-01\n    law: {document: 国办秘函〔2019〕19号, clause: 单项否决·内容不更新", "- from: 2018-04-01\n    law: {document: 国办秘函〔2019〕19号, clause: 单项否决·内容不更新"),
        ["内容不更新（account.stale）", "  自2018-04-01至2019-04-01前：施行（原来不施行）", "共1处改动，其中收紧1处，放宽0处"],
    ),
    "an indicator that went": (
        (BASE[BASE.index("- id: account.faked") : BASE.index("- id: account.app-unusable")], ""),
        ["弄虚作假（account.faked）", "  删去指标，自2019-04-01起施行：人工检查“购买粉丝强制点赞”的结论为“有问题”", "共1处改动，其中收紧0处，放宽0处"],
    ),
    "a version that says the same": (
        ("    problem: 监测时间点前{$window}不更新\n", "    problem: 监测时间点前{$window}不更新\n  - from: 2025-01-01\n" + BASE[BASE.index("    law: {document: 国办秘函〔2019〕19号, clause: 单项否决·内容不更新") : BASE.index("- id: account.no-interaction")]),
        ["内容不更新（account.stale）", "  版本的写法有改动，各日的结论不变", "共1处改动，其中收紧0处，放宽0处"],
    ),
    "conventions": (
        ("observation: 7d", "observation: 3d"),
        ["整套指标", "  一次观测可以说明的天数由7天改为3天", "共1处改动，其中收紧0处，放宽0处"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_changes_are_said_in_sentences(tmp_path: Folder, name: str) -> None:
    """From which day, what became what, and which way it goes where that is proven."""
    changes, lines = SAID[name]
    assert told(tmp_path, *changes) == lines


def test_in_english(tmp_path: Folder) -> None:
    """The same in plain English."""
    assert told(tmp_path, "    problem: 监测时间点前{$window}不更新\n", LATER, language=Language.EN)[:2] == [
        "内容不更新 (account.stale)",
        "  from 2025-01-01: window (window) changed from 2w to 7d, tightened",
    ]


def test_what_an_overlay_does_is_what_differs_from_the_pack_below() -> None:
    """Switched off, changed, added; each with its day and place."""
    found = differences(BOOKS["cn/2019-19"], BOOKS["cn/shaanxi/weinan"])
    off = next(d for d in found if d.what == "switched_off")
    assert (off.indicator, off.start, off.direction, off.told.zh) == (
        "site.unreachable",
        date(2024, 1, 1),
        Direction.LOOSEN,
        "不再施行",
    )
    assert off.place is not None
    assert off.place.file.endswith("weinan/indicators.yaml")
    assert [d.indicator for d in found if d.what == "added"] == [
        "weinan.site-down", "weinan.some-columns-stale", "weinan.no-original", "weinan.renamed", "weinan.not-found",
    ]  # fmt: skip


def test_nothing_is_told_of_a_rulebook_and_itself() -> None:
    """Also where it lies in another folder."""
    for book in BOOKS.values():
        assert differences(book, book) == []


def test_the_command(tmp_path: Folder) -> None:
    """Text for a reader, JSON with both languages."""
    changed(tmp_path, "limit: 5, long: 1y", "limit: 6, long: 1y")
    shown = run("--lang", "zh", "rules", "diff", "cn/2019-19", str(tmp_path))
    assert (shown.exit_code, shown.stdout.splitlines()) == (0, SAID["a number"][1])
    (change,) = json.loads(run("rules", "diff", "cn/2019-19", str(tmp_path), "--format", "json").stdout)
    assert change | {"file": "", "line": 0} == {
        "indicator": "site.columns-stale", "title": "栏目不更新", "what": "params.limit", "from": "2019-04-01", "before": None,
        "old": "5", "new": "6", "direction": "loosen",
        "told": {"zh": "个数界限（limit）由5改为6，放宽", "en": "number (limit) changed from 5 to 6, loosened"}, "file": "", "line": 0,
    }  # fmt: skip
    assert "没有改动" in run("--lang", "zh", "rules", "diff", "cn/2019-19", "cn/2019-19").stdout


# ---- nothing is missed ---------------------------------------------------------------------------------------------


def spots(item: object) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every value in a tree, with the way to it."""
    yield (), item
    if isinstance(item, tuple):
        for number, part in enumerate(item):
            yield from (((number, *way), value) for way, value in spots(part))
    elif isinstance(item, dict):
        for key, part in item.items():
            yield from (((key, *way), value) for way, value in spots(part))
    elif dataclasses.is_dataclass(item) and not isinstance(item, type | Place | Duration):
        for f in dataclasses.fields(item):
            yield from (((f.name, *way), value) for way, value in spots(getattr(item, f.name)))


def put(item: Anything, way: tuple[str | int, ...], value: object) -> Anything:
    """The tree with another value at the end of a way."""
    if not way:
        return value
    first, rest = way[0], way[1:]
    if isinstance(item, tuple):
        assert isinstance(first, int)
        return (*item[:first], put(item[first], rest, value), *item[first + 1 :])
    if isinstance(item, dict):
        return item | {first: put(item[first], rest, value)}
    return replace(item, **{str(first): put(getattr(item, str(first)), rest, value)})


def other(value: Anything, chance: random.Random) -> Anything:
    """Something else that could stand in place of a value."""
    match value:
        case bool():
            return not value
        case Relation():
            return chance.choice([r for r in Relation if (r in model.BOUNDS) is (value in model.BOUNDS)])
        case Enum():
            return chance.choice(list(type(value)))
        case str():
            return chance.choice(["", value + "x", value])
        case int() | Decimal() | Fraction():
            return value + chance.choice([0, 1])
        case Duration():
            return Duration(value.number + chance.choice([0, 1]), chance.choice([value.unit, Unit.DAY]))
        case date():
            return value + timedelta(days=chance.choice([0, 1, 400]))
        case tuple() if value:
            cut = chance.randrange(len(value))
            return chance.choice([value[:cut] + value[cut + 1 :] or value, value[::-1], (*value, value[cut])])
        case dict() if value:
            gone = chance.choice(list(value))
            return chance.choice(
                [{k: v for k, v in value.items() if k != gone}, value | {"neu": 1}, dict(reversed(value.items()))]
            )
        case None:
            return None
    return value


def sound(book: Rulebook) -> bool:
    """Whether it is a rulebook: ids once, versions by date, at least one, columns with their words."""
    if any(len(pair) != 2 for i in book.indicators for pair in i.applies_to.where):
        return False
    ids = [i.id for i in book.indicators]
    named = [[p.id for p in items] for items in (book.packs, book.waivers)]
    return len(set(ids)) == len(ids) and all(len(set(n)) == len(n) for n in named) and all(
        i.versions and [v.start for v in i.versions] == sorted({v.start for v in i.versions}) for i in book.indicators
    )  # fmt: skip


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(BOOKS)), st.randoms(use_true_random=False), st.integers(1, 3))
def test_the_digest_differs_exactly_when_something_is_told(pack: str, chance: random.Random, times: int) -> None:
    """Whatever is changed anywhere in a rulebook, in whichever direction one looks."""
    whole = BOOKS[pack]
    some = set(chance.sample(range(len(whole.indicators)), min(len(whole.indicators), 12)))
    old = new = replace(whole, indicators=tuple(i for n, i in enumerate(whole.indicators) if n in some))
    if not old.waivers:
        waiver = model.Waiver(
            id="w", asset="a", indicator=old.indicators[0].id, start=DAY, until=DAY, reason="r", approved_by="b", place=Place(file="f")
        )  # fmt: skip
        old = new = replace(old, waivers=(waiver,))
    for _ in range(times):
        way, value = chance.choice([s for s in spots(new) if "origins" not in s[0] and s[0] and s[0][-1] != "digest"])
        assume(way[-1] not in ("kind", "place", "field", "part", "by", "document"))  # what no reader would let through
        new = put(new, way, other(value, chance))
    assume(sound(new))
    changed = digest(old) != digest(new)
    assert changed is bool(differences(old, new)) is bool(differences(new, old))


# ---- no direction is claimed falsely -------------------------------------------------------------------------------

STALE = model.NotUpdated(what=Path("home", "newest"), within=Duration(14, Unit.DAY))
BLANK = model.Absent(what=Path("home", "newest"))
T, L, S = Direction.TIGHTEN, Direction.LOOSEN, Direction.SAME


def many(relation: Relation, number: int) -> model.Count:
    return model.Count(of=(model.Selection(kind="column"),), relation=relation, number=number)


@pytest.mark.parametrize(
    ("old", "new", "claimed"),
    [
        (STALE, STALE, S),
        (STALE, replace(STALE, within=Duration(7, Unit.DAY)), T),
        (model.Not(STALE), model.Not(replace(STALE, within=Duration(7, Unit.DAY))), L),
        (STALE, model.Any((STALE, BLANK)), T),
        (model.Any((STALE, BLANK)), STALE, L),
        (STALE, model.All((STALE, BLANK)), L),
        (model.All((STALE, BLANK)), STALE, T),
        (model.Not(STALE), model.Not(model.All((STALE, BLANK))), T),
        (STALE, BLANK, None),
        (many(Relation.AT_LEAST, 5), many(Relation.MORE_THAN, 5), L),
        (many(Relation.AT_MOST, 5), many(Relation.LESS_THAN, 5), L),
        (many(Relation.AT_LEAST, 5), many(Relation.AT_MOST, 5), None),
        (model.Any((STALE, many(Relation.AT_LEAST, 5))), model.Any((replace(STALE, within=Duration(7, Unit.DAY)), many(Relation.AT_LEAST, 6))), None),
    ],
)  # fmt: skip
def test_stricter_or_laxer(old: model.Check, new: model.Check, claimed: Direction | None) -> None:
    """What is proven from the shape, and nothing else."""
    assert stricter(old, new) is claimed


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Direction, model.Check, model.Check, list[list[dict[str, Anything]]]]:
    """A check and another one made of it, what is claimed of that, and facts to try it on."""
    old = draw(st.one_of(flat, checks))
    extra = draw(flat)
    made: list[Anything] = [new for _, new in mutation._neighbours(old)]
    made += [model.Any((old, extra)), model.All((old, extra)), model.Not(model.All((model.Not(old), extra)))]
    new = draw(st.sampled_from(made))
    if draw(st.booleans()):
        old, new = new, old
    claim = stricter(old, new)
    assume(claim is not None)
    assert claim is not None
    return claim, old, new, draw(st.lists(some_facts.filter(bool), min_size=6, max_size=6))


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(pairs())
def test_what_is_claimed_holds_for_every_fact(
    claimed: tuple[Direction, model.Check, model.Check, list[list[dict[str, Anything]]]],
) -> None:
    """Tightened: whatever failed fails, whatever passes now passed before. Loosened: the other way round."""
    claim, old, new, tries = claimed
    book = Rulebook(packs=(), indicators=(), conventions=model.Conventions(observation=Duration(7, Unit.DAY), law=Law(document="d")))  # fmt: skip
    asset = {"id": "a", "kind": "account", "platform": "微信", "district": "", "category": "", "owner": ""}
    for facts in tries:
        oracle = Oracle(book, VOCABULARY, WORKING_DAYS, facts, asset, DAY)
        before, after = oracle.truth(old), oracle.truth(new)
        if claim is not Direction.LOOSEN:
            assert before is not True or after is True
            assert after is not False or before is False
        if claim is not Direction.TIGHTEN:
            assert after is not True or before is True
            assert before is not False or after is False
