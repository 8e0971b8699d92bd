"""Reading packs: the whole tree a file becomes, and each fault told once, where it stands, with what to do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path as Folder

import pytest

from hege.engine.dates import Duration, Unit
from hege.engine.errors import InputError, Problem
from hege.engine.rulebook import model
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import Path, Relation
from hege.engine.text import Language

HEAD = """\
schema: indicators/1
pack: test
title: 测试
conventions: {observation: 7d, law: {document: 文件, note: 注}}
indicators:
"""


def indicator(fail_when: str, *, params: str = "{}", kind: str = "site", more: str = "", id: str = "a") -> str:
    """An indicator in the shape the faults below count lines in: its fail_when is line 14 of a file with one."""
    return f"""\
- id: {id}
  title: 标题{id}
  applies_to: {{kind: {kind}}}
  effect: veto
  versions:
  - from: 2019-04-01
    law: {{document: 文件, quote: 引文}}
    params: {params}
    fail_when: {fail_when}
{more}"""


def load(folder: Folder, *indicators: str, head: str = HEAD) -> model.Rulebook:
    (folder / "indicators.yaml").write_text(head + "".join(indicators), encoding="utf-8")
    return load_rulebook([folder])


def check(folder: Folder, fail_when: str, **given: str) -> model.Check | None:
    return load(folder, indicator(fail_when, **given)).indicators[0].versions[0].fail_when


def faults(folder: Folder, *indicators: str, head: str = HEAD) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load(folder, *indicators, head=head)
    return caught.value.problems


D14, MO3 = Duration(14, Unit.DAY), Duration(3, Unit.MONTH)
NEWEST = Path("", "newest")

READ = {
    "{not_updated: {what: home.newest, within: 14d}}": model.NotUpdated(what=Path("home", "newest"), within=D14),
    "{not_updated: {what: home.newest, within: 14d, if_missing: {then: fail, law: {document: 文件}}}}": model.NotUpdated(
        what=Path("home", "newest"),
        within=D14,
        if_missing=model.IfMissing(then=model.Missing.TRUE, law=model.Law(document="文件")),
    ),
    '{compare: {what: "survey[泄露国家秘密].answer", is: problem}}': model.Compare(
        what=Path("survey", "answer", "泄露国家秘密"), relation=Relation.IS, value="problem"
    ),
    "{compare: {what: home.items, less_than: 1}}": model.Compare(
        what=Path("home", "items"), relation=Relation.LESS_THAN, value=1
    ),
    "{differ: {what: [footer.icp, registration.filed_number], ignore: [space, width]}}": model.Differ(
        left=Path("footer", "icp"),
        right=Path("registration", "filed_number"),
        ignore=(model.Ignore.SPACE, model.Ignore.WIDTH),
    ),
    "{absent: home.newest}": model.Absent(what=Path("home", "newest")),
    "{present: footer.icp}": model.Present(what=Path("footer", "icp")),
    "{absent: {each: guide}}": model.Not(model.Some(of=model.Selection(kind="guide"))),
    "{present: {each: column, where: {class: 动态要闻, level: {at_most: 2}, items: absent, newest: present}}}": model.Some(
        of=model.Selection(
            kind="column",
            where=(
                model.Compare(what=Path("", "class"), relation=Relation.IS, value="动态要闻"),
                model.Compare(what=Path("", "level"), relation=Relation.AT_MOST, value=2),
                model.Absent(what=Path("", "items")),
                model.Present(what=NEWEST),
            ),
        )
    ),
    "{count: {of: [{each: column, where: {class: [动态要闻, 其他]}, that: {absent: newest}}, {each: guide}], at_least: 5}}": model.Count(
        of=(
            model.Selection(
                kind="column",
                where=(model.Compare(what=Path("", "class"), relation=Relation.ONE_OF, value=("动态要闻", "其他")),),
                that=model.Absent(what=NEWEST),
            ),
            model.Selection(kind="guide"),
        ),
        relation=Relation.AT_LEAST,
        number=5,
    ),
    "{ratio: {of: {each: probe, within: 7d, that: {compare: {what: seconds, at_least: 15}}}, at_least: 5.5%, enough: {per_day: 20, days: 7}}}": model.Ratio(
        of=model.Selection(
            kind="probe",
            within=Duration(7, Unit.DAY),
            that=model.Compare(what=Path("", "seconds"), relation=Relation.AT_LEAST, value=15),
        ),
        relation=Relation.AT_LEAST,
        share=Fraction(11, 200),
        enough=model.Enough(per_day=20, days=7),
    ),
    "{present: {each: message, during: year, by: submitted, that: {elapsed: {from: submitted, to: replied, more_than: 3mo}}}}": model.Some(
        of=model.Selection(
            kind="message",
            during=model.Span.YEAR,
            by="submitted",
            that=model.Elapsed(
                since=Path("", "submitted"), until=Path("", "replied"), relation=Relation.MORE_THAN, duration=MO3
            ),
        )
    ),
    "{any: [{switch: true}, {all: [{not: {absent: home.newest}}]}]}": model.Any(
        (model.Switch(True), model.All((model.Not(model.Absent(what=Path("home", "newest"))),)))
    ),
    "{periods: {every: week, within: month, that: {absent: home.newest}, in_a_row: 3, unknown_period: hold}}": model.Periods(
        every=model.Every.WEEK,
        within=model.Span.MONTH,
        that=model.Absent(what=Path("home", "newest")),
        in_a_row=3,
        unknown_period=model.UnknownPeriod.HOLD,
    ),
}


@pytest.mark.parametrize("written", READ)
def test_block_becomes_its_tree(tmp_path: Folder, written: str) -> None:
    """Every block and its sugar, with values of the right type."""
    assert check(tmp_path, written) == READ[written]


def test_parameters_stand_for_values_of_every_type(tmp_path: Folder) -> None:
    """Durations, numbers, percentages, truth, days, words and lists of words; a list in a list is part of it."""
    params = "{w: 2w, n: 5, s: 0.5%, on: true, day: 2024-01-01, word: 其他, words: [动态要闻, 通知公告], dec: 1.5}"
    found = load(
        tmp_path,
        indicator(
            """
      any:
      - not_updated: {what: home.newest, within: $w}
      - count: {of: {each: column, where: {class: {one_of: $words}}}, at_least: $n}
      - present: {each: column, where: {class: {none_of: [$words, $word]}}}
      - ratio: {of: {each: probe, that: {compare: {what: seconds, more_than: $dec}}}, at_least: $s}
      - compare: {what: home.newest, less_than: $day}
      - switch: $on""",
            params=params,
        ),
    ).indicators[0]

    def classes(relation: Relation, *words: str) -> model.Selection:
        return model.Selection(
            kind="column", where=(model.Compare(what=Path("", "class"), relation=relation, value=words),)
        )

    assert found.versions[0].fail_when == model.Any(
        (
            model.NotUpdated(what=Path("home", "newest"), within=Duration(2, Unit.WEEK)),
            model.Count(of=(classes(Relation.ONE_OF, "动态要闻", "通知公告"),), relation=Relation.AT_LEAST, number=5),
            model.Some(of=classes(Relation.NONE_OF, "动态要闻", "通知公告", "其他")),
            model.Ratio(
                of=model.Selection(
                    kind="probe",
                    that=model.Compare(what=Path("", "seconds"), relation=Relation.MORE_THAN, value=Decimal("1.5")),
                ),
                relation=Relation.AT_LEAST,
                share=Fraction(1, 200),
            ),
            model.Compare(what=Path("home", "newest"), relation=Relation.LESS_THAN, value=date(2024, 1, 1)),
            model.Switch(True),
        )
    )
    assert found.versions[0].params["words"] == ("动态要闻", "通知公告")


EFFECTS = {
    "veto": (model.Effect.VETO, Decimal(0), ""),
    "remark": (model.Effect.REMARK, Decimal(0), ""),
    "{escalate: 关停}": (model.Effect.ESCALATE, Decimal(0), "关停"),
}


@pytest.mark.parametrize("written", EFFECTS)
def test_effects(tmp_path: Folder, written: str) -> None:
    """A word, points as exact decimals, or a consequence."""
    text = indicator("{absent: home.newest}").replace("effect: veto", f"effect: {written}")
    found = load(tmp_path, text).indicators[0]
    assert (found.effect, found.points, found.consequence) == EFFECTS[written]


def test_origins_say_where_each_field_is_written(tmp_path: Folder) -> None:
    """Pack and line for the fields of the version, its parameters, and what the indicator shares among versions."""
    text = indicator("{not_updated: {what: home.newest, within: $w}}", params="{w: 14d}", more="    problem: 未更新\n")
    origins = load(tmp_path, text).indicators[0].versions[0].origins
    assert {key: (o.pack, o.place.line, o.place.column) for key, o in origins.items()} == {
        "id": ("test", 6, 7),
        "from": ("test", 11, 11),
        "law": ("test", 12, 10),
        "params.w": ("test", 13, 17),
        "fail_when": ("test", 14, 16),
        "problem": ("test", 15, 14),
        "title": ("test", 7, 10),
        "applies_to": ("test", 8, 15),
        "effect": ("test", 9, 11),
    }


# ---- faults --------------------------------------------------------------------------------------------------------

# what is written as fail_when (and params): code, column, Chinese message and what to do
OF_SITES = (
    "检查applies_to；或换一种事实：registration、probe、outage、home、column、link、message、policy、guide、footer、activity、channel、"
    "wording、tamper、advert、survey、report、reminder、ticket、rectification、find_error、coverage"
)
WRONG = {
    ("{count: {of: [], at_least: 1}}", "{}"): ("empty", 29, "count没有要数的事实", "写of: {each: 种类}"),
    ("{any: []}", "{}"): ("empty", 22, "“any”下没有条件", "每项一个检查块，以“- ”开头"),
    ("{present: {each: column, where: {class: []}}}", "{}"): (
        "empty", 56, "“class”的比较值是空的列表", "至少写一个词，或去掉这一项",
    ),
    ("{compare: {what: home.items, one_of: 3}}", "{}"): ("expected-list", 53, "“items”的比较值应为列表", "写成[3]"),
    ("{not_updated: {what: home.newest, within: 14days}}", "{}"): (
        "wrong-value", 58, "“within”应为一段时间，这里是“14days”", "写成14d（14天）",
    ),
    ("{not_updated: {what: home.newest, within: 14}}", "{}"): (
        "wrong-value", 58, "“within”应为一段时间，这里是“14”", "写明单位，如14d（14天）",
    ),
    ("{not_updated: {what: home.newest, within: 两周}}", "{}"): (
        "wrong-value", 58, "“within”应为一段时间，这里是“两周”", "写成2w（2周）",
    ),
    ("{not_updated: {what: home.newest, within: 24h}}", "{}"): (
        "wrong-value", 58, "“within”应为一段时间，这里是“24h”", "例如：14d、2w、6mo、1y、1 workday",
    ),
    ("{not_updated: {what: home.items, within: 14d}}", "{}"): (
        "wrong-type", 37, "“items”（更新条数）是整数，这里需要日期", "可用：newest",
    ),
    ("{not_updated: {what: newest, within: 14d}}", "{}"): (
        "bad-path", 37, "“newest”应写成“种类.字段”", "例如feed.newest或survey[检查项].answer",
    ),
    ("{absent: column.newest}", "{}"): (
        "path-part", 25, "“column”（栏目）每个资产有多项，要指明哪一项", "写成column[栏目].newest，或用each选取",
    ),
    ("{absent: 'home[x].newest'}", "{}"): (
        "path-part", 25, "“home”（首页）每个资产只有一项", "写成home.newest，或用each选取",
    ),
    ("{absent: feed.newest}", "{}"): (
        "wrong-kind", 25, "“feed”（更新情况）不是网站的事实", OF_SITES,
    ),
    ("{compare: {what: footer.icp, at_least: 3}}", "{}"): (
        "wrong-relation", 55, "“icp”（ICP备案编号）是文字，不能用at_least", "可用：is、is_not、one_of、none_of",
    ),
    ("{compare: {what: home.items, includes: a}}", "{}"): (
        "wrong-relation", 55, "“items”（更新条数）是整数，不能用includes",
        "可用：at_least、more_than、at_most、less_than、is、is_not、one_of、none_of",
    ),
    ("{compare: {what: home.items, at_least: 2024-01-01}}", "{}"): (
        "wrong-value", 55, "“items”（更新条数）不能与“2024-01-01”比较", "例如：5",
    ),
    ("{compare: {what: home.nav_only, is: yes}}", "{}"): (
        "wrong-value", 52, "“nav_only”（仅为导航入口）不能与“yes”比较", "例如：true",
    ),
    ("{compare: {what: home.items, at_least: 1, at_most: 3}}", "{}"): (
        "one-relation", 26, "compare需要恰好一个比较词，这里有2个",
        "可用：at_least、more_than、at_most、less_than、is、is_not、one_of、none_of、includes",
    ),
    ("{present: {each: message, that: {elapsed: {from: submitted, more_than: 5h}}}}", "{}"): (
        "hours-of-days", 87, "“submitted”（提交日期）只到日，不能按小时计", "改用天，如1d",
    ),
    ("{differ: {what: [home.newest, footer.icp]}}", "{}"): (
        "wrong-type", 33, "“newest”（最新更新日期）是日期，这里需要文字", "换一种事实",
    ),
    ("{ratio: {of: {each: link, that: {absent: scope}}, at_least: 150%}}", "{}"): (
        "wrong-value", 76, "“at_least”应为0%到100%的百分比，这里是“150%”", "例如：5%",
    ),
    ("{ratio: {of: {each: link, that: {absent: scope}}, at_least: 0.05}}", "{}"): (
        "wrong-value", 76, "“at_least”应为0%到100%的百分比，这里是“0.05”", "写成5%",
    ),
    ("{ratio: {of: {each: link}, at_least: 5%}}", "{}"): (
        "ratio-that", 29, "ratio的选取缺少that（分子）", "补上that: 条件",
    ),
    ("{present: {each: message, by: submitted}}", "{}"): (
        "by-alone", 46, "有by而没有within或during，不起作用", "补上within或during，或去掉by",
    ),
    ("{present: {each: message, within: 7d, during: year}}", "{}"): (
        "one-window", 62, "within与during只能用一个", "保留一个",
    ),
    ("{present: {each: column, that: {present: {each: column}}}}", "{}"): (
        "inside-selection", 57, "选取（each）里面不能再选取其他事实", "移到选取之外，用all或any连接",
    ),
    ("{periods: {every: week, within: month, that: {switch: true}, in_a_row: 3, at_least: 1}}", "{}"): (
        "one-relation", 100, "in_a_row与at_least只能用一个", "保留一个",
    ),
    ("{compare: {what: home.items, at_least: $n}}", "{n: 14d}"): (
        "wrong-value", None, "“items”（更新条数）不能与“14d”比较", "例如：5",
    ),
    ("{not_updated: {what: home.newest, within: $n}}", "{n: [甲, 乙]}"): (
        "wrong-value", None, "“n”应为一段时间，这里是“[甲, 乙]”", "例如：14d、2w、6mo、1y、1 workday",
    ),
    ("{compare: {what: footer.icp, is: $n}}", "{n: [甲, 乙]}"): (
        "wrong-value", None, "“n”应为单个值，这里是“[甲, 乙]”", "is后面只写一个值",
    ),
    ("{compare: {what: footer.icp, one_of: $n}}", "{n: 甲}"): (
        "wrong-value", None, "“n”应为列表，这里是“甲”", "one_of后面写成列表",
    ),
    ("{present: {each: message, that: {elapsed: {from: submitted, more_than: $n}}}}", "{n: 5h}"): (
        "hours-of-days", None, "“submitted”（提交日期）只到日，不能按小时计", "改用天，如1d",
    ),
    ("{switch: $n}", "{n: $m}"): ("parameter-of-parameter", None, "“n”不能取另一个参数的值", "直接写出数值"),
}  # fmt: skip


@pytest.mark.parametrize(("fail_when", "params"), WRONG)
def test_fault_of_a_check_is_told_once_where_it_stands(tmp_path: Folder, fail_when: str, params: str) -> None:
    """In the check, or at the parameter's value where that is what does not fit."""
    code, column, message, hint = WRONG[fail_when, params]
    (problem,) = faults(tmp_path, indicator(fail_when, params=params))
    place = (14, column) if column else (13, 17)
    assert (problem.code, problem.place.line, problem.place.column) == (code, *place)
    assert problem.message.zh == message
    assert (problem.hint.zh if problem.hint else None) == hint


