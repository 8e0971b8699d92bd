"""A score sheet as rows of words: what every rendering of it shows of a group, an item and a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from hege.engine.result import FactSeen, Outcome
from hege.engine.rulebook.model import Effect, Verified
from hege.engine.score import GroupScore, ItemScore, LineScore, Place, Range, Score, points
from hege.engine.text import Language, Text
from hege.outputs.words import fact_name, field_name, value_shown

# How well the text of a rule is known, in a word; `words.VERIFIED` says it in a sentence.
KNOWN = {
    Verified.VERBATIM: Text(zh="已与原文核对", en="compared with the original"),
    Verified.TWO_SOURCES: Text(zh="两个来源", en="two sources"),
    Verified.VENDOR_TRANSCRIPTION: Text(zh="一份转录", en="one transcription"),
    Verified.LOCAL_NOTICE: Text(zh="地方通报", en="a local notice"),
    Verified.DAMAGED: Text(zh="残缺", en="a damaged copy"),
}


class Level(Enum):
    """What a row is about."""

    GROUP = "group"
    ITEM = "item"
    LINE = "line"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row: its name, what it can come to, what it comes to, how that is worked out, the facts, how well the text is
    known, and what is still unknown."""

    level: Level
    effect: Effect
    name: str
    points: str
    scored: str
    arithmetic: str = ""
    facts: str = ""
    verified: str = ""
    unknown: str = ""
    is_open: bool = False


HEADER = {
    "name": Text(zh="组·项·规则", en="group, item, rule"),
    "points": Text(zh="分值", en="points"),
    "scored": Text(zh="扣分／得分", en="off / on"),
    "arithmetic": Text(zh="计算", en="arithmetic"),
    "facts": Text(zh="事实", en="facts"),
    "verified": Text(zh="文本核对", en="text known"),
    "unknown": Text(zh="未定", en="unknown"),
}


def rows(score: Score, language: Language) -> Iterator[Row]:
    """Every group, item and line in the order of the sheet."""
    for group in score.groups:
        yield _group(group, language)
        for item in group.items:
            yield _item(item, language)
            for line in item.lines:
                yield _line(item, line, language)


def _group(group: GroupScore, language: Language) -> Row:
    left_out = Text(zh="（不检查，其余折算）", en=" (not checked, the rest is scaled)").shown(language)
    undecided = Text(zh="（是否检查待定）", en=" (not known whether it is checked)").shown(language)
    name = group.title + {Place.LEFT_OUT: left_out, Place.UNKNOWN: undecided}.get(group.place, "")
    return Row(
        level=Level.GROUP, effect=group.effect, name=name, points="" if group.points is None else points(group.points),
        scored=signed(group.scored, group.effect) if group.place is not Place.LEFT_OUT else "", is_open=not group.scored.is_known,
    )  # fmt: skip


def _item(item: ItemScore, language: Language) -> Row:
    capped = ""
    if item.is_capped and item.cap is not None:
        total = sum((n.scored.low for n in item.lines), start=item.lines[0].scored.low * 0)
        capped = Text(zh=f"各条合计{points(total)}，以{item.cap}为限", en=f"the rules sum up to {points(total)}, the cap is {item.cap}").shown(language)  # fmt: skip
    na = Text(zh="不适用", en="not applicable").shown(language)
    return Row(
        level=Level.ITEM, effect=item.effect, name=item.title,
        points="" if item.cap is None else str(item.cap),
        scored=na if item.outcome is Outcome.NOT_APPLICABLE else signed(item.scored, item.effect),
        arithmetic=capped or item.waiver, is_open=not item.scored.is_known,
    )  # fmt: skip


def _line(item: ItemScore, line: LineScore, language: Language) -> Row:
    applies = line.applies is not False and item.outcome is not Outcome.NOT_APPLICABLE
    return Row(
        level=Level.LINE, effect=item.effect, name=_name(item, line), points=points(line.points),
        scored=signed(line.scored, item.effect) if applies else "—",
        arithmetic=_arithmetic(line) if applies else "",
        facts="；".join(_fact(f, language) for f in line.facts[:5]) + ("……" if len(line.facts) > 5 else "") if applies else "",
        verified=KNOWN[line.law.verified].shown(language),
        unknown="；".join(r.text.shown(language) for r in line.reasons) if applies else "",
        is_open=applies and not line.scored.is_known,
    )  # fmt: skip


def _name(item: ItemScore, line: LineScore) -> str:
    """What the law says; what the line says where the law says several lines in one sentence."""
    shared = sum(other.law.quote == line.law.quote for other in item.lines) > 1
    return line.says if shared or not line.law.quote else line.law.quote


