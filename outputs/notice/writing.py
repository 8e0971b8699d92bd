"""A notice made from an inspection by a template: texts filled in, tables drawn up, what is empty left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from jinja2 import TemplateError

from hege.engine.errors import InputError, Problem
from hege.engine.result import AssetResult, Batch, Inspection, Outcome, Verdict
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Language, Text
from hege.outputs import overview
from hege.outputs.notice.content import Annex, Notice, Section, Table
from hege.outputs.notice.fields import Fields, Item, Known, breakdown, count, fields, item
from hege.outputs.notice.template import BREAKDOWNS, AnnexTemplate, Column, Rows, Template, Written, environment
from hege.outputs.words import BREAKDOWN, COLUMN, VERDICT, numeral

_TEXT = {
    Rows.FAILED: "存在的突出问题",
    Rows.UNDETERMINED: "待核原因",
    Rows.EXEMPT: "豁免情况",
    Rows.REMARKS: "存在的问题",
    Rows.STEPS: "处置",
    Rows.OPEN_STEPS: "待核的处置",
}
_FIGURE = {
    "total": COLUMN["total"].zh,
    "passed": VERDICT[Verdict.PASS].zh,
    "failed": VERDICT[Verdict.FAIL].zh,
    "undetermined": VERDICT[Verdict.UNDETERMINED].zh,
    "exempt": VERDICT[Verdict.EXEMPT].zh,
}
_NAME = {AssetKind.SITE: "网站名称", AssetKind.ACCOUNT: "账号名称"}


def write(inspection: Inspection, template: Template, known: Known, day: date | None) -> Notice:
    """The notice; raises InputError where a text of the template cannot be filled in."""
    writer = _Writer(fields(inspection, known, day, template.order))
    sections = (Section(heading=writer.line(s.heading), paragraphs=writer.text(s.text)) for s in template.sections)
    annexes = (_annex(inspection, a, known.codes, writer, template.order) for a in template.annexes)
    return Notice(
        title=writer.line(template.title),
        addressees=writer.line(template.addressees),
        opening=writer.text(template.opening),
        sections=tuple(s for s in sections if s.paragraphs),
        closing=writer.text(template.closing) if template.closing else (),
        annexes=tuple(a for a in annexes if a is not None),
        signature=writer.line(template.signature),
        day=day,
    )


class _Writer:
    """Fills in texts of a template."""

    def __init__(self, known: Fields) -> None:
        self.environment = environment()
        self.known = {name: getattr(known, name) for name in known.__slots__}

    def line(self, written: Written) -> str:
        """A text on one line."""
        return "".join(self.text(written))

    def text(self, written: Written) -> tuple[str, ...]:
        """The paragraphs of a text, a line each."""
        try:
            filled = self.environment.from_string(written.source).render(self.known)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            message = Text(
                zh=f"这段模板填不出来：{error}", en=f"this text of the template cannot be filled in: {error}"
            )
            raise InputError([Problem(code="template", place=written.place, message=message)]) from error
        return tuple(_numbered(line.strip() for line in filled.splitlines() if line.strip()))


def _numbered(paragraphs: Iterable[str]) -> Iterator[str]:
    """Paragraphs; those that begin with `# ` get （一）, （二）."""
    number = 0
    for paragraph in paragraphs:
        if paragraph.startswith("# "):
            number += 1
            yield f"（{numeral(number)}）{paragraph.removeprefix('# ').strip()}"
        else:
            yield paragraph


# ---- annexes -------------------------------------------------------------------------------------------------------


def _annex(
    inspection: Inspection, template: AnnexTemplate, codes: Mapping[str, str], writer: _Writer, order: tuple[str, ...]
) -> Annex | None:
    batches = [
        b for b in inspection.batches if b.kind is template.kind and template.batch in (None, b.name) and b.assets
    ]
    if template.rows and template.rows[0] in BREAKDOWNS:
        table = _figures(batches, template.rows[0], order)
    else:
        table = _list(batches, template, codes)
    note = "".join(writer.text(template.note)) if template.note else ""
    return Annex(title=writer.line(template.title), note=note, table=table) if table.rows else None


def _figures(batches: list[Batch], by: Rows, order: tuple[str, ...]) -> Table:
    """Figures by a word, those of each batch with their sum; a column of verdicts that nobody got is left out."""
    told = [b for b in batches if breakdown(b, by.value)]
    shown = ["total", "passed", "failed"]
    shown += [name for name in ("undetermined", "exempt") if any(getattr(b.group, name) for b in told)]
    names = ["批次"] if len(told) > 1 else []
    header = ("序号", *names, BREAKDOWN[by.value].zh, *(_FIGURE[name] for name in shown), "不合格占比", "合格率")
    rows: list[tuple[str, ...]] = []
    for batch in told:
        counts = [*breakdown(batch, by.value, order), count("合计", batch.group)]
        for n, c in enumerate(counts, 1):
            first = (str(n) if n < len(counts) else "", *([batch.name] if names else []), c.word)
            rows.append((*first, *(str(getattr(c, name)) for name in shown), c.share, c.rate))
    numbers = (0, *range(len(names) + 2, len(header)))
    return Table(header=header, rows=tuple(rows), figures=numbers)


def _list(batches: list[Batch], template: AnnexTemplate, codes: Mapping[str, str]) -> Table:
    """Assets a row each, numbered on; columns in which nothing stands are left out."""
    items = [
        item(line, codes) for b in batches for rows in template.rows for line in _lines(b, rows, template.indicators)
    ]
    header = {c: COLUMN[c.value].zh for c in template.columns}
    header |= {Column.NAME: _NAME[template.kind], Column.TEXT: _TEXT[template.rows[0]] if template.rows else ""}
    columns = [c for c in template.columns if any(_cell(i, c) for i in items)]
    return Table(
        header=("序号", *(header[c] for c in columns)),
        rows=tuple((str(n), *(_cell(i, c) for c in columns)) for n, i in enumerate(items, 1)),
        figures=(0,),
    )


def _cell(row: Item, column: Column) -> str:
    return str(getattr(row, column.value))


def _lines(batch: Batch, rows: Rows, indicators: tuple[str, ...]) -> Iterable[overview.Line]:
    chosen = batch if not indicators else replace(batch, assets=tuple(_about(batch, indicators)))
    match rows:
        case Rows.FAILED:
            return overview.with_verdict(chosen, Verdict.FAIL, Language.ZH)
        case Rows.UNDETERMINED:
            return overview.with_verdict(chosen, Verdict.UNDETERMINED, Language.ZH)
        case Rows.EXEMPT:
            return overview.with_verdict(chosen, Verdict.EXEMPT, Language.ZH)
        case Rows.REMARKS:
            return overview.remarked(chosen)
        case Rows.STEPS:
            return overview.stepped(chosen)
        case _:
            return overview.maybe_stepped(chosen)


def _about(batch: Batch, indicators: tuple[str, ...]) -> Iterator[AssetResult]:
    """The assets of which one of the indicators says something, with what those say alone."""
    for result in batch.assets:
        told = [f for f in result.findings if f.indicator in indicators and f.outcome is not Outcome.PASS]
        failed = [f.text for f in told if f.outcome is Outcome.FAIL]
        if failed:
            text = "；".join(dict.fromkeys(failed))
            yield replace(
                result,
                problem=text if result.problem else "",
                remark=text if result.remark else "",
                findings=tuple(told),
            )
