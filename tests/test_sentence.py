"""Every block as an exact sentence in both languages; docs/language-examples.md shows the same.

`python tests/test_sentence.py` writes the page anew; read the difference before committing it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hege.engine.dates import Duration, Unit
from hege.engine.rulebook import model
from hege.engine.rulebook.checks import CheckReader
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.lines import LineReader
from hege.engine.rulebook.model import AppliesTo, AssetKind, Check, Effect, Indicator, Law, Status, Version
from hege.engine.rulebook.sentence import _WORDS, indicator_sentence, line_sentence, sentence
from hege.engine.text import Language
from hege.engine.vocabulary import load_vocabulary
from hege.engine.yamlnodes import Reading, read_yaml

PAGE = Path(__file__).parent.parent / "docs" / "language-examples.md"

# fmt: off
EXAMPLES = (
    (
        "not_updated: {what: feed.newest, within: 14d}",
        "监测时间点前14天内未更新",
        "feed.newest is not within the 14 days up to the monitoring day",
    ),
    (
        "not_updated: {what: feed.newest_original, within: 3mo}",
        "监测时间点前3个月内无原创内容",
        "feed.newest_original is not within the 3 months up to the monitoring day",
    ),
    (
        "not_updated: {what: home.newest, within: 2w}",
        "首页在监测时间点前2周内未更新",
        "home.newest is not within the 2 weeks up to the monitoring day",
    ),
    (
        'not_updated: {what: "policy[条例].published", within: 1y, if_missing: {then: fail, law: {document: 国办秘函〔2019〕19号}}}',
        "政策文件“条例”的发布日期不在监测时间点前1年内（未注明发布日期的，按不合格计）",
        "policy[条例].published is not within the 1 year up to the monitoring day (left open, it counts against it)",
    ),
    (
        "compare: {what: home.items, less_than: 1}",
        "首页的更新条数为0",
        "home.items is less than 1",
    ),
    (
        'compare: {what: "survey[泄露国家秘密].answer", is: problem}',
        "人工检查“泄露国家秘密”的结论为“有问题”",
        "survey[泄露国家秘密].answer is “problem”",
    ),
    (
        'compare: {what: "channel[留言].works", is: false}',
        "互动渠道“留言”无效",
        "channel[留言].works is false",
    ),
    (
        "compare: {what: profile.found, is: false}",
        "账号主页搜索不到",
        "profile.found is false",
    ),
    (
        "compare: {what: registration.status, one_of: [注销, 已发关停公告]}",
        "报送信息的报送状态为“注销”或“已发关停公告”",
        "registration.status is one of “注销”, “已发关停公告”",
    ),
    (
        'compare: {what: "policy[条例].published", at_least: 2024-01-01}',
        "政策文件“条例”的发布日期不早于2024年1月1日",
        "policy[条例].published is at least 2024-01-01",
    ),
    (
        'compare: {what: "guide[办证].missing", at_least: 4}',
        "办事指南“办证”的缺失要素超过（含）4项",
        "guide[办证].missing is at least 4",
    ),
    (
        'compare: {what: "guide[办证].missing", includes: 办理流程}',
        "办事指南“办证”的缺失要素包括“办理流程”",
        "guide[办证].missing includes “办理流程”",
    ),
    (
        "compare: {what: home.nav_only, is_not: true}",
        "首页并非仅为导航入口",
        "home.nav_only is not true",
    ),
    (
        "compare: {what: registration.name, is_not: 渭南发布}",
        "报送信息的报送名称不为“渭南发布”",
        "registration.name is not “渭南发布”",
    ),
    (
        'compare: {what: "message[1].submitted", less_than: $since}',
        "网民留言“1”的提交日期早于$since",
        "message[1].submitted is less than $since",
    ),
    (
        "differ: {what: [registration.name, profile.name], ignore: [space, width]}",
        "报送信息的报送名称与账号主页的实际名称不一致（不计空格、全角半角）",
        "registration.name and profile.name differ (ignoring space, width)",
    ),
    (
        "absent: footer.site_code",
        "页脚标识没有网站标识码",
        "there is no footer.site_code",
    ),
    (
        "absent: {each: channel, where: {kind: {none_of: [网上信访, 纪检举报]}, works: true}}",
        "没有有效的互动渠道（渠道类别为“网上信访”或“纪检举报”的除外）",
        "there is no [channel where kind is none of “网上信访”, “纪检举报” and works is true]",
    ),
    (
        "present: registration.filed_number",
        "报送信息有备案号",
        "there is a registration.filed_number",
    ),
    (
        "present: {each: wording, where: {severity: severe, confirmed: true}}",
        "存在已确认的严重表述问题",
        "there is a [wording where severity is “severe” and confirmed is true]",
    ),
    (
        "present: {each: message, where: {valid: true}, within: 1y, by: submitted, that: {elapsed: {from: submitted, to: replied, more_than: 3mo}}}",
        "存在提交日期在监测时间点前1年内、为有效留言且自提交日期至答复日期（没有的，算至监测时间点）超过3个月的网民留言",
        "there is a [message where valid is true and submitted is within the 1 year up to the monitoring day and from submitted to replied (or the monitoring day while there is none) it is more than 3 months]",
    ),
    (
        'elapsed: {from: "ticket[1].issued", to: "ticket[1].answered", more_than: 1 workday}',
        "自监测工单“1”的下发日期至监测工单“1”的答复日期（没有的，算至监测时间点）超过1个工作日",
        "from ticket[1].issued to ticket[1].answered (or the monitoring day while there is none) it is more than 1 working day",
    ),
    (
        'elapsed: {from: "outage[1].from", at_least: 5h}',
        "自无法访问时段“1”的开始时间至监测时间点超过（含）5小时",
        "from outage[1].from to the monitoring day it is at least 5 hours",
    ),
    (
        'elapsed: {from: "rectification[1].due", at_least: 1d}',
        "自整改“1”的整改期限至监测时间点超过（含）1天",
        "from rectification[1].due to the monitoring day it is at least 1 day",
    ),
    (
        "count: {of: {each: reminder, during: month, by: sent}, at_least: 2}",
        "提醒日期在监测时间点当月的提醒超过（含）2次",
        "there are at least 2 [reminder where sent is in the month of the monitoring day]",
    ),
    (
        "count: {of: {each: menu, where: {opens: false}}, more_than: 2}",
        "不能打开的账号菜单超过2个",
        "there are more than 2 [menu where opens is false]",
    ),
    (
        "count: {of: [{each: column, where: {class: 动态要闻}, that: {not_updated: {what: newest, within: 14d}}}, {each: column, where: {class: [通知公告, 政策文件], level: 1}, that: {not_updated: {what: newest, within: 6mo}}}], at_least: 5}",
        "监测时间点前14天内未更新的动态要闻栏目与前6个月内未更新的通知公告、政策文件一级栏目，累计超过（含）5个",
        "there are at least 5 [column where class is “动态要闻” and newest is not within the 14 days up to the monitoring day] or [column where class is one of “通知公告”, “政策文件” and level is 1 and newest is not within the 6 months up to the monitoring day]",
    ),
    (
        "count: {of: {each: column, where: {newest: absent, items: {more_than: 0}}}, at_most: 3}",
        "没有最新更新日期且信息条数超过0的栏目不超过3个",
        "there are at most 3 [column where there is no newest and items is more than 0]",
    ),
    (
        "count: {of: {each: link, where: {outcome: dead}, during: week}, more_than: 10}",
        "监测时间点当周的失效链接超过10条",
        "there are more than 10 [link where outcome is “dead” and observed_at is in the week of the monitoring day]",
    ),
    (
        "ratio: {of: {each: probe, where: {outcome: {is_not: probe_fault}}, within: 7d, that: {any: [{compare: {what: outcome, one_of: [timeout, dns_error]}}, {compare: {what: seconds, at_least: 15}}]}}, at_least: 5%, enough: {per_day: 20, days: 7}}",
        "监测时间点前7天内的访问监测（访问结果为“监测点故障”的除外）中，访问结果为“超时”或“域名解析失败”，或打开用时超过（含）15秒的占比超过（含）5%（监测时间点前7天内每天不少于20次，否则待核）",
        "of every [probe where outcome is not “probe_fault” and observed_at is within the 7 days up to the monitoring day], the share for which (outcome is one of “timeout”, “dns_error” or seconds is at least 15) is at least 5% (open unless there are at least 20 on each of the 7 days up to the monitoring day)",
    ),
    (
        "any: [{absent: footer.site_code}, {absent: footer.icp}]",
        "页脚标识没有网站标识码；或者页脚标识没有ICP备案编号",
        "there is no footer.site_code or there is no footer.icp",
    ),
    (
        "any: [{all: [{present: footer.icp}, {absent: footer.police}]}, {compare: {what: footer.emblem, is: false}}]",
        "（页脚标识有ICP备案编号，且页脚标识没有公安备案号）；或者页脚标识无党政机关标识",
        "(there is a footer.icp and there is no footer.police) or footer.emblem is false",
    ),
    (
        "all: [{not_updated: {what: home.newest, within: 14d}}, {not: {compare: {what: home.nav_only, is: true}}}]",
        "首页在监测时间点前14天内未更新，且首页并非仅为导航入口",
        "home.newest is not within the 14 days up to the monitoring day and it is not so that home.nav_only is true",
    ),
    (
        "not: {not_updated: {what: feed.newest, within: 14d}}",
        "监测时间点前14天内有更新",
        "it is not so that feed.newest is not within the 14 days up to the monitoring day",
    ),
    (
        "not: {compare: {what: home.items, more_than: 5}}",
        "首页的更新条数不超过5",
        "it is not so that home.items is more than 5",
    ),
    (
        "not: {differ: {what: [registration.owner, profile.owner]}}",
        "报送信息的开设主体与账号主页的认证主体一致",
        "it is not so that registration.owner and profile.owner differ",
    ),
    (
        "not: {indicator: site.home-stale}",
        "指标“site.home-stale”没有判为不合格",
        "it is not so that the indicator “site.home-stale” fails",
    ),
    (
        "switch: $count_blank_columns",
        "“$count_blank_columns”启用",
        "$count_blank_columns is on",
    ),
    (
        "switch: true",
        "本条启用",
        "this clause is on",
    ),
    (
        "indicator: account.stale",
        "指标“account.stale”不合格",
        "the indicator “account.stale” fails",
    ),
    (
        "periods: {every: week, within: month, that: {not_updated: {what: feed.newest, within: 7d}}, at_least: 1}",
        "监测时间点当月内逐周判定（以周日为当日），当日前7天内未更新的，累计有1周以上",
        "in the month of the monitoring day, the weeks for which feed.newest is not within the 7 days up to its Sunday are at least 1",
    ),
    (
        "periods: {every: week, within: quarter, that: {indicator: account.stale}, in_a_row: 3, unknown_period: hold}",
        "监测时间点当季度内逐周判定（以周日为当日），指标“account.stale”不合格的，连续3周（待核的不计入也不中断）",
        "in the quarter of the monitoring day, the weeks for which the indicator “account.stale” fails are at least 3 in a row (an undecided one neither counts nor breaks)",
    ),
    (
        "periods: {every: workday, within: week, that: {absent: {each: column, that: {not: {not_updated: {what: newest, within: 1 workday}}}}}, more_than: 0}",
        "监测时间点当周内逐个工作日判定，没有当日前1个工作日内有更新的栏目的，累计超过0个工作日",
        "in the week of the monitoring day, the working days for which there is no [column where it is not so that newest is not within the 1 working day up to that day] are more than 0",
    ),
    (
        "periods: {every: month, within: year, that: {not_updated: {what: home.newest, within: 1mo}}, in_a_row: 2, unknown_period: break}",
        "监测时间点当年内逐月判定（以月末为当日），首页在当日前1个月内未更新的，连续2个月（待核的视为中断）",
        "in the year of the monitoring day, the months for which home.newest is not within the 1 month up to its last day are at least 2 in a row (an undecided one breaks)",
    ),
)
# fmt: on


def check(text: str) -> Check:
    reading = Reading()
    found = CheckReader(reading, load_vocabulary(), None).check(read_yaml(text, "example.yaml"))
    assert found is not None
    assert reading.problems == []
    return found


@pytest.mark.parametrize(("text", "zh", "en"), EXAMPLES, ids=[e[0][:50] for e in EXAMPLES])
def test_a_block_says(text: str, zh: str, en: str) -> None:
    said = check(text)
    assert (sentence(said, load_vocabulary()), sentence(said, load_vocabulary(), Language.EN)) == (zh, en)


def test_every_block_of_the_language_has_an_example() -> None:
    blocks = CheckReader(Reading(), load_vocabulary(), None).blocks
    assert {text.split(":")[0] for text, _, _ in EXAMPLES} == set(blocks)


def test_every_relation_has_an_example() -> None:
    texts = " ".join(text for text, _, _ in EXAMPLES)
    assert [r.value for r in model.Relation if f"{r.value}: " not in texts] == []


def test_every_word_of_the_vocabulary_is_said_in_chinese() -> None:
    words = {w for k in load_vocabulary().kinds.values() for f in k.fields for w in f.words}
    assert [w for w in sorted(words) if w.isascii() and w not in _WORDS] == []


# ---- indicators ----------------------------------------------------------------------------------------------------


def indicator(effect: Effect = Effect.VETO, **changes: object) -> Indicator:
    return Indicator(
        **{
            "id": "account.stale",
            "title": "内容不更新",
            "applies_to": AppliesTo(kind=AssetKind.ACCOUNT),
            "effect": effect,
            "status": Status.IN_FORCE,
            "versions": (),
        }
        | changes  # type: ignore[arg-type]
    )


def version(fail_when: str = "not_updated: {what: feed.newest, within: 14d}", **changes: object) -> Version:
    given = {"start": date(2019, 4, 1), "law": Law(document="国办秘函〔2019〕19号"), "fail_when": check(fail_when)}
    return Version(**given | changes)  # type: ignore[arg-type]


def said(indicator: Indicator, version: Version, language: Language = Language.ZH) -> str:
    return indicator_sentence(indicator, version, load_vocabulary(), language)


@pytest.mark.parametrize(
    ("effect", "more", "zh", "en"),
    [
        (Effect.VETO, {}, "单项否决", "fails outright"),
        (Effect.REMARK, {}, "予以提示，不影响结论", "gets a remark, which changes no verdict"),
        (Effect.ESCALATE, {"consequence": "关停"}, "应予关停", "is due for the step 关停"),
        (
            Effect.VETO,
            {"status": Status.TRIAL},
            "单项否决（试行，不计入结论）",
            "fails outright (on trial: not counted)",
        ),
    ],
)
def test_an_indicator_says_what_follows(effect: Effect, more: dict[str, object], zh: str, en: str) -> None:
    stale = indicator(effect, **more)
    assert said(stale, version()) == f"政务新媒体账号，监测时间点前14天内未更新的，{zh}。"
    assert said(stale, version(), Language.EN) == (
        f"A government account {en} when feed.newest is not within the 14 days up to the monitoring day."
    )


def test_an_indicator_with_several_cases_lists_them() -> None:
    cases = version(
        "any: [{not_updated: {what: feed.newest, within: 14d}}, {compare: {what: profile.found, is: false}}]"
    )
    assert said(indicator(), cases) == (
        "政务新媒体账号，有下列情形之一的，单项否决：（一）监测时间点前14天内未更新；（二）账号主页搜索不到。"
    )
    assert said(indicator(), cases, Language.EN) == (
        "A government account fails outright when any of these holds: "
        "(1) feed.newest is not within the 14 days up to the monitoring day; (2) profile.found is false."
    )


def test_an_indicator_says_whom_it_is_about() -> None:
    some = indicator(applies_to=AppliesTo(kind=AssetKind.SITE, where=(("category", ("部门网站", "县级门户")),)))
    narrow = version(
        "absent: {each: guide}", applies_when=check("compare: {what: registration.outward_service, is: true}")
    )
    assert said(some, narrow) == (
        "政府网站（类别为部门网站、县级门户的），报送信息有对外服务职能的，没有办事指南的，单项否决。"
    )
    assert said(some, narrow, Language.EN) == (
        "A government website whose category is 部门网站 or 县级门户, if registration.outward_service is true, "
        "fails outright when there is no [guide]."
    )


def test_a_repealed_version_says_so() -> None:
    repealed = version(repealed=True, start=date(2024, 1, 1))
    assert said(indicator(), repealed) == "自2024年1月1日起废止。"
    assert said(indicator(), repealed, Language.EN) == "Repealed from 2024-01-01 on."


def test_another_indicator_is_called_by_its_title() -> None:
    titles = {"account.stale": "内容不更新"}
    other = check("indicator: account.stale")
    assert sentence(other, load_vocabulary(), titles=titles) == "指标“内容不更新”不合格"
    assert sentence(other, load_vocabulary(), Language.EN, titles) == "the indicator “内容不更新” fails"


def test_a_list_longer_than_chinese_numerals_here_goes_on_in_digits() -> None:
    many = version(f"any: [{', '.join(['{present: footer.icp}'] * 21)}]")
    text = said(indicator(), many)
    assert [f"（{n}）" in text for n in ("一", "九", "十", "十一", "十九", "20", "21")] == [True] * 7


# ---- the page of examples ------------------------------------------------------------------------------------------


def page() -> str:
    lines = [
        "# The blocks by example",
        "",
        "Each block of the indicator language with the sentences that `hege rules show` gives for it.",
        "This page is written from `tests/test_sentence.py`. What a block means is in [language.md](language.md).",
    ]
    for block in dict.fromkeys(text.split(":")[0] for text, _, _ in EXAMPLES):
        lines += ["", f"## `{block}`"]
        for text, zh, en in EXAMPLES:
            if text.split(":")[0] == block:
                lines += ["", "```yaml", text, "```", "", f"- {zh}", f"- {en}"]
    lines += ["", "## Lines of items", "", "What counts, and how often, is in [language.md](language.md) under Points."]
    for text, zh, en in LINES:
        lines += ["", "```yaml", text, "```", "", f"- {zh}", f"- {en}"]
    return "\n".join(lines) + "\n"


LINES = (
    (
        "{id: l, points: 2, when: {absent: {each: column, where: {class: 概况信息}}}}",
        "没有概况信息栏目的，扣2分",
        "2 points when there is no [column where class is “概况信息”]",
    ),
    (
        "{id: l, points: 0.2, each: {each: link, where: {scope: home, outcome: dead}}}",
        "首页失效链接，每条扣0.2分",
        "0.2 points for each [link where scope is “home” and outcome is “dead”]",
    ),
    (
        '{id: l, points: 1, times: "survey[解读比例].count"}',
        "人工检查“解读比例”每发现一处，扣1分",
        "1 point for each of survey[解读比例].count",
    ),
    (
        "{id: l, points: 5, share: {of: {each: probe, that: {compare: {what: outcome, is: timeout}}}, step: 1%, enough: {per_day: 20, days: 7}}}",
        "访问监测中，访问结果为“超时”的占比每满1%，扣5分（监测时间点前7天内每天不少于20次，否则待核）",
        (
            "5 points for each full 1%, of every [probe], the share for which outcome is “timeout” (open unless there are at least 20 on each "
            "of the 7 days up to the monitoring day)"
        ),
    ),
    (
        "{id: l, points: 4, when: {absent: {each: column}}, applies_when: {compare: {what: asset.category, is: 国务院部门门户网站}}}",
        "类别为“国务院部门门户网站”的，没有栏目的，扣4分",
        "if asset.category is “国务院部门门户网站”, 4 points when there is no [column]",
    ),
)


@pytest.mark.parametrize(("text", "zh", "en"), LINES, ids=[t[:40] for t, _, _ in LINES])
def test_a_line_says(text: str, zh: str, en: str) -> None:
    reading = Reading()
    line = LineReader(reading, load_vocabulary(), AssetKind.SITE).line(read_yaml(text, "x"), Law(document="d"))
    reading.done()
    assert line is not None
    assert line_sentence(line, Effect.DEDUCT, load_vocabulary()) == zh
    assert line_sentence(line, Effect.DEDUCT, load_vocabulary(), Language.EN) == en


def test_an_item_and_a_sheet_say_what_they_sum_up_to() -> None:
    """Read from the national pack: caps, other caps, groups, line and scaling."""
    book, day = load_rulebook(["cn/2019-19"]), date(2024, 1, 1)

    def read(id: str, language: Language) -> str:
        found = book.indicator(id).at(day)
        assert found is not None
        return indicator_sentence(book.indicator(id), found, load_vocabulary(), language)

    assert read("publish.leaders", Language.ZH) == (
        "政府网站，发布解读·领导信息：（一）没有领导信息栏目的，扣2分；（二）人工检查“领导信息缺失或不准确”每发现一处，扣1分。各条相加，最多扣2分。"
    )
    assert read("publish.institution", Language.ZH).endswith(
        "各条相加，最多扣2分（类别为“国务院部门门户网站”的，最多扣4分）。"
    )
    assert read("publish.leaders", Language.EN) == (
        "A government website loses, under 发布解读: (1) 2 points when there is no [column where class is “领导信息”]; "
        "(2) 1 point for each of survey[领导信息缺失或不准确].count; all together at most 2."
    )
    assert read("score.portal", Language.ZH) == (
        "政府网站，类别为“政府门户网站”或“国务院部门门户网站”的，满分100分，扣分项为发布解读（31分）、办事服务（25分）、互动交流（23分）、"
        "功能设计（21分）；类别为“国务院部门门户网站”，且报送信息无对外服务职能的，不检查办事服务，其余部分按比例折算；低于60分的，判定为不合格；"
        "高于80分的，另加信息发布（7分）、办事服务（6分）、互动交流（8分）、功能设计（6分）、创新发展（3分）。"
    )
    assert "; below 60 it fails; above 80 it earns bonuses for 信息发布 (7)" in read("score.portal", Language.EN)


def test_the_page_of_examples_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_windows_and_working_days_read_as_an_official_writes_them() -> None:
    durations = [
        Duration(n, unit)
        for n, unit in zip(
            (14, 2, 6, 1, 5, 1), (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR, Unit.HOUR, Unit.WORKDAY), strict=True
        )
    ]
    stale = [model.NotUpdated(what=model.Path("feed", "newest"), within=d) for d in durations]
    assert [sentence(s, load_vocabulary()).removeprefix("监测时间点前").removesuffix("内未更新") for s in stale] == [
        "14天", "2周", "6个月", "1年", "5小时", "1个工作日",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("id", "told"),
    [
        ("service.catalogue", "办事服务·事项公开：人工检查“办事服务事项集中分类展示”的结论为“有问题”的，扣3分。"),
        ("publish.share-read", "发布解读·解读比例：人工检查“解读比例”每发现一处，扣1分，最多扣3分。"),
        ("plus.readings", "信息发布·解读回应：人工检查“多种形式解读”每有一项，得1分，最多得3分。"),
        (
            "plus.service-themes",
            "（一）人工检查“专题或集成服务”符合要求，且人工检查“专题或集成服务”的数量超过（含）3的，得2分；",
        ),
        (
            "2015.polls",
            "（三）类别为“政府门户网站”或“国务院部门门户网站”的，开展日期在监测时间点前1年内的调查征集互动活动有1个以上、少于6个的，扣3分；",
        ),
        ("publish.other-columns", "的通知公告栏目，以及应更新、信息条数不为0且"),
        ("2015.home-items", "首页的更新条数少于10的，扣5分。"),
        ("2015.systems", "人工检查“在线系统不能访问”每发现一处，扣3分，不设上限。"),
    ],
)
def test_items_read_as_a_table_would_say_it(id: str, told: str) -> None:
    """A cap only where it says something, what earns points is no fault, two bounds of one count are said at once."""
    pack = "cn/2015-15" if id.startswith("2015") else "cn/2019-19"
    indicator = load_rulebook([pack]).indicator(id)
    assert told in indicator_sentence(indicator, indicator.versions[0], load_vocabulary())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
