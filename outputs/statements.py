"""What stands behind a finding, as statements an official can sign: its law, its arithmetic, its facts.

The explanation and the report set these out in their own way; names of things come from `words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hege.engine.result import FactSeen, Finding, Outcome, Verdict, percent
from hege.engine.rulebook.model import Effect, Law, Status, Verified
from hege.engine.text import Language, Text
from hege.engine.turning import Change, Turning
from hege.engine.vocabulary import load_vocabulary
from hege.engine.wordnames import STATE
from hege.outputs.words import (
    FAILED,
    FIGURE,
    OUTCOME,
    RELATION,
    STATUS,
    VERDICT,
    VERIFIED,
    fact_name,
    field_name,
    moment,
    part_name,
    plain,
    value_shown,
)

# ---- finding -------------------------------------------------------------------------------------------------------

_DECIDING = (Effect.VETO, Effect.SCORE)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings as a reader wants them: by outcome, vetoes before what changes no verdict, else in rulebook order."""
    rank = list(OUTCOME)
    return sorted(findings, key=lambda f: (rank.index(f.outcome), f.effect not in _DECIDING))


def label(finding: Finding, language: Language) -> str:
    """The outcome in a word; what fails without failing the asset is called by its status or its effect."""
    if finding.outcome is Outcome.FAIL and finding.status is not Status.IN_FORCE:
        return STATUS[finding.status].shown(language)
    if finding.outcome is Outcome.FAIL and finding.effect not in _DECIDING:
        return FAILED[finding.effect].shown(language)
    return OUTCOME[finding.outcome].shown(language)


def opening(finding: Finding, language: Language) -> str:
    """What the finding says, by the name of its indicator, and what follows from that."""
    mark = "：" if language is Language.ZH else ": "
    told = "" if finding.outcome is Outcome.UNKNOWN else f"{mark}{finding.text}"
    follows = [text.shown(language) for text in _follows(finding)]
    within = f"（{'，'.join(follows)}）" if language is Language.ZH else f" ({', '.join(follows)})"
    return f"{finding.title}（{finding.indicator}）{told}{within if follows else ''}"


def _follows(finding: Finding) -> Iterator[Text]:
    if finding.outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        if finding.effect in _DECIDING:
            yield FAILED[finding.effect]
        elif finding.effect is Effect.ESCALATE and finding.outcome is Outcome.FAIL:
            yield Text(zh=f"应予{finding.consequence}", en=f"due for {finding.consequence}")
        elif finding.effect is Effect.ESCALATE:
            yield Text(zh=f"是否应予{finding.consequence}待核", en=f"may be due for {finding.consequence}")
        if finding.status is not Status.IN_FORCE:
            yield Text(zh="不计入结论", en="does not count")


# ---- law -----------------------------------------------------------------------------------------------------------


def law(clause: Law, language: Language) -> str:
    """Document, clause and quote."""
    named = f"（{clause.clause}）" if clause.clause else ""
    if language is Language.EN:
        named = f" ({clause.clause})" if clause.clause else ""
    return f"{clause.document}{named}" + (f"“{_quoted(clause.quote)}”" if clause.quote else "")


def _quoted(text: str) -> str:
    """Quotation marks within quotation marks."""
    return text.replace("“", "‘").replace("”", "’")


def standing(finding: Finding, language: Language) -> str:
    """Since when the version applies, and how well its text is known."""
    told = []
    if finding.version:
        told.append(_since(finding).shown(language))
    if finding.clause:
        told.append(VERIFIED[finding.clause.verified].shown(language))
        told += [finding.clause.note] if finding.clause.note else []
    return ("；" if language is Language.ZH else "; ").join(told)


def _since(finding: Finding) -> Text:
    """The day from which the version counts; what is known from a local notice alone says nothing of when it came into force."""
    if finding.clause and finding.clause.verified is Verified.LOCAL_NOTICE:
        return Text(zh=f"{finding.version}起适用", en=f"applied since {finding.version}")
    return Text(zh=f"{finding.version}起施行", en=f"in force since {finding.version}")


# ---- arithmetic ----------------------------------------------------------------------------------------------------


def arithmetic(finding: Finding, language: Language) -> str:
    """The figures that decided, those that belong together in one statement; empty when there are none."""
    told = [text for left in _checks(finding.arithmetic) for text in _statements(left, finding.facts, language)]
    return ("；" if language is Language.ZH else "; ").join(dict.fromkeys(text.shown(language) for text in told))


