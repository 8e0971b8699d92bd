"""An inspection for the eye at a terminal: totals, rates, change, and the assets a person must look at."""

from __future__ import annotations

from collections.abc import Iterator

from hege.engine.result import Batch, Group, Inspection, Verdict
from hege.engine.text import Language, Text
from hege.outputs import overview
from hege.outputs.characters import one_line
from hege.outputs.overview import Line
from hege.outputs.terminal import Colour, beside, painted, shares, wrapped
from hege.outputs.words import SECTION, VERDICT, numbered

LISTED = 40
BAR = 32
_MARKS = {
    Verdict.PASS: ("█", Colour.GOOD),
    Verdict.EXEMPT: ("▓", Colour.SOFT),
    Verdict.UNDETERMINED: ("▒", Colour.OPEN),
    Verdict.FAIL: ("░", Colour.BAD),
}


def render(inspection: Inspection, language: Language, is_coloured: bool = False, columns: int | None = None) -> str:
    """The summary as lines of text, no wider than `columns` where names leave room for that."""
    lines = [painted(one_line(inspection.title), Colour.STRONG, is_coloured)]
    lines += [painted(one_line(inspection.issuer), Colour.SOFT, is_coloured)] if inspection.issuer else []
    lines += _alarms(inspection, language, is_coloured)
    for number, batch in enumerate(inspection.batches, 1):
        lines += ["", *_batch(inspection, batch, number, language, is_coloured, columns)]
    due = overview.rectify_by(inspection)
    lines += ["", due.shown(language)] if due else []
    return "\n".join([*lines, "", *_rules(inspection, language, columns)]) + "\n"


def _batch(
    inspection: Inspection, batch: Batch, number: int, language: Language, is_coloured: bool, columns: int | None
) -> Iterator[str]:
    day = Text(zh=f"（监测时间点{batch.as_of}）", en=f" (as of {batch.as_of})").shown(language)
    head = f"{numbered(number, language)}{one_line(overview.heading(batch, language))}{day}"
    yield painted(head, Colour.STRONG, is_coloured)
    rate = painted(_rate(batch.group, language), Colour.STRONG, is_coloured) if batch.rated else ""
    yield f"    {_bar(batch.group, is_coloured)}  {rate}".rstrip()
    told = [
        overview.changed(inspection, batch),
        overview.printed_agreement(batch),
        overview.open_rate(batch.group) if batch.rated else None,
        overview.drawn(inspection, batch),
        overview.made_up(batch),
    ]
    yield from (f"    {one_line(text.shown(language))}" for text in told if text)
    yield f"    {_counts(batch.group, language, is_coloured)}"
    if len(problems := overview.problems(batch)) > 1:
        yield from _indented(wrapped(_problems(problems, language), columns and columns - 4))
    for part, (title, listed, count) in enumerate(overview.sections(batch, language), 1):
        yield ""
        shown_title = f"{numbered(part, language, within=number)}{title.shown(language)}"
        total = Text(zh=f"（{count}个）", en=f" ({count})").shown(language)
        yield f"  {painted(shown_title + total, Colour.STRONG, is_coloured)}"
        yield from _rows(listed, language, columns)


def _rate(group: Group, language: Language) -> str:
    return Text(zh=f"合格率{overview.rate(group)}", en=f"pass rate {overview.rate(group)}").shown(language)


def _bar(group: Group, is_coloured: bool) -> str:
    """The verdicts' shares; one asset of a thousand still takes a cell."""
    by_verdict = overview.counts(group)
    cells = shares([by_verdict[v] for v in _MARKS], BAR)
    marks = (painted(mark * n, colour, is_coloured) for (mark, colour), n in zip(_MARKS.values(), cells, strict=True))
    return "".join(marks) or " " * BAR


def _counts(group: Group, language: Language, is_coloured: bool) -> str:
    """How many of each verdict, behind the mark each has in the bar."""
    told = [
        f"{painted(_MARKS[v][0], _MARKS[v][1], is_coloured)} {VERDICT[v].shown(language)} {n}"
        for v, n in overview.counts(group).items()
    ]
    return "    ".join([Text(zh=f"共{group.total}个", en=f"{group.total} in all").shown(language), *told])


def _problems(problems: tuple[tuple[str, int], ...], language: Language) -> str:
    mark = Text(zh="，", en=", ").shown(language)
    told = mark.join(f"{one_line(title)} {count}" for title, count in problems)
    return Text(zh=f"不合格项：{told}", en=f"Failed on: {told}").shown(language)


def _rows(listed: tuple[Line, ...], language: Language, columns: int | None) -> Iterator[str]:
    """A numbered row each, names under names; what is said may take several lines."""
    shown = listed[:LISTED]
    platforms = [one_line(line.result.asset.platform) for line in shown]
    heads = [[str(n), one_line(line.name(language))] for n, line in enumerate(shown, 1)]
    if any(platforms):
        heads = [[*head, platform] for head, platform in zip(heads, platforms, strict=True)]
    texts = [one_line(line.text) for line in shown]
    yield from _indented(beside(heads, texts, columns and columns - 4, to_right=(0,)))
    if left := len(listed) - len(shown):
        text = Text(
            zh=f"其余{left}行从略，全部见--out另存的assets.csv", en=f"{left} more in assets.csv, which --out keeps"
        )
        yield f"    {text.shown(language)}"


def _alarms(inspection: Inspection, language: Language, is_coloured: bool) -> Iterator[str]:
    if not inspection.alarms:
        return
    yield ""
    title = SECTION["alarms"].shown(language)
    yield painted(f"!! {title}", Colour.BAD, is_coloured)
    yield from (f"   {one_line(alarm)}" for alarm in inspection.alarms)


def _rules(inspection: Inspection, language: Language, columns: int | None) -> Iterator[str]:
    yield Text(zh="检查依据", en="Judged by").shown(language)
    heads = [(pack.id, pack.digest[:12]) for pack in inspection.packs]
    yield from _indented(beside(heads, [one_line(p.title) for p in inspection.packs], columns and columns - 4))


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