NEAREST = {
    "{not_udated: {what: home.newest, within: 14d}}": ("检查块中没有“not_udated”", "not_updated"),
    "{absent: hom.newest}": ("事实种类中没有“hom”", "home"),
    "{absent: home.newst}": ("“home”（首页）的字段中没有“newst”", "newest"),
    "{present: {each: column, where: {class: 动态要文}}}": ("“class”（栏目类别）的取值中没有“动态要文”", "动态要闻"),
    "{count: {of: {each: column}, atleast: 5}}": ("“count”的键中没有“atleast”", "at_least"),
    "{present: {each: message, during: yaer}}": ("“during”中没有“yaer”", "year"),
}


@pytest.mark.parametrize("written", NEAREST)
def test_mistyped_word_gets_the_nearest(tmp_path: Folder, written: str) -> None:
    """An unknown block, kind, field, word, key or span is told with what was probably meant."""
    found = [p for p in faults(tmp_path, indicator(written)) if p.code == "unknown-word"]
    message, near = NEAREST[written]
    assert [p.message.zh for p in found] == [message]
    assert found[0].hint is not None
    assert found[0].hint.zh.startswith(f"是否想写“{near}”？")
    assert found[0].hint.en.startswith(f"did you mean “{near}”?")


def test_all_faults_of_all_files_come_at_once(tmp_path: Folder) -> None:
    """Syntax in one file, a word in another, a reference across them: nothing waits for the next run."""
    (tmp_path / "b.yaml").write_text("schema: indicators/1\npack: test\na: 1\na: 2\n", encoding="utf-8")
    found = faults(
        tmp_path, indicator("{absent: home.newst}"), indicator("{indicator: nowhere}", id="b"),
        indicator("{not_updated: {what: home.newest, within: $w}}", id="c", params="{w: 14}"),
    )  # fmt: skip
    assert [(Folder(p.place.file).name, p.place.line, p.code) for p in found] == [
        ("b.yaml", 4, "duplicate-key"),
        ("indicators.yaml", 14, "unknown-word"),
        ("indicators.yaml", 23, "unknown-word"),
        ("indicators.yaml", 31, "wrong-value"),
    ]


