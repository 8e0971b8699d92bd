"""What the tests of a pack cover, as a table: outcomes of each version, and sides of each threshold and date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hege.engine.rulebook.coverage import gaps
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import Status
from hege.engine.rulebook.mutation import survivors
from hege.engine.rulebook.provenance import is_of
from hege.engine.rulebook.testfiles import read_tests
from hege.engine.text import Language, Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A version of an indicator: how many cases are about it, which outcomes none shows, which nudges none notices."""

    indicator: str
    version: date | None
    cases: int
    missing: tuple[str, ...]
    sides: tuple[str, ...]


def coverage(pack: str | Path) -> list[Row]:
    """A row for each version that the pack itself says something of, and one for its conventions; raises InputError."""
    book = load_rulebook([pack])
    cases = [case for case in read_tests(pack, book) if not case.todo]
    outcomes: dict[tuple[str, date | None], list[str]] = {}
    for gap in gaps(pack):
        outcome = gap.outcome
        outcomes.setdefault((gap.indicator, gap.version), []).append(getattr(outcome, "value", str(outcome)))
    sides: dict[tuple[str, date | None], list[str]] = {}
    for mutant in survivors(pack):
        sides.setdefault((mutant.indicator, mutant.version), []).append(mutant.change)
    rows = []
    for indicator in book.indicators:
        for number, version in enumerate(indicator.versions):
            if indicator.status is Status.DRAFT or not is_of(version, book.packs[-1].id):
                continue
            after = next((v.start for v in indicator.versions[number + 1 :]), date.max)
            about = [c for c in cases if c.indicator == indicator.id and version.start <= c.at < after]
            key = indicator.id, version.start
            rows.append(
                Row(
                    indicator=indicator.id, version=version.start, cases=len(about),
                    missing=tuple(outcomes.get(key, ())), sides=tuple(sides.get(key, ())),
                )
            )  # fmt: skip
    if ("", None) in sides:
        rows.append(Row(indicator="", version=None, cases=0, missing=(), sides=tuple(sides["", None])))
    return rows


def render(pack: str, rows: Sequence[Row], language: Language) -> str:
    """A line a version, what is missing below it, and the sum."""
    lines = []
    width = max((len(r.indicator) for r in rows), default=0)
    for row in rows:
        cases = Text(zh=f"{row.cases}例", en=f"{row.cases} cases").shown(language)
        mark = "×" if row.missing or row.sides else "√"
        lines.append(f"{mark} {row.indicator or 'conventions':<{width}}  {row.version or ''}  {cases}")
        for outcome in row.missing:
            lines.append("      " + Text(zh=f"缺结论：{outcome}", en=f"no case for: {outcome}").shown(language))
        for change in row.sides:
            lines.append("      " + Text(zh=f"没有测试发现：{change}", en=f"no case notices: {change}").shown(language))
    whole = sum(not r.missing and not r.sides for r in rows)
    told = Text(zh=f"{pack}：{len(rows)}个版本，{whole}个覆盖完整", en=f"{pack}: {len(rows)} versions, {whole} covered")
    return "\n".join([*lines, told.shown(language)]) + "\n"