def points_of(value: object) -> str:
    """Points as a rule has them."""
    return points(Fraction(str(value)))


def signed(found: Range, effect: Effect) -> str:
    """Points off with a minus, points on with a plus, nothing as 0; an interval by its ends, one without limit as …."""
    mark = "−" if effect is Effect.DEDUCT else "+"
    low = f"{mark}{points(found.low)}" if found.low else "0"
    if found.is_known:
        return low
    return f"{low}…" if found.high is None else f"{low}…{mark}{points(found.high)}"


def _arithmetic(line: LineScore) -> str:
    """How often times how much: 2×0.5."""
    if not line.scored.is_known:
        most = "…" if line.scored.high is None else points(line.scored.high / line.points)
        return f"（{points(line.scored.low / line.points)}–{most}）×{points(line.points)}"
    number = line.scored.low / line.points
    return f"{points(number)}×{points(line.points)}" if number else ""


def _fact(seen: FactSeen, language: Language) -> str:
    """A fact in a few words: what it is about, and the fields a rule of the tables looks at."""
    name = fact_name(seen.kind, language)
    named = (
        f"{name}“{seen.part}”"
        if seen.part and language is Language.ZH
        else f"{name}[{seen.part}]"
        if seen.part
        else name
    )
    told = [
        f"{field_name(seen.kind, f, language)} {_shown(seen, f, language)}" for f in _TOLD.get(seen.kind, ()) if f in seen.values
    ]  # fmt: skip
    if seen.state != "known":
        told.append(seen.state)
    return " ".join([named, *told])


def _shown(seen: FactSeen, field: str, language: Language) -> str:
    answer = seen.values[field]
    if seen.kind == "survey" and field == "answer" and isinstance(answer, str) and answer in _ANSWERS:
        return _ANSWERS[answer].shown(language)
    return value_shown(seen.kind, field, answer, language)


_TOLD = {
    "survey": ("answer", "count"), "column": ("class", "newest", "items"), "find_error": ("received", "answered"),
    "activity": ("started", "ended", "published"), "home": ("newest", "items"), "message": ("submitted", "replied"),
}  # fmt: skip
_ANSWERS = {
    "ok": Text(zh="符合", en="ok"), "problem": Text(zh="不符合", en="problem"), "none": Text(zh="无此内容", en="none"),
}  # fmt: skip


def figures(score: Score, language: Language) -> list[tuple[str, str]]:
    """The totals under the sheet: deductions, score, line, bonuses, total."""

    def word(zh: str, en: str) -> str:
        return Text(zh=zh, en=en).shown(language)

    told = [(word("扣分合计", "points off"), str(score.deducted))]
    if score.score is not None and score.base is not None:
        scaled = f"，×{score.factor}" if score.factor != 1 else ""
        told.append(
            (
                word("得分", "score"),
                f"{score.score}（{points(score.base / score.factor)}{word('分起扣', ' less deductions')}{scaled}）",
            )
        )
    if score.fails_below is not None:
        told.append((word("及格线", "line to pass"), f"{points(score.fails_below)}：{gate(score, language)}"))
    if score.bonus_above is not None:
        counts = {
            True: word("计入", "counted"),
            False: word("不计入", "not counted"),
            None: word("是否计入未定", "open"),
        }
        told.append((word("加分", "bonuses"), f"{score.earned}（{word('高于', 'above ')}{points(score.bonus_above)}{word('分才计入', '')}：{counts[score.bonus_counts]}）"))  # fmt: skip
    if score.total is not None:
        told.append((word("总分", "total"), str(score.total)))
    return told


def gate(score: Score, language: Language) -> str:
    """What the line says, or that nothing is scored."""
    if score.stopped_by:
        return Text(
            zh=f"已单项否决（{'、'.join(score.stopped_by)}），不评分；以下为按表本应扣分",
            en=f"vetoed ({', '.join(score.stopped_by)}): nothing is scored; below is what the table would have deducted",
        ).shown(language)
    words = {
        Outcome.PASS: Text(zh="达到", en="reached"), Outcome.FAIL: Text(zh="未达到，不合格", en="missed: fails"),
        Outcome.UNKNOWN: Text(zh="未定", en="open"), Outcome.EXEMPT: Text(zh="豁免", en="exempt"),
        Outcome.NOT_APPLICABLE: Text(zh="不适用", en="not applicable"), Outcome.NOT_IN_FORCE: Text(zh="未施行", en="not in force"),
    }  # fmt: skip
    return words[score.outcome].shown(language)