def test_what_mentions_a_broken_indicator_is_not_blamed_too(tmp_path: Folder) -> None:
    """The reference is right once the indicator it names is mended."""
    found = faults(tmp_path, indicator("{absent: home.newst}"), indicator("{indicator: a}", id="b"))
    assert [p.code for p in found] == ["unknown-word"]


def test_whole_message_as_policy_staff_reads_it(tmp_path: Folder) -> None:
    """File, line, column, what is wrong, the line with a caret, the nearest word; in both languages."""
    (problem,) = faults(tmp_path, indicator("{not_udated: {what: home.newest, within: 14d}}"))
    blocks = "not_updated, compare, differ, absent, present, elapsed, count, ratio, any, all, not, switch, indicator, periods"
    where = f"{tmp_path}/indicators.yaml:14:17"
    lines = "    " + "    fail_when: {not_udated: {what: home.newest, within: 14d}}\n" + "    " + " " * 16 + "^\n"
    assert problem.shown(Language.ZH) == (
        f"{where}: 错误[unknown-word]: 检查块中没有“not_udated”\n{lines}"
        f"    办法: 是否想写“not_updated”？可用：{blocks.replace(', ', '、')}"
    )
    assert problem.shown(Language.EN) == (
        f"{where}: error[unknown-word]: unknown check block “not_udated”\n{lines}"
        f"    to do: did you mean “not_updated”? Known: {blocks}"
    )


