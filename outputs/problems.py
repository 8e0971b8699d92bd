"""Problems of rule files for readers and for machines: plain text, JSON, SARIF 2.1.0, annotations of GitHub Actions.

Paths are as the problems give them; `beside` makes them relative to a folder first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from hege.engine.errors import Problem, Severity
from hege.engine.text import Language, Text


def beside(problems: Iterable[Problem], folder: Path) -> list[Problem]:
    """The problems with paths relative to a folder, where they lie in it; a reader is in one and clicks on them."""
    prefix = f"{folder}{os.sep}"

    def near(text: Text) -> Text:
        return Text(zh=text.zh.replace(prefix, ""), en=text.en.replace(prefix, ""))

    return [
        replace(
            p,
            place=replace(p.place, file=p.place.file.removeprefix(prefix)),
            message=near(p.message),
            hint=near(p.hint) if p.hint else None,
        )
        for p in problems
    ]


def counted(problems: Sequence[Problem]) -> Text:
    """How many errors and warnings there are."""
    errors = sum(p.severity is Severity.ERROR for p in problems)
    warnings = len(problems) - errors
    return Text(zh=f"{errors}处错误，{warnings}处提醒", en=f"{_many(errors, 'error')}, {_many(warnings, 'warning')}")


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def text(problems: Sequence[Problem], language: Language) -> str:
    """Every problem as a person reads it, then the count."""
    return "\n".join([*(p.shown(language) for p in problems), counted(problems).shown(language)]) + "\n"


def to_json(problems: Sequence[Problem]) -> str:
    """A document with both languages; `line` and `column` count from 1, 0 where the file as a whole is meant."""
    found = [
        {
            "code": p.code,
            "severity": p.severity.value,
            "file": p.place.file,
            "line": p.place.line,
            "column": p.place.column,
            "source": p.place.text,
            "message": {"zh": p.message.zh, "en": p.message.en},
            "hint": {"zh": p.hint.zh, "en": p.hint.en} if p.hint else None,
        }
        for p in problems
    ]
    errors = sum(p.severity is Severity.ERROR for p in problems)
    return _document({"problems": found, "errors": errors, "warnings": len(problems) - errors})


def to_sarif(problems: Sequence[Problem], language: Language, version: str) -> str:
    """A SARIF log with one run; columns count characters."""
    codes = sorted({p.code for p in problems})
    driver = {"name": "hege", "version": version, "rules": [{"id": code} for code in codes]}
    results = [
        {
            "ruleId": p.code,
            "ruleIndex": codes.index(p.code),
            "level": p.severity.value,
            "message": {"text": _sentences(p, language)},
            "locations": [{"physicalLocation": _location(p)}],
        }
        for p in problems
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return _document({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


def _location(problem: Problem) -> dict[str, object]:
    place = problem.place
    file = place.file.replace(os.sep, "/")
    uri = Path(file).as_uri() if Path(file).is_absolute() else quote(file)
    found: dict[str, object] = {"artifactLocation": {"uri": uri}}
    if place.line:
        region: dict[str, object] = {"startLine": place.line}
        if place.column:
            region["startColumn"] = place.column
        if place.text:
            region["snippet"] = {"text": place.text}
        found["region"] = region
    return found


def to_github(problems: Sequence[Problem], language: Language) -> str:
    """Workflow commands that put each problem beside its line of a pull request."""
    return "".join(_annotation(p, language) + "\n" for p in problems)


def _annotation(problem: Problem, language: Language) -> str:
    place = problem.place
    values = {"file": place.file, "line": place.line, "col": place.column, "title": problem.code}
    told = ",".join(f"{k}={_escaped(str(v), ':,')}" for k, v in values.items() if v)
    return f"::{problem.severity.value} {told}::{_escaped(_sentences(problem, language))}"


def _sentences(problem: Problem, language: Language) -> str:
    parts = [problem.message, problem.hint] if problem.hint else [problem.message]
    return {Language.ZH: "。", Language.EN: ". "}[language].join(p.shown(language) for p in parts)


def _escaped(told: str, also: str = "") -> str:
    for character in ("%", "\r", "\n", *also):
        told = told.replace(character, f"%{ord(character):02X}")
    return told


def _document(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
