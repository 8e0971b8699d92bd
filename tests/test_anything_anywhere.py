"""Whatever stands at whatever place of a rule file, the answer is a rulebook or faults at places of that file.

Every value, item and key of two files that use the whole language is replaced in turn by something that does not belong
there; what it is goes round, so that neighbours meet different things.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hege.engine.errors import Severity
from hege.engine.rulebook.library import read_rulebook
from hege.engine.text import Language

BASE = """\
schema: indicators/1
pack: base
title: 基础
conventions: {observation: 7d, law: {document: 文件, clause: 条, quote: 文, verified: verbatim, note: 注}}
presentation: {join: "；", first: [a], last: [b]}
waivers: [{id: w, asset: s1, indicator: a, from: 2024-01-01, until: 2024-02-01, reason: 改版, approved_by: 办公室}]
indicators:
- id: a
  title: 甲
  applies_to: {kind: site, category: [部门]}
  effect: veto
  status: in_force
  versions:
  - from: 2019-04-01
    law: {document: 文件, quote: 引文}
    params: {p: 14d, words: [其他, 通知公告]}
    applies_when: {compare: {what: home.nav_only, is: false, if_missing: {then: unknown, law: {document: 文件}}}}
    fail_when:
      any:
      - not_updated: {what: home.newest, within: $p, if_missing: {then: fail, law: {document: 文件}}}
      - all: [{absent: footer.icp}, {not: {present: footer.police}}, {differ: {what: [footer.site_code, registration.code], ignore: [space]}}]
      - count: {of: {each: column, where: {class: {one_of: $words}, level: {at_least: 1}, name: present}, that: {absent: newest}}, at_least: 2}
      - count: {of: [{each: link, within: 7d}, {each: message, by: submitted, during: month}], more_than: 3}
      - ratio: {of: {each: probe, where: {part: 北京}, that: {compare: {what: outcome, is: timeout}}}, at_least: 5%, enough: {per_day: 3, days: 7}}
      - elapsed: {from: home.newest, to: home.observed_at, more_than: 3d}
      - periods: {every: week, within: month, that: {not_updated: {what: home.newest, within: 7d}}, at_least: 2, unknown_period: break}
      - periods: {every: week, within: month, that: {absent: home.newest}, in_a_row: 2}
    problem: [{when: {absent: home.newest}, text: "从未更新{home.newest}"}, 没有更新]
  - from: 2023-01-01
    law: {document: 文件, quote: 引文}
    repealed: true
- {id: b, title: 乙, applies_to: {kind: site}, effect: remark, versions: [{from: 2020-01-01, law: {document: 文件, quote: 文}, fail_when: {indicator: a}}]}
- {id: c, title: 丙, applies_to: {kind: site}, effect: {escalate: 通报}, versions: [{from: 2020-01-01, law: {document: 文件, quote: 文}, fail_when: {switch: true}}]}
- id: e
  title: 戊
  applies_to: {kind: site}
  effect: {deduct: 2}
  group: 组
  versions:
  - from: 2020-01-01
    law: {document: 文件, quote: 文}
    params: {n: 1}
    other_cap: {points: 4, when: {compare: {what: asset.category, is: 部门}}}
    lines:
    - {id: l1, points: $n, when: {absent: {each: column}}, quote: 引文, verified: verbatim, note: 注, applies_when: {present: home.items}}
    - {id: l2, points: 0.5, each: [{each: link, where: {outcome: dead}}], law: {document: 文件}}
    - {id: l3, points: 1, times: "survey[项].count", ask: {question: 几处, look: 首页, of: column, number: 3}}
    - {id: l4, points: 5, share: {of: {each: probe, that: {compare: {what: outcome, is: timeout}}}, step: 1%, enough: {per_day: 3, days: 7}}}
