"""What a careful reader would doubt in rule files, and the forms in which lint tells it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hege.engine.errors import Place, Problem, Severity
from hege.engine.rulebook import model, reach
from hege.engine.rulebook.lint import lint
from hege.engine.text import Language, Text
from hege.outputs import problems

PACK = """\
schema: indicators/1
pack: test
title: 测试
conventions: {observation: 7d, law: {document: 文件, quote: 引文}}
"""
ONE = """\
- id: %s
  title: %s
  applies_to: {kind: site}
  effect: veto
  versions:
"""
VERSION = """\
  - from: %s
    law: {document: 文件, quote: %s}
    fail_when: %s
"""
STALE = "{not_updated: {what: home.newest, within: 14d}}"


def one(fail_when: str = STALE, quote: str = "引文", id: str = "a", more: str = "") -> str:
    """An indicator of one version."""
    return ONE % (id, f"标题{id}") + VERSION % ("2020-01-01", quote, fail_when) + more


def doubts(folder: Path, *indicators: str, head: str = PACK, tail: str = "") -> list[tuple[str, int]]:
    """Codes and lines; the indicators begin in line 6."""
    folder.mkdir(exist_ok=True)
    (folder / "rules.yaml").write_text(head + "indicators:\n" + "".join(indicators) + tail, encoding="utf-8")
    found = lint([folder])
    assert all(p.severity is Severity.WARNING and p.hint for p in found), [p.shown(Language.EN) for p in found]
    return [(p.code, p.place.line) for p in found]


def columns(bound: str) -> str:
    return f"{{count: {{of: {{each: column, where: {{items: 0}}}}, {bound}}}}}"


DOUBTS = {
    "another number than the quote": (one(columns("at_least: 6"), "超过（含）5个栏目"), ["number-against-quote"]),
    "the same number as the quote": (one(columns("at_least: 5"), "超过（含）5个栏目"), []),
    "another share than the quote": (
        one("{ratio: {of: {each: probe, that: {compare: {what: outcome, is: ok}}}, at_least: 6%}}", "占比超过（含）5%"),
        ["number-against-quote"],
    ),
    "a quote without numbers": (one(columns("at_least: 6"), "栏目"), []),
    "always fails": (one(columns("at_least: 0")), ["always-fails"]),
    "never fails": (one(columns("less_than: 0")), ["never-fails"]),
    "one thing and another at once": (
        one("{all: [{compare: {what: footer.emblem, is: true}}, {compare: {what: footer.emblem, is: false}}]}"),
        ["never-fails"],
    ),
    "a check and its denial": (one(f"{{any: [{STALE}, {{not: {STALE}}}]}}"), ["always-fails"]),
    "more weeks than a month has": (
        one(f"{{periods: {{every: week, within: month, that: {STALE}, in_a_row: 6}}}}"),
        ["never-fails"],
    ),
    "as many weeks as a month has": (
        one(f"{{periods: {{every: week, within: month, that: {STALE}, in_a_row: 5}}}}"),
        [],
    ),
    "never applies": (one(more="    applies_when: {switch: false}\n"), ["never-applies"]),
    "the same check twice": (one(f"{{any: [{STALE}, {STALE}]}}"), ["repeated-check"]),
    "a text after one that always fits": (one(more="    problem: [甲, 乙]\n"), ["text-never-used"]),
    "a text after one with a blank to fill": (one(more="    problem: ['{home.items}条', 乙]\n"), []),
    "a reference to a draft": (
        one("{indicator: b}") + one(id="b").replace("effect: veto", "effect: veto\n  status: draft"),
        ["dead-reference"],
    ),
    "a time without a version": (
        one(more="  - {from: 2021-01-01, law: {document: 文件, quote: 废}, repealed: true}\n" + VERSION % ("2022-01-01", "又", STALE)),
        ["version-gap"],
    ),
    "a version that changes nothing": (one(more=VERSION % ("2022-01-01", "引文", STALE)), ["same-version"]),
    "no quote": (one(quote='""'), ["no-quote"]),
    "a copy never compared": (one(quote="引文, verified: vendor-transcription"), ["unverified"]),
    "a copy never compared, and said so": (one(quote="引文, verified: damaged, note: 待核对"), []),
    "two of one title": (one() + one(columns("at_least: 3"), id="b").replace("标题b", "标题a"), ["same-title"]),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTS)
def test_doubts(tmp_path: Path, name: str) -> None:
    """Each is told once, with what to do; what is right is left alone."""
    text, codes = DOUBTS[name]
    assert [code for code, _ in doubts(tmp_path, text)] == codes


def test_a_doubt_stands_where_its_field_is_written(tmp_path: Path) -> None:
    """The line of the condition, not of the file."""
    assert doubts(tmp_path, one(columns("at_least: 0"))) == [("always-fails", 13)]


WAIVER = "waivers:\n- {id: w, asset: s, indicator: a, from: %s, until: %s, reason: 改版, approved_by: 办公厅}\n"


@pytest.mark.parametrize(
    ("start", "until", "codes"),
    [
        ("2020-01-01", "2020-12-31", []),
        ("2020-01-01", "2021-01-02", ["long-waiver"]),
        ("2019-01-01", "2019-12-31", ["idle-waiver"]),
        ("2019-01-01", "2020-01-01", []),
    ],
)
def test_waivers(tmp_path: Path, start: str, until: str, codes: list[str]) -> None:
    """Over a year, or about an indicator that is not in force: each is doubtful."""
    assert [c for c, _ in doubts(tmp_path, one(), tail=WAIVER % (start, until))] == codes


def test_first_and_last_at_once(tmp_path: Path) -> None:
    """Where the text of the indicator goes would be anybody's guess."""
    head = PACK + "presentation: {first: [a], last: [a]}\n"
    assert doubts(tmp_path, one(), head=head) == [("ambiguous-order", 5)]


