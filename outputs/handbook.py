"""The handbook of indicators as one Chinese HTML file: sentence, law, values, history and tests of every indicator.

No network and no script; the tests are the examples. Made from the packs alone, so that it says what they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from html import escape
from pathlib import Path

from hege.engine.dates import SHANGHAI
from hege.engine.facts import NONE
from hege.engine.result import Outcome, Verdict
from hege.engine.rulebook.difference import steps
from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import Indicator, Rulebook, Version
from hege.engine.rulebook.provenance import is_of
from hege.engine.rulebook.sentence import indicator_sentence
from hege.engine.rulebook.testfiles import TestCase, read_tests
from hege.engine.rulebook.values import shown
from hege.engine.text import Language
from hege.engine.vocabulary import Field, load_vocabulary
from hege.outputs.style import STYLE
from hege.outputs.words import ASSET_KIND, FAILED, OUTCOME, STATUS, VERDICT, VERIFIED, value_shown

_OWN_STYLE = """
nav details{margin:.5rem 0}nav details ul{padding:.5rem 1rem;display:block;columns:18rem}
article{border:1px solid var(--line);border-radius:6px;padding:0 1rem 1rem;margin:1.25rem 0}
article:target{outline:2px solid var(--link)}
.tags{color:var(--soft);margin:0}
.says{margin:.75rem 0;padding:.5rem .9rem;border-left:4px solid var(--link);background:var(--band);font-size:1.05rem}
article dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .9rem}
.values{width:auto}.values td:last-child{color:var(--soft);font-size:.9rem}
.cases td{font-size:.92rem}.cases td:nth-child(2){white-space:nowrap}
.inherited li{color:var(--soft)}
@media(max-width:44rem){article dl{display:block}.cases td:nth-child(2){white-space:normal}}
"""


def handbook(packs: Sequence[str | Path]) -> str:
    """The whole page; raises InputError."""
    chapters = [_Chapter(pack) for pack in packs]
    contents = "".join(chapter.contents() for chapter in chapters)
    body = "".join(chapter.html() for chapter in chapters)
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>指标手册</title>\n<style>{STYLE}{_OWN_STYLE}</style>\n</head>\n<body>\n"
        "<header><h1>政府网站与政务新媒体检查指标手册</h1>"
        f"<p>共{len(chapters)}个指标包，{sum(len(c.own) for c in chapters)}项指标。表述由检查条件生成，测试即示例。</p></header>\n"
        f"<nav>{contents}</nav>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


class _Chapter:
    """One pack: what it says itself in full, what it takes over by name."""

    def __init__(self, pack: str | Path) -> None:
        self.book: Rulebook = load_rulebook([pack])
        self.pack = self.book.packs[-1]
        self.titles = {i.id: i.title for i in self.book.indicators}
        self.own = [i for i in self.book.indicators if any(is_of(v, self.pack.id) for v in i.versions)]
        self.cases: dict[str, list[TestCase]] = {}
        for case in read_tests(pack, self.book):
            self.cases.setdefault(case.indicator, []).append(case)

    def contents(self) -> str:
        """The list of its indicators, folded away."""
        links = "".join(f'<li><a href="#{self._anchor(i)}">{escape(i.title)}</a></li>' for i in self.own)
        return (
            f"<details><summary>{escape(self.pack.title)}<span>（{escape(self.pack.id)}，{len(self.own)}项）</span></summary>"
            f"<ul>{links}</ul></details>\n"
        )

    def html(self) -> str:
        """Its own indicators, then those taken over."""
        rest = [i for i in self.book.indicators if i not in self.own]
        inherited = "、".join(escape(i.title) for i in rest)
        also = f'<p class="note">另沿用下层指标：{inherited}。</p>\n' if rest else ""
        return (
            f'<section id="{escape(self.pack.id)}">\n<h2>{escape(self.pack.title)}</h2>\n{also}'
            + "".join(self._article(i) for i in self.own)
            + "</section>\n"
        )

    def _anchor(self, indicator: Indicator) -> str:
        return escape(f"{self.pack.id}:{indicator.id}")

    def _article(self, indicator: Indicator) -> str:
        tags = [ASSET_KIND[indicator.applies_to.kind].zh, FAILED[indicator.effect].zh, STATUS[indicator.status].zh]
        versions = [v for v in indicator.versions if is_of(v, self.pack.id)]
        told = "".join(self._version(indicator, v) for v in reversed(versions))
        return (
            f'<article id="{self._anchor(indicator)}">\n<h3>{escape(indicator.title)}</h3>\n'
            f'<p class="tags"><code>{escape(indicator.id)}</code> · {" · ".join(tags)}</p>\n'
            f"{told}{self._history(indicator)}{self._tests(indicator)}</article>\n"
        )

    def _version(self, indicator: Indicator, version: Version) -> str:
        law = version.law
        said = indicator_sentence(indicator, version, load_vocabulary(), titles=self.titles)
        cited = " ".join(p for p in (law.document, law.clause) if p)
        rows = [("依据", cited), ("原文", f"“{law.quote}”" if law.quote else ""), ("核对", VERIFIED[law.verified].zh)]
        rows += [("说明", law.note)]
        listed = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rows if text)
        return (
            f'<h4>自{version.start}起</h4>\n<p class="says">{escape(said)}</p>\n<dl>{listed}</dl>\n'
            f"{self._values(version) if not version.repealed else ''}"
        )

    def _values(self, version: Version) -> str:
        rows = []
        for name, value in version.params.items():
            origin = version.origins.get(f"params.{name}")
            whence = f"{origin.pack}，{Path(origin.place.file).name}第{origin.place.line}行" if origin else ""
            rows.append(
                f"<tr><th><code>{escape(name)}</code></th><td>{escape(shown(value))}</td><td>{escape(whence)}</td></tr>"
            )
        return (
            f'<table class="values"><caption>可以改的数值</caption><tbody>{"".join(rows)}</tbody></table>\n'
            if rows
            else ""
        )

    def _history(self, indicator: Indicator) -> str:
        lines = [
            f"<li>{version.start}：{escape('；'.join(c.told.zh for c in changes))}</li>"
            for version, changes in steps(indicator, self.titles)
        ]
        first = indicator.versions[0]
        begun = f"<li>{first.start}：施行（{escape(first.origins['from'].pack)}）</li>"
        return f"<h4>历次变动</h4>\n<ul>{begun}{''.join(lines)}</ul>\n"

    def _tests(self, indicator: Indicator) -> str:
        cases = self.cases.get(indicator.id, [])
        if not cases:
            return '<p class="note">没有测试。</p>\n'
        rows = "".join(
            f"<tr><td>{escape(c.name)}</td><td>{c.at}</td><td>{'<br>'.join(map(escape, _facts(c)))}</td><td>{_expected(c)}</td></tr>"
            for c in cases
        )
        return (
            f'<details><summary>示例（测试）<span>{len(cases)}例</span></summary><div class="wide"><table class="cases">'
            "<thead><tr><th>用例</th><th>监测时间点</th><th>已知的事实</th><th>应有的结论</th></tr></thead>"
            f"<tbody>{rows}</tbody></table></div></details>\n"
        )


# ---- facts and expectations in words -------------------------------------------------------------------------------


def _facts(case: TestCase) -> Iterator[str]:
    """The facts of a case, those that say the same together with how many there are on which days."""
    if case.asset:
        yield "，".join(f"{name}为{value}" for name, value in case.asset.items())
    told: dict[str, list[date]] = {}
    for kind, rows in case.facts.items():
        for row in rows:
            observed = row["observed_at"]
            day = observed.astimezone(SHANGHAI).date() if isinstance(observed, datetime) else observed
            told.setdefault(_fact(kind, row), []).append(day if isinstance(day, date) else case.at)
    for text, days in told.items():
        first, last = min(days), max(days)
        when = "" if first == last == case.at else f"{first}观测" if first == last else f"{first}至{last}"
        many = f"{len(days)}项" if len(days) > 1 else ""
        aside = "，".join(w for w in (when, many) if w)
        yield f"{text}（{aside}）" if aside else text
    if not told:
        yield "没有记录"


_STATES = {"unknown": "不明", "blocked": "看不到", "error": "出错", "not_applicable": "不适用"}


def _fact(name: str, row: Mapping[str, object]) -> str:
    kind = load_vocabulary().kinds[name]
    said = [f"{f.zh}{_value(name, f, row[f.name])}" for f in kind.fields if row.get(f.name) is not None]
    state = _STATES.get(str(row.get("state")), "")
    part = str(row.get("part") or "")
    named = f"“{part}”" if name in ("survey", "coverage") else ""
    return f"{kind.zh}{named}：{'，'.join([*said, *([state] if state else [])]) or '没有填写'}"


def _value(kind: str, field: Field, value: object) -> str:
    if value == NONE and NONE not in field.words:
        return "无"
    if isinstance(value, list):
        value = tuple(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    told = value_shown(kind, field.name, value, Language.ZH)  # type: ignore[arg-type]
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{told}{field.unit}" if numeric else f"：{told}" if isinstance(value, bool) else told


def _expected(case: TestCase) -> str:
    told = []
    for what, word in case.expect.items():
        if what == "outcome":
            told.append(f'<b class="outcome {escape(word)}">{OUTCOME[Outcome(word)].zh}</b>')
        elif what == "verdict":
            told.append(f"整体{VERDICT[Verdict(word)].shown(Language.ZH)}")
        elif what == "text":
            told.append(f"“{escape(word)}”")
        elif what != "reason":
            told.append(f"{escape(what)} {escape(word)}")
    return "<br>".join(told) + (f"<br>（待改：{escape(case.todo)}）" if case.todo else "")