def _checks(figures: Mapping[str, int | str]) -> list[dict[str, int | str]]:
    """The figures of each check apart: `newest#2` is the newest of the second."""
    apart: dict[str, dict[str, int | str]] = {}
    for name, value in figures.items():
        base, _, number = name.partition("#")
        apart.setdefault(number, {})[base] = value
    return list(apart.values())


def _statements(left: dict[str, int | str], facts: tuple[FactSeen, ...], language: Language) -> list[Text]:
    of = _named(str(left.pop("of", "")))
    told = [
        *_window(left, of),
        *_periods(left),
        *_count(left, of),
        *_share(left, of),
        *_elapsed(left),
        *_value(left, of, facts, language),
    ]
    left.pop("relation", None)
    return told + [_figure(name, left[name]) for name in sorted(left)]


def _named(of: str) -> Text:
    """What a check is about, in the words of the vocabulary: a field, or a kind of fact."""
    kind, _, field = of.partition(".")
    kind, _, part = kind.partition("[")
    name = part.rstrip("]") if part and kind == "survey" else fact_name(kind, Language.ZH)
    if field and not (part and kind == "survey"):
        name = field_name(kind, field, Language.ZH)
    return Text(zh=name, en=of)


def _window(left: dict[str, int | str], of: Text) -> list[Text]:
    if not left.get("window_start") or not left.get("window_end"):
        return []
    start, end = left.pop("window_start"), left.pop("window_end")
    window = Text(zh=f"监测窗口{start}至{end}", en=f"the window {start} to {end}")
    if "newest" not in left:
        return [window]
    newest = str(left.pop("newest"))
    day = newest[:10]
    if day < str(start):
        where = Text(zh=f"，早于{window.zh}", en=f", before {window.en}")
    elif day <= str(end):
        where = Text(zh=f"，在{window.zh}之内", en=f", within {window.en}")
    else:
        where = Text(zh=f"，晚于{window.zh}", en=f", after {window.en}")
    what = Text(zh=of.zh or "最新日期", en=of.en or "newest")
    return [Text(zh=f"{what.zh}{newest}{where.zh}", en=f"{what.en} {newest}{where.en}")]


def _periods(left: dict[str, int | str]) -> list[Text]:
    if "periods" not in left or "count" not in left:
        return []
    periods, count, which = left.pop("periods"), left.pop("count"), left.pop("which", "")
    open_, limit = _open(left), _limit(left)
    run = left.pop("run", None)
    longest = Text(zh="", en="") if run is None else Text(zh=f"，最长连续{run}个", en=f", at most {run} in a row")
    return [
        Text(
            zh=f"{periods}个周期中计{count}个{f'（截止日{which}）' if which else ''}{longest.zh}{open_.zh}{limit.zh}",
            en=f"{count} of {periods} periods{f' (ending {which})' if which else ''}{longest.en}{open_.en}{limit.en}",
        )
    ]


def _count(left: dict[str, int | str], of: Text) -> list[Text]:
    if "count" not in left:
        return []
    count = left.pop("count")
    open_, limit = _open(left), _limit(left)
    what = Text(zh=f"{of.zh}计{count}项", en=f"{count} of {of.en} counted" if of.en else f"{count} counted")
    return [Text(zh=f"{what.zh}{open_.zh}{limit.zh}", en=f"{what.en}{open_.en}{limit.en}")]


def _share(left: dict[str, int | str], of: Text) -> list[Text]:
    part, whole = left.get("numerator"), left.get("denominator")
    if not isinstance(part, int) or not isinstance(whole, int):
        return []
    del left["numerator"], left["denominator"]
    open_, limit = _open(left), _limit(left, "share")
    share = percent(part, whole, 2)
    if share is None:
        return []
    return [
        Text(
            zh=f"{of.zh}{whole}次中计{part}次，占{share}{open_.zh}{limit.zh}",
            en=f"{part} of {whole} {of.en}, {share}{open_.en}{limit.en}",
        )
    ]


def _elapsed(left: dict[str, int | str]) -> list[Text]:
    if "from" not in left:
        return []
    since, until = left.pop("from"), left.pop("to", None)
    limit = _limit(left)
    if until is None:
        return [Text(zh=f"自{since}起{limit.zh}", en=f"from {since}{limit.en}")]
    return [Text(zh=f"自{since}至{until}{limit.zh}", en=f"from {since} to {until}{limit.en}")]


