"""Why an asset got its verdict, for a reader at a terminal: each finding with law, arithmetic, facts and what is unknown."""

from __future__ import annotations

from collections.abc import Iterator

from hege.engine.result import AssetResult, Finding, Outcome
from hege.engine.text import Language, Text
from hege.engine.turning import Turning
from hege.outputs.characters import one_line
from hege.outputs.statements import (
    FactTable,
    arithmetic,
    changed,
    fact_tables,
    in_order,
    label,
    law,
    opening,
    standing,
    turned,
)
from hege.outputs.terminal import aligned
from hege.outputs.words import LABEL, OUTCOME, VERDICT


def render(result: AssetResult, language: Language, turning: Turning | None = None) -> str:
    """The explanation of one asset: findings that matter first, those with nothing to tell by their names at the end,
    then what would turn the verdict."""
    asset = result.asset
    known_as = [asset.name or asset.id, *(w for w in (asset.platform, asset.owner, asset.district) if w), asset.id]
    told = [f for f in in_order(result.findings) if _tells(f)]
    lines = [one_line(f"{' · '.join(known_as)}：{VERDICT[result.verdict].shown(language)}")]
    for finding in told:
        lines += ["", *_finding(finding, language)]
    lines += ["", *silent] if (silent := list(_silent(result, language))) else []
    lines += ["", *_turned(result, turning, language)] if turning else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _tells(finding: Finding) -> bool:
    """Whether anything was looked at; what is not in force or does not apply has nothing to show."""
    return finding.outcome not in (Outcome.NOT_APPLICABLE, Outcome.NOT_IN_FORCE)


def _silent(result: AssetResult, language: Language) -> Iterator[str]:
    ended = [f for f in result.findings if f.outcome is Outcome.NOT_IN_FORCE and f.clause]
    for finding in ended:
        assert finding.clause
        word = Text(zh="停止适用", en="no longer in force").shown(language)
        yield one_line(f"【{word}】{finding.title}（{finding.indicator}）：{law(finding.clause, language)}")
    for outcome in (Outcome.NOT_APPLICABLE, Outcome.NOT_IN_FORCE):
        titles = [f"{f.title}（{f.indicator}）" for f in result.findings if f.outcome is outcome and f not in ended]
        if titles:
            yield one_line(f"【{OUTCOME[outcome].shown(language)}】{'、'.join(titles)}")


def _finding(finding: Finding, language: Language) -> Iterator[str]:
    yield one_line(f"【{label(finding, language)}】{opening(finding, language)}")
    if finding.waiver:
        yield _labelled("waiver", finding.waiver, language)
    if finding.clause:
        since = standing(finding, language)
        yield _labelled("law", law(finding.clause, language) + (f"，{since}" if since else ""), language)
    yield from behind(finding, language)


def behind(finding: Finding, language: Language) -> Iterator[str]:
    """The arithmetic, what is unknown, and the facts."""
    if told := arithmetic(finding, language):
        yield _labelled("arithmetic", told, language)
    for reason in finding.reasons:
        yield _labelled("unknown", reason.text.shown(language), language)
    for table in fact_tables(finding.facts, language):
        yield from _table(table, language)


def _table(table: FactTable, language: Language) -> Iterator[str]:
    yield _labelled("facts", table.kind, language)
    rows = [[one_line(cell) for cell in row] for row in (table.header, *table.rows)]
    yield from (f"        {line}" for line in aligned(rows))


def _labelled(name: str, text: str, language: Language) -> str:
    mark = "：" if language is Language.ZH else ": "
    return one_line(f"    {LABEL[name].shown(language)}{mark}{text}")


# ---- what would turn the verdict -----------------------------------------------------------------------------------


def _turned(result: AssetResult, turning: Turning, language: Language) -> Iterator[str]:
    """The changes that together turn it, by the names of facts and fields, from what to what."""
    title = Text(zh="怎样会变", en="what would turn it").shown(language)
    yield f"【{title}】{turned(result.verdict, turning).shown(language)}"
    for number, change in enumerate(turning.changes, 1):
        yield one_line(f"    {number}. {changed(change, language)}")