- {id: f, title: 己, applies_to: {kind: site}, effect: {bonus: 1}, group: 加, versions: [{from: 2020-01-01, law: {document: 文件, quote: 文}, lines: [{id: l, points: 1, when: {present: home.items}}]}]}
- id: g
  title: 庚
  applies_to: {kind: site}
  effect: score
  versions:
  - from: 2020-01-01
    law: {document: 文件, quote: 文}
    params: {pass: 60}
    sheet:
      base: 100
      deduct: [{group: 组, points: 2}]
      bonus: [加]
      fails_below: $pass
      bonus_above: 80
      left_out: {group: 组, when: {compare: {what: asset.category, is: 部门}}, law: {document: 文件}}
    problem: 评分低
"""
OVERLAY = """\
schema: overlay/2
pack: city
title: 市
on: base
presentation: {first: [b]}
changes:
- {indicator: a, from: 2020-01-01, direction: tighten, law: {document: 文件, quote: 文}, params: {p: 7d}, problem: 不更新}
- {indicator: b, from: 2021-01-01, direction: loosen, law: {document: 文件, quote: 文}, fail_when: {absent: home.newest}, applies_when: {present: home.items}}
- {indicator: e, from: 2021-01-01, direction: same, law: {document: 文件, quote: 文}, lines: [{id: l1, points: 1, when: {present: home.items}}]}
- {indicator: g, from: 2021-01-01, direction: same, law: {document: 文件, quote: 文}, sheet: {deduct: [组]}}
switched_off: [{indicator: c, from: 2022-01-01, law: {document: 文件, quote: 文}}]
indicators: [{id: d, title: 丁, applies_to: {kind: account}, effect: remark, versions: [{from: 2020-01-01, law: {document: 文件, quote: 文}, fail_when: {absent: feed.newest}}]}]
"""
OTHERS = (
    "呀", "-7", "0.5", "true", "null", "[]", "[null]", "{}", "{呀: 7}", "[{呀: 7}, [x]]", "$q", "3w", "150%", "2024-02-30",
)  # fmt: skip


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each value, item and key of a document stands."""

    def below(node: yaml.Node) -> Iterator[yaml.Node]:
        yield node
        for part in node.value if not isinstance(node, yaml.ScalarNode) else ():
            for each in part if isinstance(part, tuple) else (part,):
                yield from below(each)

    document = yaml.compose(text, Loader=yaml.SafeLoader)
    assert document is not None
    for node in below(document):
        yield node.start_mark.index, len(text[: node.end_mark.index].rstrip())


def faults(folder: Path) -> tuple[bool, list[str]]:
    """Whether there is a rulebook, and the messages in both languages."""
    book, reading = read_rulebook([folder / "city"], [folder])
    errors = [p for p in reading.problems if p.severity is Severity.ERROR]
    for problem in errors:
        assert problem.place.line > 0, problem
        assert problem.message.zh and problem.message.en and problem.message.zh != problem.message.en
    return book is not None, [p.shown(language) for p in errors for language in Language]


def written(folder: Path, base: str, overlay: str) -> Path:
    for name, text in (("base", base), ("city", overlay)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "rules.yaml").write_text(text, encoding="utf-8")
    return folder


def test_files_are_good(tmp_path: Path) -> None:
    """They use every block and every key, and nothing is wrong with them."""
    assert faults(written(tmp_path, BASE, OVERLAY)) == (True, [])


@pytest.mark.parametrize("name", ["base", "city"])
@pytest.mark.parametrize("turn", [0, 5])
def test_a_rulebook_or_faults_with_a_place(tmp_path: Path, name: str, turn: int) -> None:
    """Never an exception, never neither; no fault is told twice; what is said is said in both languages."""
    text = BASE if name == "base" else OVERLAY
    for number, (start, end) in enumerate(spans(text), turn):
        changed = text[:start] + OTHERS[number % len(OTHERS)] + text[end:]
        folder = written(tmp_path, *((changed, OVERLAY) if name == "base" else (BASE, changed)))
        usable, messages = faults(folder)
        assert usable is not bool(messages), changed[max(0, start - 60) : start + 60]
        assert len(set(messages)) == len(messages), messages
