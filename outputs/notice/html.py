"""A notice as one HTML page in the look of an official document; no network, no script."""

from __future__ import annotations

from html import escape

from hege.outputs.characters import lines
from hege.outputs.notice.content import Annex, Notice, Table, split_heading

_STYLE = """
:root{color-scheme:light dark;--ink:#111;--page:#fff;--line:#888}
@media(prefers-color-scheme:dark){:root{--ink:#e7eaef;--page:#14181d;--line:#667}}
body{margin:0 auto;max-width:46rem;padding:2rem 1rem;background:var(--page);color:var(--ink);font:1.1rem/1.9 FangSong,"FangSong_GB2312","仿宋","Noto Serif CJK SC",serif;overflow-wrap:anywhere}
h1{font:700 1.7rem/1.5 "FZXiaoBiaoSong-B05S","Noto Serif CJK SC",SimSun,serif;text-align:center;margin:1rem 0 2rem}
h2{font:400 1.1rem/1.9 SimHei,"Noto Sans CJK SC",sans-serif;margin:0;text-indent:2em}
h3{font:700 1.4rem/1.5 "FZXiaoBiaoSong-B05S","Noto Serif CJK SC",SimSun,serif;text-align:center;margin:.5rem 0 1rem}
p{margin:0;text-indent:2em}p.to,p.name,p.note{text-indent:0}p.note{text-align:center}b{font-family:KaiTi,"楷体",serif;font-weight:400}
.name{font-family:SimHei,"Noto Sans CJK SC",sans-serif}.annexes{margin:1.5rem 0}.annexes p{padding-left:5em;text-indent:-3em}
.signed{margin:2rem 0;text-align:right;padding-right:2em}.signed p{text-indent:0}
section.annex{margin-top:3rem;break-before:page}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem;line-height:1.5}th,td{border:1px solid var(--line);padding:.3rem .5rem;text-align:left;min-width:2.5em}
th{font-weight:400;font-family:SimHei,"Noto Sans CJK SC",sans-serif;text-align:center}.n{text-align:center;white-space:nowrap}thead{display:table-header-group}tr{break-inside:avoid}
@media print{body{max-width:none;padding:0}.wide{overflow:visible}}
"""


def to_html(notice: Notice) -> str:
    """The whole page."""
    sections = "".join(
        f"<h2>{_e(heading)}</h2>{_paragraphs(section.paragraphs)}\n"
        for heading, section in zip(notice.headings, notice.sections, strict=True)
    )
    listed = f'<div class="annexes">{_paragraphs(notice.annex_list)}</div>\n' if notice.annexes else ""
    annexes = "".join(map(_annex, notice.annex_names, notice.annexes))
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{_e(notice.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{_e(notice.title)}</h1>\n"
        f'<p class="to">{_e(notice.addressees)}：</p>\n{_paragraphs(notice.opening)}\n{sections}{_paragraphs(notice.closing)}\n'
        f'{listed}<div class="signed"><p>{_e(notice.signature)}</p><p>{_e(notice.dated)}</p></div>\n{annexes}</main>\n</body>\n</html>\n'
    )


def _annex(name: str, annex: Annex) -> str:
    note = f'<p class="note">{_e(annex.note)}</p>' if annex.note else ""
    return (
        f'<section class="annex"><p class="name">{name}</p><h3>{_e(annex.title)}</h3>{note}'
        f'<div class="wide" role="region" tabindex="0" aria-label="{_e(annex.title)}">{_table(annex.table)}</div></section>\n'
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_e(name)}</th>' for name in table.header)
    rows = "".join(
        f"<tr>{''.join(_cell(c, i in table.figures) for i, c in enumerate(row))}</tr>\n" for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table>"


def _cell(text: str, is_figure: bool) -> str:
    return f'<td class="n">{_e(text)}</td>' if is_figure else f"<td>{_e(text)}</td>"


def _paragraphs(paragraphs: tuple[str, ...]) -> str:
    return "".join(f"<p>{_paragraph(text)}</p>" for text in paragraphs)


def _paragraph(text: str) -> str:
    """A paragraph; its own heading, if it has one, is set off."""
    heading, rest = split_heading(text)
    return f"<b>{_e(heading)}</b>{_e(rest)}" if heading else _e(rest)


def _e(text: str) -> str:
    return escape(lines(text))
