"""Score sheets as one HTML page: the ranking, then each sheet; no network, no script, printed as it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from hege.engine.ranking import Ranked
from hege.engine.score import next_steps, points
from hege.engine.text import Language, Text
from hege.outputs.characters import lines
from hege.outputs.score_rows import HEADER, Level, Row, figures, gate, rows
from hege.outputs.style import STYLE

_OWN = """
.sheet td,.sheet th{font-weight:400;font-size:.92rem}.sheet tr.group th,.sheet tr.group td{font-weight:700;background:var(--band)}
.sheet tr.item th{font-weight:600;padding-left:1.2rem}.sheet tr.line th{padding-left:2.4rem;min-width:18rem}.sheet tr.open td.n{color:var(--undetermined)}
.sheet td.small{font-size:.82rem;color:var(--soft)}@media print{.sheet{font-size:8.5pt}.sheet tr.line th{min-width:0}@page{size:A4 landscape}}
"""


def to_html(title: str, ranked: Sequence[Ranked], language: Language = Language.ZH) -> str:
    """The page of one asset or of a ranking."""
    sheets = "".join(_sheet(r, language) for r in ranked)
    table = _ranking(ranked, language) if len(ranked) > 1 else ""
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if language is Language.ZH else "en"}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{_e(title)}</title>\n<style>{STYLE}{_OWN}</style>\n</head>\n<body>\n"
        f"<header><h1>{_e(title)}</h1></header>\n<main>\n{table}{sheets}</main>\n</body>\n</html>\n"
    )


def _e(text: str) -> str:
    return escape(lines(text))


def _row(cells: Iterable[str], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{_e(c)}</{tag}>" for c in cells) + "</tr>\n"


def _ranking(ranked: Sequence[Ranked], language: Language) -> str:
    names = (
        ("名次", "rank"),
        ("名称", "name"),
        ("总分", "total"),
        ("得分", "score"),
        ("扣分", "off"),
        ("及格线", "line"),
        ("结论", "verdict"),
    )
    head = _row((Text(zh=z, en=e).shown(language) for z, e in names), "th")
    body = "".join(
        f'<tr><td class="n">{r.rank}</td><th><a href="#{_e(r.result.asset.id)}">{_e(r.result.asset.name)}</a></th>'
        f'<td class="n">{r.score.total or ""}</td><td class="n">{r.score.score or ""}</td><td class="n">−{r.score.deducted}</td>'
        f'<td>{_e(gate(r.score, language))}</td><td class="verdict {r.result.verdict.value}">{r.result.verdict.zh}</td></tr>\n'
        for r in ranked
    )
    return f'<section><div class="wide"><table class="list"><thead>{head}</thead><tbody>{body}</tbody></table></div></section>\n'


def _sheet(ranked: Ranked, language: Language) -> str:
    result, score = ranked.result, ranked.score
    told = "".join(f"<dt>{_e(name)}</dt><dd>{_e(value)}</dd>" for name, value in figures(score, language))
    head = _row((HEADER[n].shown(language) for n in HEADER), "th")
    body = "".join(_line(row) for row in rows(score, language))
    verdict = f'<span class="verdict {result.verdict.value}">{result.verdict.zh}</span>'
    return (
        f'<section id="{_e(result.asset.id)}"><h2>{_e(result.asset.name)} {verdict}</h2>\n<dl>{told}</dl>\n'
        f'<div class="wide"><table class="sheet"><thead>{head}</thead><tbody>\n{body}</tbody></table></div>\n'
        f"{''.join(_next(ranked, language))}</section>\n"
    )


def _line(row: Row) -> str:
    opened = " open" if row.is_open else ""
    return (
        f'<tr class="{row.level.value}{opened}"><th scope="row">{_e(row.name)}</th><td class="n">{_e(row.points)}</td>'
        f'<td class="n">{_e(row.scored)}</td><td class="small">{_e(row.arithmetic)}</td><td class="small">{_e(row.facts)}</td>'
        f'<td class="small">{_e(row.verified if row.level is Level.LINE else "")}</td><td class="small">{_e(row.unknown)}</td></tr>\n'
    )


def _next(ranked: Ranked, language: Language) -> Iterator[str]:
    found = next_steps(ranked.score)
    if not found:
        return
    yield f"<h3>{Text(zh='下一步（按最多能收窄多少分排列）', en='Next, by how much it narrows the interval at most').shown(language)}</h3>\n<ol>\n"
    for step in found:
        narrows = "∞" if step.narrows is None else points(step.narrows)
        decides = Text(zh="，可定是否及格", en=", can settle the line").shown(language) if step.decides else ""
        items = "、".join(dict.fromkeys(item.title for item, _ in step.lines))
        yield f"<li>{_e(step.look_at)}：{narrows}{Text(zh='分', en=' points').shown(language)}{decides}（{_e(items)}）</li>\n"
    yield "</ol>\n"