CITY = """\
schema: overlay/2
pack: city
title: 市
on: test
switched_off: [{indicator: a, from: 2021-01-01, law: {document: 文件, quote: 停}}]
changes:
- {indicator: a, from: 2022-01-01, direction: same, problem: 新, law: {document: 文件, quote: 改}}
"""


def test_overlay_answers_for_itself_alone(tmp_path: Path) -> None:
    """A change after switching off does nothing; the doubts of the pack below are told there."""
    base, city = tmp_path / "test", tmp_path / "city"
    assert doubts(base, one(columns("at_least: 0"))) == [("always-fails", 13)]
    city.mkdir()
    (city / "overlay.yaml").write_text(CITY, encoding="utf-8")
    assert [(p.code, p.place.line) for p in lint([city], [tmp_path])] == [("idle-change", 7)]


def test_conventions_twice_in_one_pack(tmp_path: Path) -> None:
    """Which file counts must not hang on its name."""
    assert doubts(tmp_path, one()) == []
    (tmp_path / "second.yaml").write_text(PACK + "indicators: []\n", encoding="utf-8")
    (found,) = lint([tmp_path])
    assert (found.code, Path(found.place.file).name, found.place.line) == ("two-conventions", "second.yaml", 4)


BLANKS = model.Selection(kind="column", where=(model.Absent(what=model.Path("", "items")),))


@pytest.mark.parametrize(
    ("relation", "number", "holds"),
    [
        (model.Relation.AT_LEAST, 0, True),
        (model.Relation.AT_LEAST, 1, None),
        (model.Relation.MORE_THAN, 0, None),
        (model.Relation.AT_MOST, 0, None),
        (model.Relation.LESS_THAN, 0, False),
        (model.Relation.LESS_THAN, 1, None),
    ],
)
def test_counts_are_settled_by_what_no_count_can_be(relation: model.Relation, number: int, holds: bool | None) -> None:
    """A count is never below nothing and has no upper end."""
    assert reach.settled(model.Count(of=(BLANKS,), relation=relation, number=number)) is holds


