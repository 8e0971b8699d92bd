"""An inspection as one HTML file: no network, no script, readable on a phone, printed, dark or light, and aloud.

Every asset that needs a reader has its own part with law, arithmetic and facts; lists lead there. What passes is told in
a line an asset: its facts are in the JSON.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise

from hege.engine.result import AssetResult, Batch, Finding, Group, Inspection, Outcome, Verdict
from hege.engine.text import Language, Text
from hege.outputs import overview
from hege.outputs.background import NOTHING, Background, Earlier, Origin, course
from hege.outputs.characters import lines
from hege.outputs.overview import Line
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
from hege.outputs.style import STYLE
from hege.outputs.words import BREAKDOWN, COLUMN, LABEL, OUTCOME, SECTION, VERDICT, numbered

ON_ONE_PAGE = 1_500
"""So many assets that need a reader still make one page of at most some megabytes."""
NAMED_ON_ONE_PAGE = 20_000
A_PAGE = 500
LARGEST = 4_500_000
"""Bytes of a page: no file of a report is over 5 MB. A page of assets ends sooner where they have much to tell."""
LISTED = 500
FACTS_SHOWN = 300
"""So many facts of a kind behind one finding; of more the rest is counted."""


def to_pages(
    inspection: Inspection, language: Language = Language.ZH, background: Background = NOTHING
) -> Iterator[tuple[str, str]]:
    """The report as files: one page; for a large inspection an overview with the assets on pages of their own."""
    results = [r for b in inspection.batches for r in b.assets]
    if len(results) <= NAMED_ON_ONE_PAGE and sum(map(_needs_a_reader, results)) <= ON_ONE_PAGE:
        whole = to_html(inspection, language, background)
        if len(whole.encode()) <= LARGEST:
            yield "report.html", whole
            return
    sections = [
        _Section(inspection, b, n, language, background, is_split=True) for n, b in enumerate(inspection.batches, 1)
    ]
    yield "report.html", _overview(inspection, sections, language)
    for section in sections:
        yield from section.pages()


def to_html(inspection: Inspection, language: Language = Language.ZH, background: Background = NOTHING) -> str:
    """The whole report on one page."""
    sections = [_Section(inspection, b, n, language, background) for n, b in enumerate(inspection.batches, 1)]
    return _overview(inspection, sections, language)


def _overview(inspection: Inspection, sections: Sequence[_Section], language: Language) -> str:
    body = (
        f"{_alarms(inspection, language)}{_contents(inspection, language)}<main>\n"
        f"{''.join(section.html() for section in sections)}</main>\n{_rules(inspection, language)}"
    )
    return _page(inspection.title, inspection.issuer, body, language)


def _page(title: str, below: str, body: str, language: Language) -> str:
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if language is Language.ZH else "en"}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{_e(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>{_e(title)}</h1><p>{_e(below)}</p></header>\n{body}</body>\n</html>\n"
    )


def _e(text: str) -> str:
    return escape(lines(text))


def _alarms(inspection: Inspection, language: Language) -> str:
    if not inspection.alarms:
        return ""
    told = "".join(f"<li>{_e(alarm)}</li>" for alarm in inspection.alarms)
    return (
        f'<section class="alarms" role="alert"><h2>{SECTION["alarms"].shown(language)}</h2><ul>{told}</ul></section>\n'
    )


def _contents(inspection: Inspection, language: Language) -> str:
    links = "".join(
        f'<li><a href="#b{n}">{_e(overview.heading(b, language))}</a> <b>{overview.rate_of(b)}</b></li>'
        for n, b in enumerate(inspection.batches, 1)
    )
    return f'<nav aria-label="{Text(zh="目录", en="contents").shown(language)}"><ul>{links}</ul></nav>\n'


def _rules(inspection: Inspection, language: Language) -> str:
    packs = "".join(f"<li>{_e(p.title)} <code>{_e(p.id)} {p.digest}</code></li>" for p in inspection.packs)
    calendar = Text(zh="工作日历", en="Working days").shown(language)
    packs += f"<li>{calendar} <code>{inspection.calendar_digest}</code></li>"
    told = Text(
        zh="指标包后为其内容的SHA-256。合格各项所依据的事实见同时生成的inspection.json，或用hege explain查看。",
        en="Behind each pack the SHA-256 of its content. The facts behind what passes are in inspection.json; "
        "hege explain shows them.",
    )
    head = Text(zh="检查依据", en="Judged by").shown(language)
    return f"<footer><h2>{head}</h2><ul>{packs}</ul><p>{told.shown(language)}</p></footer>\n"


class _Section:
    """One batch on the page; `number` makes its anchors. Split, its assets stand on pages of their own."""

    def __init__(
        self, inspection: Inspection, batch: Batch, number: int, language: Language, background: Background,
        is_split: bool = False,
    ) -> None:  # fmt: skip
        self.inspection, self.batch, self.number, self.language = inspection, batch, number, language
        self.background, self.is_split = background, is_split
        self.told = [r for r in batch.assets if _needs_a_reader(r)]
        self.anchors = {r.asset.id: f"b{number}-{n}" for n, r in enumerate(self.told, 1)}
        self.columns = [c for c in ("platform", "owner", "district") if any(getattr(r.asset, c) for r in batch.assets)]

    def said(self, text: Text) -> str:
        return _e(text.shown(self.language))

    def html(self) -> str:
        title = f"{numbered(self.number, self.language)}{_e(overview.heading(self.batch, self.language))}"
        return (
            f'<section id="b{self.number}"><h2>{title}</h2>\n'
            f"{self._totals()}{self._course()}{self._problems()}{self._lists()}{self._breakdowns()}{self._assets()}{self._passed()}</section>\n"
        )

    # ---- totals ----------------------------------------------------------------------------------------------------

    def _totals(self) -> str:
        batch, group = self.batch, self.batch.group
        told = [
            overview.changed(self.inspection, batch),
            overview.printed_agreement(batch),
            overview.open_rate(group) if batch.rated else None,
            overview.drawn(self.inspection, batch),
            overview.made_up(batch),
            overview.rectify_by(self.inspection),
            Text(zh=f"监测时间点{batch.as_of}", en=f"as of {batch.as_of}"),
        ]
        statements = "".join(f"<li>{self.said(text)}</li>" for text in told if text)
        rate = overview.rate_of(batch)
        rate = f'<p class="rate"><b>{rate}</b> {COLUMN["rate"].shown(self.language)}</p>' if rate else ""
        return f'<div class="totals">{rate}<ul>{statements}</ul></div>\n{self._bar()}'

    def _bar(self) -> str:
        """Shares of the verdicts as one bar, and the same in figures."""
        by_verdict, total = overview.counts(self.batch.group), self.batch.group.total
        x, rects, keys = 0.0, [], []
        for verdict, n in by_verdict.items():
            wide = 100 * n / total if total else 0
            rects.append(f'<rect class="{verdict.value}" x="{x:.3f}" width="{wide:.3f}" height="10"/>' if n else "")
            keys.append(
                f'<div class="{verdict.value}"><dt>{VERDICT[verdict].shown(self.language)}</dt><dd>{n}</dd></div>'
            )
            x += wide
        svg = f'<svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">{"".join(rects)}</svg>'
        all_ = f"<div><dt>{COLUMN['total'].shown(self.language)}</dt><dd>{total}</dd></div>"
        return f'{svg}<dl class="counts">{all_}{"".join(keys)}</dl>\n'

    def _course(self) -> str:
        """The pass rate over the inspections so far, as a line and in figures."""
        if not overview.is_newest(self.inspection, self.batch):
            return ""
        told = course(self.inspection, self.batch.kind, self.background.earlier)
        if not told:
            return ""
        shown = [v for v in VERDICT if any(overview.counts(e.group)[v] for e in told) or v is Verdict.PASS]
        heads = [COLUMN["total"], *(VERDICT[v] for v in shown), COLUMN["rate"]]
        head = "".join(f'<th scope="col" class="n">{h.shown(self.language)}</th>' for h in heads)
        rows = "".join(
            f'<tr><th scope="row">{e.as_of}</th>{_figures(e.group, shown, with_rate=True)}</tr>\n' for e in told
        )
        caption = Text(zh="历次检查的合格率", en="Pass rate over the inspections")
        day = Text(zh="监测时间点", en="as of").shown(self.language)
        return (
            f'{_curve(told)}<table class="figures"><caption>{self.said(caption)}</caption><thead><tr>'
            f'<th scope="col">{day}</th>{head}</tr></thead><tbody>{rows}</tbody></table>\n'
        )

    def _problems(self) -> str:
        problems = overview.problems(self.batch)
        if len(problems) < 2:
            return ""
        most = problems[0][1]
        rows = "".join(
            f'<tr><th scope="row">{_e(title)}</th><td class="n">{n}</td>'
            f'<td class="bar"><svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">'
            f'<rect class="fail" width="{100 * n / most:.1f}" height="10"/></svg></td></tr>'
            for title, n in problems
        )
        caption = Text(zh="不合格项（一个对象可能有多项）", en="Failed on (an asset may fail on several)")
        return f'<table class="problems"><caption>{self.said(caption)}</caption><tbody>{rows}</tbody></table>\n'

    # ---- lists -----------------------------------------------------------------------------------------------------

    def _lists(self) -> str:
        found = []
        for part, (title, listed, n) in enumerate(overview.sections(self.batch, self.language), 1):
            head = f"{numbered(part, self.language, within=self.number)}{title.shown(self.language)}"
            total = Text(zh=f"（{n}个）", en=f" ({n})").shown(self.language)
            found.append(f"<h3>{head}{total}</h3>\n{self._list(listed)}")
        return "".join(found)

    def _list(self, listed: Sequence[Line]) -> str:
        heads = ["name", *self.columns, "text"]
        shown = listed[:LISTED] if self.is_split else listed
        rows = "".join(f'<tr role="row">{self._cells(n, line)}</tr>\n' for n, line in enumerate(shown, 1))
        head = "".join(f'<th scope="col" role="columnheader">{COLUMN[h].shown(self.language)}</th>' for h in heads)
        return (
            '<table class="list" role="table"><thead role="rowgroup"><tr role="row"><td role="cell"></td>'
            f'{head}</tr></thead><tbody role="rowgroup">{rows}</tbody></table>\n{self._cut(len(listed) - len(shown))}'
        )

    def _cut(self, left: int) -> str:
        text = Text(
            zh=f"其余{left}行见下面的逐个说明和assets.csv。", en=f"{left} more one by one below, and in assets.csv."
        )
        return f'<p class="note">{self.said(text)}</p>\n' if left else ""

    def _cells(self, number: int, line: Line) -> str:
        asset = line.result.asset
        name = _e(line.name(self.language))
        link = f'<a href="{self._place(asset.id)}">{name}</a>' if asset.id in self.anchors else name
        told = "".join(f'<td role="cell">{_e(getattr(asset, c))}</td>' for c in self.columns)
        return (
            f'<td class="n" role="cell">{number}</td><th scope="row" role="rowheader">{link}</th>{told}'
            f'<td class="text" role="cell">{_e(line.text)}</td>'
        )

    # ---- breakdowns ------------------------------------------------------------------------------------------------

    def _breakdowns(self) -> str:
        return "".join(self._breakdown(n, groups) for n, groups in self.batch.breakdowns.items() if groups)

    def _breakdown(self, name: str, groups: Mapping[str, Group]) -> str:
        word = BREAKDOWN[name]
        shown = [v for v, n in overview.counts(self.batch.group).items() if n or v in (Verdict.PASS, Verdict.FAIL)]
        left = overview.unlisted(self.batch, name)
        with_rate = not left and self.batch.rated
        heads = [COLUMN["total"], *(VERDICT[v] for v in shown), *([COLUMN["rate"]] if with_rate else [])]
        head = "".join(f'<th scope="col" class="n">{h.shown(self.language)}</th>' for h in heads)
        rows = "".join(
            f'<tr><th scope="row">{_e(w)}</th>{_figures(g, shown, with_rate=with_rate)}</tr>\n'
            for w, g in groups.items()
        )
        note = ""
        if left:
            text = Text(
                zh=f"另有{left}个对象没有{word.zh}信息，未计入本表，因此不列合格率。",
                en=f"{left} assets have no {word.en} and are left out; therefore no rates are given.",
            )
            note = f'<p class="note">{self.said(text)}</p>\n'
        caption = Text(zh=f"按{word.zh}", en=f"By {word.en}")
        return (
            f'<table class="figures"><caption>{self.said(caption)}</caption><thead><tr>'
            f'<th scope="col">{word.shown(self.language)}</th>{head}</tr></thead><tbody>{rows}</tbody></table>\n{note}'
        )

    # ---- assets ----------------------------------------------------------------------------------------------------

    def _place(self, id: str) -> str:
        """Where an asset is told of."""
        return f"{self._file(self._page_of[id]) if self.is_split else ''}#{self.anchors[id]}"

    @functools.cached_property
    def _parts(self) -> list[list[tuple[AssetResult, str]]]:
        """The assets with what is told of each, page by page."""
        parts: list[list[tuple[AssetResult, str]]] = []
        size = 0
        for result in self.told:
            told = self._asset(result)
            size += len(told.encode())
            if not parts or len(parts[-1]) == A_PAGE or size > LARGEST:
                parts.append([])
                size = len(told.encode())
            parts[-1].append((result, told))
        return parts

    @functools.cached_property
    def _page_of(self) -> dict[str, int]:
        return {result.asset.id: n for n, part in enumerate(self._parts) for result, _ in part}

    def _file(self, page: int) -> str:
        return f"report-{self.number}-{page + 1:03}.html"

    def _assets(self) -> str:
        if not self.told:
            return ""
        title = f"<h3>{self.said(Text(zh='逐个说明', en='One by one'))}</h3>\n"
        if not self.is_split:
            return title + "".join(self._asset(r) for r in self.told)
        links = "".join(
            f'<li><a href="{self._file(n)}">{_e(part[0][0].asset.name)} … {_e(part[-1][0].asset.name)}</a>'
            f" ({len(part)})</li>\n"
            for n, part in enumerate(self._parts)
        )
        return f'{title}<ol class="pages">{links}</ol>\n'

    def pages(self) -> Iterator[tuple[str, str]]:
        """The assets' own pages."""
        parts = self._parts
        heading = overview.heading(self.batch, self.language)
        for n, part in enumerate(parts):
            links = [("report.html", Text(zh="总览", en="overview"))]
            links += [(self._file(n - 1), Text(zh="上一页", en="previous"))] if n else []
            links += [(self._file(n + 1), Text(zh="下一页", en="next"))] if n + 1 < len(parts) else []
            bar = "".join(f'<li><a href="{file}">{self.said(text)}</a></li>' for file, text in links)
            told = "".join(text for _, text in part)
            body = f"<nav><ul>{bar}</ul></nav>\n<main><h2>{_e(heading)} · {n + 1}/{len(parts)}</h2>\n{told}</main>\n"
            yield (
                self._file(n),
                _page(f"{self.inspection.title} · {heading}", self.inspection.issuer, body, self.language),
            )

    def _asset(self, result: AssetResult) -> str:
        asset = result.asset
        where = [w for w in (asset.platform, asset.owner, asset.district, asset.id) if w]
        verdict = f'<b class="verdict {result.verdict.value}">{VERDICT[result.verdict].shown(self.language)}</b>'
        findings = in_order(result.findings)
        looked_into = [f for f in findings if f.outcome in (Outcome.FAIL, Outcome.UNKNOWN, Outcome.EXEMPT)]
        return (
            f"<details><summary>{verdict} <b>{_e(asset.name or asset.id)}</b> <span>{_e(' · '.join(where))}</span></summary>\n"
            f'<div id="{self.anchors[asset.id]}">{_address(asset.url)}{"".join(self._finding(f) for f in looked_into)}'
            f"{self._turned(result)}{self._others(findings)}</div></details>\n"
        )

    def _finding(self, finding: Finding) -> str:
        told = [("waiver", finding.waiver)] if finding.waiver else []
        if finding.clause:
            since = standing(finding, self.language)
            told.append(("law", law(finding.clause, self.language) + (f"，{since}" if since else "")))
        told += [("arithmetic", text)] if (text := arithmetic(finding, self.language)) else []
        told += [("unknown", reason.text.shown(self.language)) for reason in finding.reasons]
        pairs = "".join(f"<dt>{LABEL[k].shown(self.language)}</dt><dd>{_e(text)}</dd>" for k, text in told)
        facts = "".join(self._facts(table) for table in fact_tables(finding.facts, self.language))
        outcome = f'<span class="outcome {finding.outcome.value}">{label(finding, self.language)}</span>'
        return f"<h4>{outcome} {_e(opening(finding, self.language))}</h4><dl>{pairs}</dl>{facts}\n"

    def _facts(self, table: FactTable) -> str:
        origins = [self.background.origins.get(row[-1], Origin()) for row in table.rows[:FACTS_SHOWN]]
        sources = any(o.source for o in origins)
        heads = (*table.header, *([COLUMN["source"].shown(self.language)] if sources else []))
        head = "".join(f'<th scope="col">{_e(name)}</th>' for name in heads)
        rows = "".join(
            f"<tr>{''.join(f'<td>{_e(cell)}</td>' for cell in row[:-1])}<td>{_linked(row[-1], origin)}</td>"
            f"{f'<td>{_e(origin.source)}</td>' if sources else ''}</tr>"
            for row, origin in zip(table.rows, origins, strict=False)
        )
        left = len(table.rows) - len(origins)
        more = Text(zh=f"其余{left}条见inspection.json。", en=f"{left} more in inspection.json.")
        note = f'<p class="note">{self.said(more)}</p>' if left else ""
        return (
            f'<div class="wide" role="region" tabindex="0" aria-label="{_e(table.kind)}"><table class="facts">'
            f"<caption>{_e(table.kind)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"{note}</div>"
        )

    def _turned(self, result: AssetResult) -> str:
        """What would change the verdict: the changes that were found to, or what has to be settled."""
        title = f"<h4>{self.said(Text(zh='怎样会变', en='What would change it'))}</h4>"
        if result.verdict is Verdict.UNDETERMINED and (open_ := overview.decisive(result)):
            names = "、".join(dict.fromkeys(f.title for f in open_))
            told = Text(zh=f"查清{names}后作出结论。", en=f"The verdict follows once these are settled: {names}.")
            return f"{title}<p>{self.said(told)}</p>\n"
        turning = self.background.turnings.get((self.number, result.asset.id))
        if turning is None:
            return ""
        changes = "".join(f"<li>{_e(changed(c, self.language))}</li>" for c in turning.changes)
        return f"{title}<p>{self.said(turned(result.verdict, turning))}</p><ol>{changes}</ol>\n"

    def _others(self, findings: Iterable[Finding]) -> str:
        """What passes, does not apply or is not in force: a line each."""
        rest = (Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_IN_FORCE)
        told = [
            f"<li>{OUTCOME[f.outcome].shown(self.language)} · {_e(f.title)}{_in_brackets(arithmetic(f, self.language))}</li>"
            for f in findings
            if f.outcome in rest
        ]
        return f'<ul class="others">{"".join(told)}</ul>' if told else ""

    def _passed(self) -> str:
        """The names of those that pass without anything to be said of them."""
        lines_ = overview.plain_passes(self.batch)
        if not lines_:
            return ""
        n = sum(line.count for line in lines_)
        title = Text(zh=f"合格且无提示的{n}个", en=f"{n} that pass without a remark")
        if self.is_split:
            pointer = Text(zh=f"{title.zh}见assets.csv。", en=f"{title.en}: see assets.csv.")
            return f'<p class="note">{self.said(pointer)}</p>\n'
        names = "".join(
            f"<li>{_e(line.name(self.language))}{_in_brackets(line.result.asset.platform)}</li>" for line in lines_
        )
        return f'<details><summary>{self.said(title)}</summary><ul class="names">{names}</ul></details>\n'