SHAPES = {
    "an id that is none": ("- id: a", "- id: A b", "bad-id", 6),
    "no title": ("  title: 标题a\n", "", "missing-key", 6),
    "points below nothing": ("effect: veto", "effect: {deduct: -5}", "expected-number", 9),
    "two effects": ("effect: veto", "effect: {deduct: 5, bonus: 2}", "one-effect", 9),
    "an asset column without words": ("kind: site", "kind: site, platform: []", "empty", 8),
    "no version": (indicator("{absent: home.newest}").split("  versions:")[1], " []\n", "no-versions", 10),
    "a version that says nothing": ("    fail_when: {absent: home.newest}\n", "", "missing-key", 11),
    "repealed: false says nothing either": (
        "    fail_when: {absent: home.newest}\n", "    repealed: false\n", "missing-key", 11,
    ),
    "a law without a document": ("{document: 文件, quote: 引文}", "{quote: 引文}", "missing-key", 12),
    "a check that is none": ("fail_when: {absent: home.newest}", "fail_when:", "one-block", 14),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_shape_of_an_indicator(tmp_path: Folder, name: str) -> None:
    """Each fault once, at its line."""
    old, new, code, line = SHAPES[name]
    text = indicator("{absent: home.newest}")
    assert old in text
    assert [(p.code, p.place.line) for p in faults(tmp_path, text.replace(old, new))] == [(code, line)]


PLACEHOLDERS = {
    "{$nope}": ("unknown-word", "参数中没有“nope”"),
    "{home.nope}": ("unknown-placeholder", "问题文字中的“{home.nope}”无法填写"),
    "{x}": ("unknown-placeholder", "问题文字中的“{x}”无法填写"),
    "{each.nme}": ("unknown-word", "所选事实的字段中没有“nme”"),
    "{each.name|big}": ("unknown-word", "写法中没有“big”"),
}


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_problem_text_that_could_never_be_filled(tmp_path: Folder, text: str) -> None:
    """A mistyped placeholder would silently keep its text from being used."""
    one = indicator("{present: {each: column, where: {items: 0}}}", more=f'    problem: "{text}"\n')
    (problem,) = faults(tmp_path, one)
    assert (problem.code, problem.message.zh, problem.place.line) == (*PLACEHOLDERS[text], 15)


def test_problem_texts_keep_their_placeholders(tmp_path: Folder) -> None:
    """All forms are accepted, and filled in only when a finding is told."""
    one = indicator(
        "{count: {of: {each: column, where: {items: 0}}, at_least: $n}}", params="{n: 5}",
        more='    problem:\n    - {when: {present: footer.icp}, text: "{footer.icp}{each.name|quoted}{each.part}"}\n    - "{count}/{$n}"\n',
    )  # fmt: skip
    assert load(tmp_path, one).indicators[0].versions[0].problems == (
        model.Problem(text="{footer.icp}{each.name|quoted}{each.part}", when=model.Present(what=Path("footer", "icp"))),
        model.Problem(text="{count}/{$n}"),
    )


def test_circle_of_references_is_one_fault(tmp_path: Folder) -> None:
    """However many indicators it leads through."""
    found = faults(
        tmp_path, indicator("{indicator: b}"), indicator("{indicator: c}", id="b"), indicator("{indicator: a}", id="c")
    )
    assert [(p.code, p.message.zh, p.place.line) for p in found] == [("circle", "indicator引用成环：a → b → c → a", 14)]


def test_reference_to_the_other_kind_of_asset(tmp_path: Folder) -> None:
    """A site cannot fail because an account does."""
    found = faults(tmp_path, indicator("{indicator: b}"), indicator("{absent: feed.newest}", id="b", kind="account"))
    assert [(p.code, p.place.line) for p in found] == [("wrong-kind", 14)]


PACKS = {
    "no conventions": ("conventions: {observation: 7d, law: {document: 文件, note: 注}}\n", "", "no-conventions"),
    "conventions in months": ("observation: 7d", "observation: 1mo", "wrong-value"),
    "unknown schema": ("schema: indicators/1", "schema: indicator/1", "unknown-word"),
    "tests beside the rules": ("schema: indicators/1", "schema: tests/1", "misplaced-tests"),
    "unknown key": ("title: 测试", "titel: 测试\ntitle: 测试", "unknown-word"),
    "presentation of an indicator that is not there": ("indicators:\n", "presentation: {last: [b]}\nindicators:\n", "unknown-word"),
}  # fmt: skip


@pytest.mark.parametrize("name", PACKS)
def test_shape_of_a_pack(tmp_path: Folder, name: str) -> None:
    """Each fault once."""
    old, new, code = PACKS[name]
    assert old in HEAD
    found = faults(tmp_path, indicator("{absent: home.newest}"), head=HEAD.replace(old, new))
    assert [p.code for p in found] == [code]


def test_presentation_fault_stands_at_its_entry(tmp_path: Folder) -> None:
    """Not at the top of the file."""
    head = HEAD.replace("indicators:\n", "presentation: {join: ；, last: [a, b]}\nindicators:\n")
    (problem,) = faults(tmp_path, indicator("{absent: home.newest}"), head=head)
    assert (problem.place.line, problem.place.column) == (5, 35)
