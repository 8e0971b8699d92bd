"""A score sheet as rows of words: what every rendering of it shows of a group, an item and a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from hege.engine.result import FactSeen, Outcome
from hege.engine.rulebook.model import Effect
from hege.engine.score import GroupScore, ItemScore, LineScore, Place, Range, Score, points
from hege.engine.text import Language, Text
from hege.outputs.words import VERIFIED


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
        level=Level.LINE, effect=item.effect, name=line.law.quote or line.says, points=points(line.points),
        scored=signed(line.scored, item.effect) if applies else "—",
        arithmetic=_arithmetic(line) if applies else "",
        facts="；".join(_fact(f) for f in line.facts[:5]) + ("……" if len(line.facts) > 5 else "") if applies else "",
        verified=VERIFIED[line.law.verified].shown(language),
        unknown="；".join(r.text.shown(language) for r in line.reasons) if applies else "",
        is_open=applies and not line.scored.is_known,
    )  # fmt: skip


def signed(found: Range, effect: Effect) -> str:
    """Points off with a minus, points on with a plus; nothing as 0."""
    if found.is_known and not found.low:
        return "0"
    mark = "−" if effect is Effect.DEDUCT else "+"
    return f"{mark}{found}"


def _arithmetic(line: LineScore) -> str:
    """How often times how much: 2×0.5."""
    if not line.scored.is_known:
        most = "…" if line.scored.high is None else points(line.scored.high / line.points)
        return f"（{points(line.scored.low / line.points)}–{most}）×{points(line.points)}"
    number = line.scored.low / line.points
    return f"{points(number)}×{points(line.points)}" if number else ""


def _fact(seen: FactSeen) -> str:
    name = f"{seen.kind}[{seen.part}]" if seen.part else seen.kind
    values = " ".join(f"{k}={v}" for k, v in seen.values.items() if k in _TOLD)
    return f"{name} {values or seen.state}"


_TOLD = ("answer", "count", "newest", "items", "outcome", "scope", "class", "emblem", "site_code", "icp", "police",
         "owner", "contact", "find_error", "answered", "received", "started", "ended", "published")  # fmt: skip


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
                f"{score.score}（{points(score.base)}{word('分起扣', ' less deductions')}{scaled}）",
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