def _needs_a_reader(result: AssetResult) -> bool:
    return result.verdict is not Verdict.PASS or bool(result.remark or result.steps or result.open_steps)


def _figures(group: Group, shown: Sequence[Verdict], with_rate: bool) -> str:
    by_verdict = overview.counts(group)
    cells = [str(group.total), *(str(by_verdict[v]) for v in shown), *([overview.rate(group)] if with_rate else [])]
    return "".join(f'<td class="n">{cell}</td>' for cell in cells)


def _linked(fact: str, origin: Origin) -> str:
    """A fact's id; it leads to the page that the fact was read from, and says where that page is kept."""
    if not origin.url.startswith(("http://", "https://")):
        return _e(fact)
    kept = f' title="{_e(origin.kept)}"' if origin.kept else ""
    return f'<a href="{_e(origin.url)}" rel="noreferrer nofollow"{kept}>{_e(fact)}</a>'


def _address(url: str) -> str:
    """The asset's address, a link only where it leads to a web page."""
    if not url:
        return ""
    if url.startswith(("http://", "https://")):
        return f'<p><a href="{_e(url)}" rel="noreferrer nofollow">{_e(url)}</a></p>'
    return f"<p>{_e(url)}</p>"


def _curve(told: Sequence[Earlier]) -> str:
    """The pass rates as a line, from the lowest tenth that occurs up to 100%; what is undetermined makes a span of one."""
    spans = [
        (
            100 * e.group.passed / (e.group.total or 1),
            100 * (e.group.passed + e.group.undetermined) / (e.group.total or 1),
        )
        for e in told
    ]
    floor = min(90, 10 * int(min(low for low, _ in spans) // 10))
    days = [(e.as_of - told[0].as_of).days for e in told]
    places = [7 + 89 * day / days[-1] for day in days]
    heights = [[28 - 24 * (rate - floor) / (100 - floor) for rate in span] for span in spans]
    ways = "".join(  # what is open has no course: it may look neither like a rise nor like a fall
        f'<line class="way" x1="{a:.2f}" x2="{b:.2f}" y1="{low:.2f}" y2="{then:.2f}"/>'
        for (a, low, high), (b, then, until) in pairwise((x, *span) for x, span in zip(places, heights, strict=True))
        if low == high and then == until
    )
    dots = "".join(
        f'<line class="open" x1="{x:.2f}" x2="{x:.2f}" y1="{low:.2f}" y2="{high:.2f}"/>'
        f'<circle cx="{x:.2f}" cy="{low:.2f}" r=".8"/>'
        for x, (low, high) in zip(places, heights, strict=True)
    )
    return (
        f'<svg class="course" aria-hidden="true" viewBox="0 0 100 32"><line x1="7" x2="96" y1="4" y2="4"/>'
        f'<line x1="7" x2="96" y1="28" y2="28"/><text x="0" y="5">100</text><text x="0" y="29">{floor}</text>'
        f"{ways}{dots}</svg>\n"
    )


def _in_brackets(text: str) -> str:
    return f"（{_e(text)}）" if text else ""
