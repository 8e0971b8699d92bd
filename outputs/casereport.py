"""Results of the tests beside rules: what a failed case expected and got and why, and all of them as JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree

from hege.engine.result import Outcome, Verdict
from hege.engine.rulebook.testing import TestResult
from hege.engine.text import Language, Text
from hege.outputs.explanation import behind
from hege.outputs.words import OUTCOME, VERDICT

_ASKED = {
    "outcome": Text(zh="结论", en="outcome"),
    "verdict": Text(zh="整体结论", en="verdict"),
    "text": Text(zh="问题文字", en="text"),
    "reason": Text(zh="待核原因", en="reason"),
}


def failure(result: TestResult, language: Language) -> str:
    """Where the case stands, what was expected and got, the arithmetic and the facts."""
    case = result.case
    lines = [f"{case.place}: {case.indicator} “{case.name}” @ {case.at}"]
    if result.passed:
        told = Text(zh=f"已经符合预期，请去掉todo（{case.todo}）", en=f"now as expected: remove its todo ({case.todo})")
        return "\n".join([*lines, f"    {told.shown(language)}"])
    for what, word in case.expect.items():
        lines.append(f"    {_compared(what, word, result.got.get(what, ''), language)}")
    if result.finding is not None:
        lines += behind(result.finding, language)
    return "\n".join(line.rstrip() for line in lines)


def _compared(what: str, expected: str, got: str, language: Language) -> str:
    label = _ASKED.get(what, Text(zh=what, en=what))
    one, other = (_word(what, w) for w in (expected, got))
    if expected == got:
        return Text(zh=f"{label.zh}：{one.zh}，符合", en=f"{label.en}: {one.en}, as expected").shown(language)
    told = Text(zh=f"{label.zh}：应为{one.zh}，实得{other.zh}", en=f"{label.en}: expected {one.en}, got {other.en}")
    return told.shown(language)


def _word(what: str, word: str) -> Text:
    """A word of the language with its name; texts in quotation marks."""
    if what == "outcome" and word:
        return Text(zh=f"{OUTCOME[Outcome(word)].zh}（{word}）", en=word)
    if what == "verdict" and word:
        return Text(zh=f"{VERDICT[Verdict(word)].zh}（{word}）", en=word)
    return Text(zh=f"“{word}”", en=f"“{word}”")


def counted(name: str, results: Sequence[TestResult]) -> Text:
    """How many cases of a pack there are, failed, and are known not to be met yet."""
    wrong = sum(not r.as_agreed for r in results)
    waiting = sum(bool(r.case.todo) for r in results)
    todo = Text(zh=f"，待改{waiting}例", en=f", {waiting} to do") if waiting else Text(zh="", en="")
    return Text(
        zh=f"{name}：{len(results)}例，{wrong}例不符{todo.zh}",
        en=f"{name}: {len(results)} {'case' if len(results) == 1 else 'cases'}, {wrong} failed{todo.en}",
    )


def to_junit(packs: Mapping[str, Sequence[TestResult]], language: Language) -> str:
    """JUnit XML: a suite a pack, a test case a case with file and line; what is `todo` is skipped."""
    root = ElementTree.Element("testsuites", name="hege rules test")
    for name, results in packs.items():
        suite = ElementTree.SubElement(
            root, "testsuite", name=name, tests=str(len(results)), errors="0",
            failures=str(sum(not r.as_agreed for r in results)),
            skipped=str(sum(r.as_agreed and bool(r.case.todo) for r in results)),
        )  # fmt: skip
        for result in results:
            _case(suite, result, language)
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, result: TestResult, language: Language) -> None:
    case = result.case
    element = ElementTree.SubElement(
        suite, "testcase", classname=case.indicator, name=case.name, file=case.place.file, line=str(case.place.line)
    )
    if not result.as_agreed:
        told = failure(result, language)
        first = next(_messages(result, language))
        ElementTree.SubElement(element, "failure", message=first).text = told
    elif case.todo:
        ElementTree.SubElement(element, "skipped", message=f"todo: {case.todo}")


def _messages(result: TestResult, language: Language) -> Iterator[str]:
    for what, word in result.case.expect.items():
        if result.got.get(what, "") != word:
            yield _compared(what, word, result.got.get(what, ""), language)
    yield f"todo: {result.case.todo}"