def _value(left: dict[str, int | str], of: Text, facts: tuple[FactSeen, ...], language: Language) -> list[Text]:
    """What was found, in the words of the field that holds it."""
    if "value" not in left:
        return []
    value = left.pop("value")
    shown = next(
        (
            value_shown(f.kind, n, v, language)
            for f in facts
            for n, v in f.values.items()
            if v == value and type(v) is type(value)
        ),
        plain(value, language),
    )
    return [Text(zh=f"{of.zh or '所见'}：{shown}", en=f"{of.en or 'found'}: {shown}")]


def _figure(name: str, value: int | str) -> Text:
    label = FIGURE.get(name, Text(zh=name, en=name))
    return Text(zh=f"{label.zh}{value}", en=f"{label.en} {value}")


def _open(left: dict[str, int | str]) -> Text:
    unknown = left.pop("unknown", 0)
    return Text(zh=f"，另有{unknown}项未能判定", en=f", {unknown} undecided") if unknown else Text(zh="", en="")


def _limit(left: dict[str, int | str], name: str = "limit") -> Text:
    """The line, and which way it runs: 以“达到5”为界."""
    if name not in left:
        return Text(zh="", en="")
    bound, words = left.pop(name), RELATION.get(str(left.get("relation", "")), Text(zh="", en=""))
    return Text(zh=f"，以“{words.zh}{bound}”为界", en=f", the line is {words.en} {bound}".replace("  ", " "))


# ---- facts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class FactTable:
    """Facts of one kind, a row each: part, fields, when observed, state where not known, id."""

    kind: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def fact_tables(facts: tuple[FactSeen, ...], language: Language) -> tuple[FactTable, ...]:
    """The facts by kind, in the order in which the finding has them."""
    return tuple(
        _table(kind, [f for f in facts if f.kind == kind], language) for kind in dict.fromkeys(f.kind for f in facts)
    )


def _table(kind: str, facts: list[FactSeen], language: Language) -> FactTable:
    fields = _fields(kind, facts)
    has_parts = any(f.part for f in facts)
    unseen = any(f.state != "known" for f in facts)
    header = [part_name(kind, language) or _PART.shown(language)] if has_parts else []
    header += [field_name(kind, name, language) for name in fields]
    header += [_STATE.shown(language)] if unseen else []
    rows = []
    for fact in facts:
        row = [fact.part] if has_parts else []
        row += [_value_in(fact, name, language) for name in fields]
        row += [_state(fact, language)] if unseen else []
        rows.append((*row, moment(fact.observed_at), fact.id))
    tail = (_OBSERVED.shown(language), _ID.shown(language))
    return FactTable(kind=fact_name(kind, language), header=(*header, *tail), rows=tuple(rows))


def _fields(kind: str, facts: list[FactSeen]) -> tuple[str, ...]:
    """The fields any of the facts gives, in the vocabulary's order."""
    given = {name for fact in facts for name in fact.values}
    known = load_vocabulary().kinds.get(kind)
    ordered = [f.name for f in known.fields if f.name in given] if known else []
    return (*ordered, *sorted(given.difference(ordered)))


def _value_in(fact: FactSeen, name: str, language: Language) -> str:
    return value_shown(fact.kind, name, fact.values[name], language) if name in fact.values else "—"


def _state(fact: FactSeen, language: Language) -> str:
    return STATE[fact.state].shown(language) if fact.state in STATE else ""


_PART = Text(zh="部分", en="part")
_STATE = Text(zh="状态", en="state")
_OBSERVED = Text(zh="观测时间", en="observed")
_ID = Text(zh="事实编号", en="fact")

# ---- what would turn a verdict -------------------------------------------------------------------------------------


def turned(verdict: Verdict, turning: Turning) -> Text:
    """From which verdict to which the changes turn it."""
    before, after = VERDICT[verdict], VERDICT[turning.verdict]
    return Text(
        zh=f"如有以下变动，结论由{before.zh}变为{after.zh}（已按同一规则重新判定）",
        en=f"with these changes the verdict turns from {before.en} to {after.en} (evaluated by the same rules)",
    )


def changed(change: Change, language: Language) -> str:
    """One change: of which facts and field, from what to what."""
    parts = "、".join(part for part in change.parts if part)
    what = fact_name(change.kind, language) + (f"（{parts}）" if parts else "")
    if not change.field:
        return f"{what}{Text(zh='：没有这些记录', en=': not there').shown(language)}"
    before = "、".join(value_shown(change.kind, change.field, value, language) for value in change.before)
    after = value_shown(change.kind, change.field, change.after, language)
    mark = "：" if language is Language.ZH else ": "
    return f"{what}{mark}{field_name(change.kind, change.field, language)} {before} → {after}"