def test_a_selection_that_selects_nothing_settles_what_counts_it() -> None:
    """No column has two classes."""
    twice = tuple(
        model.Compare(what=model.Path("", "class"), relation=model.Relation.IS, value=w) for w in ("其他", "政务咨询")
    )
    nothing = model.Selection(kind="column", where=twice)
    count = model.Count(of=(nothing,), relation=model.Relation.AT_LEAST, number=1)
    some = model.Some(of=nothing)
    assert [reach.settled(c) for c in (count, some, model.Not(some))] == [False, False, True]


# ---- forms ---------------------------------------------------------------------------------------------------------

FOUND = [
    Problem(
        code="unknown-word",
        place=Place(file="/there/中,文.yaml", line=3, column=5, text="  - x: 5%"),
        message=Text(zh="没有“x”\n甲", en="unknown 5%"),
        hint=Text(zh="改", en="change it"),
    ),
    Problem(code="encoding", place=Place(file="/else/b.yaml"), message=Text(zh="乙", en="b"), severity=Severity.WARNING),
]  # fmt: skip


def test_paths_are_relative_to_where_the_reader_is() -> None:
    """What lies elsewhere keeps its whole path."""
    assert [p.place.file for p in problems.beside(FOUND, Path("/there"))] == ["中,文.yaml", "/else/b.yaml"]


def test_text() -> None:
    """Each problem, then how many."""
    assert problems.text(FOUND[1:], Language.EN) == "/else/b.yaml: warning[encoding]: b\n0 errors, 1 warning\n"


def test_json_has_both_languages() -> None:
    """Whole document."""
    assert json.loads(problems.to_json(FOUND)) == {
        "problems": [
            {
                "code": "unknown-word", "severity": "error", "file": "/there/中,文.yaml", "line": 3, "column": 5, "source": "  - x: 5%",
                "message": {"zh": "没有“x”\n甲", "en": "unknown 5%"}, "hint": {"zh": "改", "en": "change it"},
            },
            {
                "code": "encoding", "severity": "warning", "file": "/else/b.yaml", "line": 0, "column": 0, "source": "",
                "message": {"zh": "乙", "en": "b"}, "hint": None,
            },
        ],
        "errors": 1,
        "warnings": 1,
    }  # fmt: skip


def test_sarif_names_rules_levels_and_places() -> None:
    """Whole document; the address is escaped, the text is not."""
    first, second = problems.beside(FOUND, Path("/there"))
    assert json.loads(problems.to_sarif([first, second], Language.EN, "1.0")) == {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "hege", "version": "1.0", "rules": [{"id": "encoding"}, {"id": "unknown-word"}]}},
                "columnKind": "unicodeCodePoints",
                "results": [
                    {
                        "ruleId": "unknown-word", "ruleIndex": 1, "level": "error", "message": {"text": "unknown 5%. change it"},
                        "locations": [{"physicalLocation": {
                            "artifactLocation": {"uri": "%E4%B8%AD%2C%E6%96%87.yaml"},
                            "region": {"startLine": 3, "startColumn": 5, "snippet": {"text": "  - x: 5%"}},
                        }}],
                    },
                    {
                        "ruleId": "encoding", "ruleIndex": 0, "level": "warning", "message": {"text": "b"},
                        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "file:///else/b.yaml"}}}],
                    },
                ],
            }
        ],
    }  # fmt: skip


def test_github_annotations_are_one_line_each() -> None:
    """Commas, percent signs and line breaks are escaped."""
    assert problems.to_github(FOUND, Language.ZH) == (
        "::error file=/there/中%2C文.yaml,line=3,col=5,title=unknown-word::没有“x”%0A甲。改\n"
        "::warning file=/else/b.yaml,title=encoding::乙\n"
    )


def test_lint_does_without_the_tables() -> None:
    """Loading them takes longer than checking all shipped packs."""
    script = "import sys; from hege.engine.rulebook.lint import lint; lint(); print('polars' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
