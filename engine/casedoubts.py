"""What is doubtful in a case held against its rules: nothing is refused for it, and a person should look.

Faults of single files are the reader's; here are slips that only show where facts and rules meet.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from hege.engine.case import Case
from hege.engine.errors import Place, Problem, Severity, nearest
from hege.engine.rulebook.model import Path, Rulebook, Selection
from hege.engine.rulebook.tree import inside
from hege.engine.text import Text
from hege.engine.vocabulary import FieldType, Vocabulary

_SURVEY = "survey"


def doubts(case: Case, rulebook: Rulebook, vocabulary: Vocabulary) -> list[Problem]:
    """Survey items that no indicator asks for, waivers of assets that are not there, newest days after the observation."""
    return [*_unasked(case, rulebook), *_idle_waivers(case, rulebook), *_from_the_future(case, vocabulary)]


def _doubt(code: str, place: Place, zh: str, en: str, hint: Text | None = None) -> Problem:
    return Problem(code=code, place=place, message=Text(zh=zh, en=en), hint=hint, severity=Severity.WARNING)


def _unasked(case: Case, rulebook: Rulebook) -> Iterator[Problem]:
    """Answers that nothing looks at: most likely the name of the item is mistyped."""
    given = case.facts.tables[_SURVEY].unique("part", keep="first", maintain_order=True).select("part", "source")
    asked = set[str]()
    for item in (part for i in rulebook.indicators for v in i.versions for part in inside(v)):
        if isinstance(item, Selection) and item.kind == _SURVEY:
            return  # any item may be looked at
        if isinstance(item, Path) and item.kind == _SURVEY and item.part is not None:
            asked.add(item.part)
    for part, source in given.filter(~pl.col("part").is_in(list(asked))).iter_rows():
        near = nearest(part, sorted(asked))
        hint = Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None
        yield _doubt(
            "unasked-item", _place(source), f"没有指标用到检查项“{part}”，这个结论不起作用",
            f"no indicator asks for the survey item “{part}”: the answer does nothing", hint,
        )  # fmt: skip


def _idle_waivers(case: Case, rulebook: Rulebook) -> Iterator[Problem]:
    """Waivers in force on a day of the case, of a kind of asset that is inspected, for an asset that is not there."""
    there = case.facts.assets["id"].to_list()
    some = set(case.facts.assets["kind"])
    kinds = {i.id: i.applies_to.kind for i in rulebook.indicators}
    for waiver in rulebook.waivers:
        days = [b.as_of for b in case.batches if b.kind is kinds[waiver.indicator] and b.kind.value in some]
        if waiver.asset not in there and any(waiver.start <= day <= waiver.until for day in days):
            near = nearest(waiver.asset, there)
            hint = Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None
            yield _doubt(
                "waiver-of-nobody", waiver.place, f"豁免{waiver.id}针对的资产“{waiver.asset}”不在案例里",
                f"the waiver {waiver.id} is for “{waiver.asset}”, which the case does not have", hint,
            )  # fmt: skip


def _from_the_future(case: Case, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Newest days later than the day on which they were seen: the indicator stays undecided."""
    for kind in vocabulary.kinds.values():
        rows = case.facts.tables[kind.name]
        seen = pl.col("observed_at").dt.convert_time_zone("Asia/Shanghai").dt.date()
        for field in (f for f in kind.fields if f.type is FieldType.DAY and f.name.startswith("newest")):
            for source, day in rows.filter(pl.col(field.name) > seen).select("source", field.name).iter_rows():
                yield _doubt(
                    "future-date", _place(source), f"“{field.zh}”{day}晚于观测日，相关指标只能待核",
                    f"“{field.name}” {day} lies after the day of the observation: the indicator stays unknown",
                    Text(zh="核对日期和观测时间", en="check the date and observed_at"),
                )  # fmt: skip


def _place(source: str) -> Place:
    file, _, line = source.rpartition(":")
    return Place(file=file, line=int(line)) if line.isascii() and line.isdigit() else Place(file=source)
