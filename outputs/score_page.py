"""Score sheets as one HTML page: the ranking, then each sheet; no network, no script, printed as it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from hege.engine.ranking import Ranked
from hege.engine.score import next_steps, points
from hege.engine.text import Language, Text
from hege.outputs.characters import lines
from hege.outputs.score_rows import HEADER, Row, figures, gate, rows
from hege.outputs.style import STYLE
from hege.outputs.words import VERDICT

_OWN = """
.totals-of{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0 1rem}.totals-of dd{margin:0}
.sheet th,.sheet td{font-weight:400;font-size:.93rem;overflow-wrap:normal}.sheet thead th,.ranking thead th{white-space:nowrap}
.sheet tr.group th,.sheet tr.group td{font-weight:700;background:var(--band)}.sheet tr.item th{font-weight:600;padding-left:1.2rem}
.sheet tr.line th{padding-left:2.2rem;width:48%}.sheet tr.open td.scored{color:var(--undetermined)}.sheet td.more{font-size:.84rem;color:var(--soft);overflow-wrap:anywhere}
.sheet td.more span+span::before{content:"；"}.sheet td.more .known{white-space:nowrap}
@media(max-width:44rem){.sheet,.sheet tbody{display:block}.sheet thead{display:none}
.sheet tr{display:grid;grid-template-columns:1fr 3rem 5.2rem;border-bottom:1px solid var(--line)}.sheet th,.sheet td{border:0;padding:.3rem .3rem}
.sheet tr.line th{width:auto;padding-left:1rem}.sheet tr.item th{padding-left:.5rem}.sheet td.more{grid-column:1/4;padding-left:1rem}.sheet td.more:empty{display:none}}
@media print{.sheet{font-size:8.5pt}}
"""


_MORE = Text(zh="计算；事实；未定；文本核对", en="arithmetic; facts; unknown; how well the text is known")


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
        f'<td>{_e(gate(r.score, language).partition("；")[0])}</td><td class="verdict {r.result.verdict.value}">{VERDICT[r.result.verdict].shown(language)}</td></tr>\n'
        for r in ranked
    )
    return f'<section><div class="wide"><table class="ranking"><thead>{head}</thead><tbody>{body}</tbody></table></div></section>\n'


def _sheet(ranked: Ranked, language: Language) -> str:
    result, score = ranked.result, ranked.score
    told = "".join(f"<dt>{_e(name)}</dt><dd>{_e(value)}</dd>" for name, value in figures(score, language))
    head = _row([*(HEADER[n].shown(language) for n in ("name", "points", "scored")), _MORE.shown(language)], "th")
    body = "".join(_line(row) for row in rows(score, language))
    verdict = f'<span class="verdict {result.verdict.value}">{VERDICT[result.verdict].shown(language)}</span>'
    return (
        f'<section id="{_e(result.asset.id)}"><h2>{_e(result.asset.name)} {verdict}</h2>\n<dl class="totals-of">{told}</dl>\n'
        f'<table class="sheet"><thead>{head}</thead><tbody>\n{body}</tbody></table>\n'
        f"{''.join(_next(ranked, language))}</section>\n"
    )


def _line(row: Row) -> str:
    opened = " open" if row.is_open else ""
    more = "".join(f"<span>{_e(text)}</span>" for text in (row.arithmetic, row.facts, row.unknown) if text)
    more += f'<span class="known">{_e(row.verified)}</span>' if row.verified else ""
    return (
        f'<tr class="{row.level.value}{opened}"><th scope="row">{_e(row.name)}</th><td class="n">{_e(row.points)}</td>'
        f'<td class="n scored">{_e(row.scored)}</td><td class="more">{more}</td></tr>\n'
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
