"""Checks and indicators as sentences: official Chinese for review, plain English beside it.

The YAML is what counts; the sentence is how a person checks that it says what the law says. Names of facts and fields
come from the vocabulary. Owns the Chinese wording; the English one is `sentence_en`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TypeGuard

from hege.engine.dates import Duration
from hege.engine.rulebook import model, sentence_en
from hege.engine.rulebook.model import (
    AssetKind,
    Check,
    Compare,
    Effect,
    Every,
    Ignore,
    Indicator,
    Line,
    Missing,
    Path,
    Relation,
    Selection,
    Span,
    Status,
    UnknownPeriod,
    Version,
)
from hege.engine.rulebook.values import shown
from hege.engine.text import Language
from hege.engine.vocabulary import ASSET, Field, FieldType, Kind, Vocabulary

Titles = Mapping[str, str]


def sentence(
    check: Check, vocabulary: Vocabulary, language: Language = Language.ZH, titles: Titles | None = None
) -> str:
    """What a check says, without a full stop. `titles` names the indicators that it may refer to."""
    if language is Language.EN:
        return sentence_en.English(titles or {}).say(check)
    return _Chinese(vocabulary, titles or {}).say(check)


def indicator_sentence(
    indicator: Indicator,
    version: Version,
    vocabulary: Vocabulary,
    language: Language = Language.ZH,
    titles: Titles | None = None,
) -> str:
    """What a version of an indicator says: whom it is about, when it fails, and what follows."""
    if language is Language.EN:
        return sentence_en.indicator(indicator, version, sentence_en.English(titles or {}))
    chinese = _Chinese(vocabulary, titles or {})
    if version.repealed:
        return f"自{_day(version.start)}起废止。"
    if version.lines:
        return _item(indicator, version, chinese)
    if version.sheet is not None:
        return _sheet(version, version.sheet, _SUBJECTS[indicator.applies_to.kind], chinese)
    assert version.fail_when is not None
    subject = _SUBJECTS[indicator.applies_to.kind] + "".join(
        f"（{_COLUMNS[name]}为{'、'.join(words)}的）" for name, words in indicator.applies_to.where
    )
    if version.applies_when is not None:
        subject += f"，{chinese.say(version.applies_when)}的"
    follows = _effect(indicator)
    if isinstance(version.fail_when, model.Any):
        cases = [chinese.say(c) for c in version.fail_when.of]
        listed = "；".join(f"（{_numeral(n)}）{case}" for n, case in enumerate(cases, 1))
        return f"{subject}，有下列情形之一的，{follows}：{listed}。"
    return f"{subject}，{chinese.say(version.fail_when)}的，{follows}。"


def line_sentence(line: Line, effect: Effect, vocabulary: Vocabulary, language: Language = Language.ZH) -> str:
    """What a line of an item says, without a full stop."""
    if language is Language.EN:
        return sentence_en.line(line, effect, sentence_en.English({}))
    chinese = _Chinese(vocabulary, {}, earns=effect is Effect.BONUS)
    says = chinese.line(line, f"{'扣' if effect is Effect.DEDUCT else '得'}{_value(line.points)}分")
    return f"{chinese.say(line.applies_when)}的，{says}" if line.applies_when is not None else says


def _item(indicator: Indicator, version: Version, chinese: _Chinese) -> str:
    subject = _SUBJECTS[indicator.applies_to.kind]
    if version.applies_when is not None:
        subject += f"，{chinese.say(version.applies_when)}的"
    lines = [line_sentence(line, indicator.effect, chinese.vocabulary) for line in version.lines]
    subject += f"，{indicator.group}·{indicator.title}"
    if len(lines) == 1:
        return f"{subject}：{lines[0]}{_at_most(indicator, version, chinese)}。"
    listed = "；".join(f"（{_numeral(n)}）{line}" for n, line in enumerate(lines, 1))
    return f"{subject}：{listed}。各条相加{_at_most(indicator, version, chinese)}。"


def _at_most(indicator: Indicator, version: Version, chinese: _Chinese) -> str:
    """How much the lines can come to together; nothing where a single line that counts once says it all."""
    word = "扣" if indicator.effect is Effect.DEDUCT else "得"
    if version.other_cap is not None:
        told = f"，最多{word}{shown(indicator.points)}分"
        return f"{told}（{chinese.say(version.other_cap.when)}的，最多{word}{_value(version.other_cap.points)}分）"
    first, *others = version.lines
    if not others and first.when is not None and indicator.points in (0, first.points):
        return ""
    return f"，最多{word}{shown(indicator.points)}分" if indicator.points else "，不设上限"


def _sheet(version: Version, sheet: model.Sheet, subject: str, chinese: _Chinese) -> str:
    if version.applies_when is not None:
        subject += f"，{chinese.say(version.applies_when)}的"
    deduct, bonus = (
        "、".join(f"{g.title}{f'（{g.points}分）' if g.points is not None else ''}" for g in groups)
        for groups in (sheet.deduct, sheet.bonus)
    )
    told = [f"扣分项为{deduct}"]
    if sheet.base is not None:
        told = [f"满分{_value(sheet.base)}分，{told[0]}"]
    if sheet.left_out is not None:
        told.append(f"{chinese.say(sheet.left_out.when)}的，不检查{sheet.left_out.group}，其余部分按比例折算")
    if sheet.fails_below is not None:
        told.append(f"低于{_value(sheet.fails_below)}分的，判定为不合格")
    if sheet.bonus_above is not None:
        told.append(f"高于{_value(sheet.bonus_above)}分的，另加{bonus}")
    return f"{subject}，{'；'.join(told)}。"


_SUBJECTS = {AssetKind.SITE: "政府网站", AssetKind.ACCOUNT: "政务新媒体账号"}
_COLUMNS = {"platform": "平台", "district": "辖区", "category": "类别", "owner": "主办单位"}
_BOUNDS = {
    Relation.AT_LEAST: "超过（含）",
    Relation.MORE_THAN: "超过",
    Relation.AT_MOST: "不超过",
    Relation.LESS_THAN: "少于",
}
_DATE_BOUNDS = {
    Relation.AT_LEAST: "不早于",
    Relation.MORE_THAN: "晚于",
    Relation.AT_MOST: "不晚于",
    Relation.LESS_THAN: "早于",
}
_OPPOSITES = {
    Relation.IS: Relation.IS_NOT,
    Relation.IS_NOT: Relation.IS,
    Relation.ONE_OF: Relation.NONE_OF,
    Relation.NONE_OF: Relation.ONE_OF,
    Relation.AT_LEAST: Relation.LESS_THAN,
    Relation.LESS_THAN: Relation.AT_LEAST,
    Relation.MORE_THAN: Relation.AT_MOST,
    Relation.AT_MOST: Relation.MORE_THAN,
}
_MEASURES = {"probe": "次", "outage": "次", "reminder": "次", "message": "条", "link": "条", "wording": "处"}
_IGNORED = {Ignore.SPACE: "空格", Ignore.WIDTH: "全角半角", Ignore.PUNCTUATION: "标点", Ignore.CASE: "大小写"}
_MISSING_DENIED = {Missing.TRUE: "不在此列", Missing.FALSE: "也在此列", Missing.UNKNOWN: "待核"}
_MISSING = {Missing.TRUE: "按不合格计", Missing.FALSE: "按合格计", Missing.UNKNOWN: "待核"}
_SPANS = {Span.WEEK: "当周", Span.MONTH: "当月", Span.QUARTER: "当季度", Span.YEAR: "当年"}
# The rhythm, the day that stands for a period, and how periods are counted.
_RHYTHMS = {
    Every.DAY: ("逐日", "", "天"),
    Every.WORKDAY: ("逐个工作日", "", "个工作日"),
    Every.WEEK: ("逐周", "（以周日为当日）", "周"),
    Every.MONTH: ("逐月", "（以月末为当日）", "个月"),
}
_UNKNOWN_PERIODS = {
    UnknownPeriod.UNKNOWN: "",
    UnknownPeriod.HOLD: "（待核的不计入也不中断）",
    UnknownPeriod.BREAK: "（待核的视为中断）",
}
# Words of the vocabulary that are not Chinese.
_WORDS = {
    "ok": "正常", "slow": "缓慢", "timeout": "超时", "dns_error": "域名解析失败", "refused": "拒绝连接", "reset": "连接中断",
    "tls_error": "加密连接失败", "http_error": "返回错误", "blocked": "被拦截", "probe_fault": "监测点故障", "dead": "失效",
    "home": "首页", "other": "其他页面", "severe": "严重", "general": "一般", "privacy": "泄露隐私", "problem": "有问题",
    "none": "没有", "yes": "完整", "no": "不完整",
}  # fmt: skip
_ANSWERS = {"ok": "未发现问题", "problem": "有问题", "none": "无此项"}  # of a survey
# How a yes-or-no field is denied, by the way its name begins.
_DENIALS = {"已": "未", "能": "不能", "有": "无", "在": "不在", "应": "不应", "仅为": "并非仅为", "完整": "不完整"}
_OF_NONE = {Relation.LESS_THAN: "为0", Relation.AT_LEAST: "不为0"}  # fewer than one, at least one
_NEWEST = re.compile(r"最新(.+)日期")
_OBSERVED = Field(name="observed_at", zh="观测时间", type=FieldType.TIME)
_PART = Field(name="part", zh="名称", type=FieldType.TEXT)
_NUMBER = Field(name="count", zh="数量", type=FieldType.INTEGER)  # of a survey, where none of it is a fault


def _effect(indicator: Indicator) -> str:
    word = {
        Effect.VETO: "单项否决",
        Effect.REMARK: "予以提示，不影响结论",
        Effect.ESCALATE: f"应予{indicator.consequence}",
    }[indicator.effect]
    return f"{word}（试行，不计入结论）" if indicator.status is Status.TRIAL else word


@dataclass(frozen=True, slots=True)
class _Chinese:
    """Says checks in Chinese. `point` is the day they are judged at, `row` the kind of the fact in hand.

    `earns`: what is said earns points, so that what a person finds is no fault.
    """

    vocabulary: Vocabulary
    titles: Titles
    point: str = "监测时间点"
    row: Kind | None = None
    earns: bool = False

    def say(self, check: Check) -> str:
        match check:
            case model.NotUpdated(what=what):
                return self._updated(check, holds=True) + self._if_missing(check.if_missing, what)
            case Compare(what=what):
                return self._compared(check) + self._if_missing(check.if_missing, what)
            case model.Differ(left=left, right=right, ignore=ignore):
                aside = f"（不计{'、'.join(_IGNORED[i] for i in ignore)}）" if ignore else ""
                return f"{self._path(left)}与{self._path(right)}不一致{aside}"
            case model.Absent(what=what):
                return self._having("没有", what)
            case model.Present(what=what):
                return self._having("有", what)
            case model.Elapsed():
                return self._elapsed(check)
            case model.Some(of=of):
                noun = self._noun(of)
                return f"{'有' if noun.startswith('在') else '存在'}{noun}"
            case model.Count():
                return self._count(check)
            case model.Ratio():
                return self._ratio(check)
            case model.Any(of):
                return ("，或" if self.row else "；或者").join(self._part(c) for c in _said(of, without=False))
            case model.All(of):
                return "，且".join(self._parts(_said(of, without=True)))
            case model.Not(of):
                return self._denied(of)
            case model.Switch(bool(value)):
                return "本条启用" if value else "本条停用"
            case model.Switch(value):
                return f"“{_value(value)}”启用"
            case model.Fails(indicator):
                return f"指标“{self.titles.get(indicator, indicator)}”不合格"
            case model.Periods():
                return self._periods(check)

    def line(self, line: Line, points: str) -> str:
        """When a line deducts or earns, and how much."""
        if line.when is not None:
            return f"{self.say(line.when)}的，{points}"
        if line.times is not None:
            return f"{self._subject(line.times)}每{'有一项' if self.earns else '发现一处'}，{points}"
        if line.share is not None:
            of = line.share.of
            inside = replace(self, row=self.vocabulary.kinds[of.kind])
            assert of.that is not None
            told = f"{self._noun(of, with_that=False)}中，{inside.say(of.that)}的占比"
            return f"{told}每满{_value(line.share.step)}，{points}{self._enough(of.kind, line.share.enough)}"
        nouns = [self._noun(s) for s in line.each]
        return f"{('，以及' if any('、' in n for n in nouns) else '、').join(nouns)}，每{_MEASURES.get(line.each[0].kind, '个')}{points}"

    def _parts(self, checks: Sequence[Check]) -> Iterator[str]:
        """What has to hold together; two bounds of one count are said of it once: 有1个以上、少于6个."""
        for _, group in itertools.groupby(checks, lambda c: c.of if isinstance(c, model.Count) else c):
            first, *others = group
            bounds = [self._total(c) for c in others if isinstance(c, model.Count)]
            yield "、".join([self._part(first), *bounds])

    def _part(self, check: Check) -> str:
        """A part of a compound; compounds in compounds stand in brackets."""
        compound = isinstance(check, model.Any | model.All) and len(_said(check.of, isinstance(check, model.All))) > 1
        return f"（{self.say(check)}）" if compound else self.say(check)

    def _denied(self, check: Check) -> str:
        match check:
            case model.Some(of=of):
                return f"没有{self._noun(of)}"
            case model.NotUpdated(if_missing=None):
                return self._updated(check, holds=False)
            case Compare(what=what, relation=relation) if relation in _OPPOSITES:
                said = self._compared(replace(check, relation=_OPPOSITES[relation]))
                return said + self._if_missing(check.if_missing, what, _MISSING_DENIED)
            case model.Differ():
                return self.say(check).replace("不一致", "一致")
            case model.Fails():
                return f"{self.say(check).removesuffix('不合格')}没有判为不合格"
            case model.Any(of):
                return "，且".join(self._denied(c) for c in of)
        return f"并非（{self.say(check)}）"

    # ---- one fact --------------------------------------------------------------------------------------------------

    def _subject(self, path: Path) -> str:
        """The fact a path is about: nothing for the fact in hand, for the account as it publishes, for the asset itself."""
        if not path.kind or path.kind in ("feed", ASSET.name):
            return ""
        kind = self.vocabulary.kind(path.kind)
        assert kind is not None
        return f"{kind.zh}“{path.part}”" if path.part is not None else kind.zh

    def _path(self, path: Path) -> str:
        subject = self._subject(path)
        return f"{subject}的{self._field(path).zh}" if subject else self._field(path).zh

    def _field(self, path: Path) -> Field:
        kind = self.vocabulary.kind(path.kind) if path.kind else self.row
        if self.earns and kind is not None and (kind.name, path.field) == ("survey", "count"):
            return _NUMBER
        found = kind.field(path.field) if kind else None
        return found or (_OBSERVED if path.field == "observed_at" else _PART)

    def _is_answer(self, path: Path) -> bool:
        kind = path.kind or (self.row.name if self.row else "")
        return (kind, path.field) == ("survey", "answer")

    def _updated(self, check: model.NotUpdated, *, holds: bool) -> str:
        """`holds`: that there is nothing new; else that there is."""
        window = self._window(check.within)
        subject = self._subject(check.what)
        match = _NEWEST.fullmatch(self._field(check.what).zh)
        if not match:
            return f"{self._path(check.what)}{'不' if holds else ''}在{window}"
        what = match[1]
        holding, denied = ("未更新", "有更新") if what == "更新" else (f"无{what}内容", f"有{what}内容")
        words = holding if holds else denied
        return f"{subject}在{window}{words}" if subject else f"{window}{words}"

    def _window(self, within: object) -> str:
        return f"{self.point}前{_value(within)}内"

    def _having(self, word: str, path: Path) -> str:
        return f"{self._subject(path)}{word}{self._field(path).zh}"

    def _compared(self, check: Compare) -> str:
        field, path = self._field(check.what), self._path(check.what)
        if field.type is FieldType.TRUTH and isinstance(check.value, bool):
            agreed = check.value is (check.relation is Relation.IS)
            return self._subject(check.what) + _truth(field.zh, agreed)
        if self._is_answer(check.what) and self.earns and check.relation is Relation.IS and check.value == "ok":
            return f"{self._subject(check.what)}符合要求"
        if check.value == 1 and field.type is FieldType.INTEGER and check.relation in _OF_NONE:
            return f"{path}{_OF_NONE[check.relation]}"
        if check.relation in _BOUNDS:
            if field.type in (FieldType.DAY, FieldType.TIME):
                return f"{path}{_DATE_BOUNDS[check.relation]}{_value(check.value)}"
            unit = "项" if field.type is FieldType.LIST else field.unit
            return f"{path}{_BOUNDS[check.relation]}{_value(check.value)}{unit}"
        values = tuple(_ANSWERS.get(str(v), v) if self._is_answer(check.what) else v for v in _values(check.value))
        match check.relation:
            case Relation.IS | Relation.ONE_OF:
                return f"{path}为{_listed(values, '或')}"
            case Relation.INCLUDES:
                return f"{path}包括{_listed(values, '或')}"
        return f"{path}不为{_listed(values, '、')}"

    def _if_missing(
        self, given: model.IfMissing | None, path: Path, words: Mapping[Missing, str] = _MISSING
    ) -> str:  # fmt: skip
        return f"（未注明{self._field(path).zh}的，{words[given.then]}）" if given else ""

    def _elapsed(self, check: model.Elapsed) -> str:
        until = self.point if check.until is None else f"{self._path(check.until)}（没有的，算至{self.point}）"
        if isinstance(check.duration, Duration) and not check.duration.number and check.relation is Relation.MORE_THAN:
            return f"{until}晚于{self._path(check.since)}"
        return f"自{self._path(check.since)}至{until}{_BOUNDS[check.relation]}{_value(check.duration)}"

    # ---- several facts ---------------------------------------------------------------------------------------------

    def _noun(self, selection: Selection, *, with_that: bool = True) -> str:
        """The facts selected, as a noun: …的动态要闻栏目."""
        kind = self.vocabulary.kinds[selection.kind]
        inside = replace(self, row=kind)
        words = [w for c in selection.where if (w := inside._epithet(c))]
        clauses = [inside._dated(selection)] if selection.within is not None or selection.during is not None else []
        without = [c for c in selection.where if _is_exception(c)]
        clauses += [inside.say(c) for c in selection.where if c not in without and not inside._epithet(c)]
        if with_that and selection.that is not None:
            clauses.append(inside._part(selection.that) if clauses else inside.say(selection.that))
        aside = "；".join(inside._compared(replace(c, relation=_OPPOSITES[c.relation])) for c in without)
        noun = (f"{_joined(clauses)}的" if clauses else "") + "".join(words) + kind.zh
        return f"{noun}（{aside}的除外）" if aside else noun

    def _epithet(self, condition: Check) -> str:
        """A condition short enough to stand before the noun: 动态要闻, 一级."""
        if not isinstance(condition, Compare) or condition.relation not in (Relation.IS, Relation.ONE_OF):
            return ""
        field, values = self._field(condition.what), _values(condition.value)
        if field.type is FieldType.WORD:
            return "、".join(_WORDS.get(v, v) for v in map(_value, values))
        if field.type is FieldType.INTEGER and field.unit:
            return "、".join(f"{_numeral(v) if isinstance(v, int) else _value(v)}{field.unit}" for v in values)
        return ""

    def _dated(self, selection: Selection) -> str:
        inside = f"{self.point}{_SPANS[selection.during]}" if selection.during else self._window(selection.within)
        return f"{self._field(Path('', selection.by)).zh}在{inside}" if selection.by else inside

    def _count(self, check: model.Count) -> str:
        first, *others = (self._noun(s) for s in check.of)
        begin = f"{self.point}前"
        if first.startswith(begin):
            others = [f"前{o.removeprefix(begin)}" if o.startswith(begin) else o for o in others]
        total = self._total(check)
        return f"{'与'.join([first, *others])}，累计{total}" if others else f"{first}{total}"

    def _total(self, check: model.Count) -> str:
        measures = {_MEASURES.get(s.kind, "个") for s in check.of}
        measure = measures.pop() if len(measures) == 1 else "个"
        return _bounded(check.relation, check.number, measure)

    def _ratio(self, check: model.Ratio) -> str:
        inside = replace(self, row=self.vocabulary.kinds[check.of.kind])
        assert check.of.that is not None
        told = f"{self._noun(check.of, with_that=False)}中，{inside.say(check.of.that)}的占比"
        return f"{told}{_bounded(check.relation, check.share, '')}{self._enough(check.of.kind, check.enough)}"

    def _enough(self, kind: str, enough: model.Enough | None) -> str:
        if enough is None:
            return ""
        days, measure = _value(enough.days), _MEASURES.get(kind, "个")
        return f"（{self.point}前{days}天内每天不少于{_value(enough.per_day)}{measure}，否则待核）"

    # ---- several days ----------------------------------------------------------------------------------------------

    def _periods(self, check: model.Periods) -> str:
        rhythm, stands, unit = _RHYTHMS[check.every]
        that = replace(self, point="当日").say(check.that)
        if check.in_a_row is not None:
            total = f"连续{_value(check.in_a_row)}{unit}{_UNKNOWN_PERIODS[check.unknown_period]}"
        else:
            total = f"累计{_bounded(check.relation, check.number, unit)}"
        return f"{self.point}{_SPANS[check.within]}内{rhythm}判定{stands}，{that}的，{total}"


def _said(of: Sequence[Check], without: bool) -> Sequence[Check]:
    """The parts of a compound that are not switched away: an off clause of `any`, an on one of `all`."""
    return [c for c in of if c != model.Switch(without)] or of


def _is_exception(condition: Check) -> TypeGuard[Compare]:
    """Whether a condition names what does not count: 规划计划类的除外."""
    return (
        isinstance(condition, Compare)
        and condition.relation in (Relation.NONE_OF, Relation.IS_NOT)
        and condition.if_missing is None
        and not isinstance(condition.value, bool)
    )


def _bounded(relation: Relation, number: object, measure: str) -> str:
    """超过（含）5个; of a single one 有1个以上."""
    if relation is Relation.AT_LEAST and number == 1 and not isinstance(number, bool):
        return f"达到{_value(number)}" if isinstance(number, Fraction) else f"有1{measure}以上"
    return f"{_BOUNDS[relation]}{_value(number)}{measure}"


def _truth(name: str, holds: bool) -> str:
    """A yes-or-no field said or denied: 能打开, 不能打开; 有找错入口, 无找错入口."""
    if name.endswith("得到"):
        return name if holds else f"{name.removesuffix('得到')}不到"
    if (name.startswith("有效") and name != "有效") or name.endswith("链接"):
        return f"为{name}" if holds else f"不是{name}"
    for word, denied in _DENIALS.items():
        if name.startswith(word):
            return name if holds else denied + name.removeprefix(word)
    if "关联" in name:
        return name if holds else name.replace("关联", "未关联")
    if name.endswith(("标识", "入口")):
        return f"{'有' if holds else '无'}{name}"
    return f"“{name}”为{'是' if holds else '否'}"


def _joined(clauses: Sequence[str]) -> str:
    """甲、乙且丙; only 且 where a clause is itself a list."""
    if len(clauses) < 2 or any("、" in c for c in clauses):
        return "且".join(clauses)
    return "且".join(["、".join(clauses[:-1]), clauses[-1]])


def _values(given: object) -> tuple[object, ...]:
    return given if isinstance(given, tuple) else (given,)


def _value(given: object) -> str:
    if isinstance(given, model.Param):
        return f"${given.name}"
    return _day(given) if isinstance(given, date) else shown(given)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _numeral(number: int) -> str:
    """一, 二, … 十九; larger numbers in digits."""
    ones = "一二三四五六七八九"
    if 0 < number < 10:
        return ones[number - 1]
    return f"十{ones[number - 11] if number > 10 else ''}" if 10 <= number < 20 else str(number)


def _listed(values: Sequence[object], last: str) -> str:
    """“甲”、“乙”或“丙”."""
    words = [f"“{_WORDS.get(v, v)}”" if isinstance(v, str) else _value(v) for v in values]
    return last.join(["、".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
