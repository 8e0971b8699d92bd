"""`hege rules show`: an indicator as its reader sees it, with the file and line of every value."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hege.engine.errors import InputError
from hege.engine.rulebook.library import load_rulebook, pack_of
from hege.engine.text import Language
from hege.outputs.indicator import render

RULES = """\
schema: indicators/1
pack: test
title: 测试
conventions: {observation: 7d, law: {document: 文件}}
indicators:
- id: account.stale
  title: 内容不更新
  applies_to: {kind: account}
  effect: veto
  versions:
  - from: 2019-04-01
    law: {document: 文件, clause: 第一条, quote: 前2周内无更新, verified: verbatim, note: 已核对}
    params: {window: 14d}
    fail_when: {not_updated: {what: feed.newest, within: $window}}
  - from: 2023-01-01
    law: {document: 新文件, clause: 附则, quote: 停止执行}
    repealed: true
"""


def shown(folder: Path, id: str, day: date | None, language: Language) -> str:
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    return render(load_rulebook([folder]), id, day, language).replace(f"{folder}/", "")


HISTORY = """
历次变动
  2019-04-01  施行（test）
  2023-01-01  不再施行（test）
  2023-01-01  依据由文件 第一条“前2周内无更新”（verbatim）改为新文件 附则“停止执行”（verbatim）（test）
"""


def test_the_version_of_a_day_with_its_law_its_values_and_where_each_comes_from(tmp_path: Path) -> None:
    """The sentence an official reads, then file and line, then every change."""
    assert shown(tmp_path, "account.stale", date(2020, 1, 1), Language.ZH) == (
        """\
内容不更新  account.stale
  单项否决 · 施行 · 测试（test）

2020-01-01施行的版本（自2019-04-01起）
  政务新媒体账号，监测时间点前14天内未更新的，单项否决。
  依据：文件 第一条 “前2周内无更新”（引文与原文核对一致）
  说明：已核对
  各项出处
    window      14天  ← test  rules.yaml:13
    不合格情形        ← test  rules.yaml:14
    依据              ← test  rules.yaml:12
"""
        + HISTORY
    )


def test_the_newest_version_unless_a_day_is_given(tmp_path: Path) -> None:
    """Of one that is repealed: since when, and by what."""
    assert shown(tmp_path, "内容不更新", None, Language.ZH) == (
        """\
内容不更新  account.stale
  单项否决 · 施行 · 测试（test）

自2023-01-01起
  自2023年1月1日起废止。
  依据：新文件 附则 “停止执行”（引文与原文核对一致）
  各项出处
    依据    ← test  rules.yaml:16
"""
        + HISTORY
    )


def test_day_before_the_first_version(tmp_path: Path) -> None:
    """Says that it was not in force, and what came later."""
    assert shown(tmp_path, "account.stale", date(2019, 3, 31), Language.EN).splitlines() == [
        "内容不更新  account.stale",
        "  veto · in force · 测试（test）",
        "",
        "2019-03-31: not in force",
        "",
        "history",
        "  2019-04-01  in force（test）",
        "  2023-01-01  no longer in force（test）",
        "  2023-01-01  law changed from 文件 第一条“前2周内无更新”（verbatim） to 新文件 附则“停止执行”（verbatim）（test）",
    ]


def test_what_refers_to_it_and_what_is_exempt_from_it(tmp_path: Path) -> None:
    """Whoever changes it has to look there too."""
    more = RULES + (
        "- id: b\n  title: 乙\n  applies_to: {kind: account}\n  effect: remark\n  versions:\n"
        "  - {from: 2020-01-01, law: {document: 文件}, fail_when: {not: {indicator: account.stale}}}\n"
        "waivers:\n- {id: w-1, asset: s9, indicator: account.stale, from: 2020-05-01, until: 2020-05-31, reason: 改版, approved_by: 办公室}\n"
    )
    (tmp_path / "rules.yaml").write_text(more, encoding="utf-8")
    assert render(load_rulebook([tmp_path]), "account.stale", None, Language.ZH).splitlines()[-2:] == [
        "引用它的指标：b",
        "豁免：w-1 s9 2020-05-01–2020-05-31 改版（办公室）",
    ]


@pytest.mark.parametrize("city", ["cn/shaanxi/weinan", "weinan", "渭南"])
def test_a_place_is_found_by_its_id_the_end_of_it_or_its_name(city: str) -> None:
    """What a policy officer would type."""
    assert pack_of(city) == "cn/shaanxi/weinan"


def test_a_place_that_is_not_known_is_refused_with_those_that_are() -> None:
    """So is one that fits several."""
    for city in ("北京", "市政府网站"):
        with pytest.raises(InputError, match=r"渭南市|weinan"):
            pack_of(city)


def test_unknown_indicator(tmp_path: Path) -> None:
    """Offers the nearest."""
    with pytest.raises(InputError) as error:
        shown(tmp_path, "account.stal", None, Language.EN)
    assert [p.shown(Language.EN) for p in error.value.problems] == [
        (
            "account.stal: error[unknown-word]: there is no indicator “account.stal”\n"
            "    to do: did you mean “account.stale”? Known: account.stale"
        )
    ]


def test_a_title_of_several_indicators() -> None:
    """Which of them is meant, only their ids say."""
    with pytest.raises(InputError, match=r"site\.no-reply, account\.no-interaction"):
        render(load_rulebook(["cn/2019-19"]), "互动回应差", None, Language.EN)
