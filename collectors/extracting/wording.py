"""Words that should not be there: a list policy staff edit (rules/wording.yaml), searched in the visible text."""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass
from enum import Enum

from hege.collectors.extracting.page import Page
from hege.collectors.observation import Observation, quoted
from hege.engine.text import Text
from hege.engine.yamlnodes import Reading, read_yaml


class Severity(Enum):
    """How much a wrong word weighs."""

    SEVERE = "severe"
    GENERAL = "general"


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A wrong word, the right one, and longer words in which the wrong one is right."""

    wrong: str
    right: str
    severity: Severity
    excepted: tuple[str, ...] = ()


def shipped_words() -> tuple[Word, ...]:
    """The list that comes with hege."""
    source = importlib.resources.files("hege") / "rules" / "wording.yaml"
    return read_words(source.read_text(encoding="utf-8"), "wording.yaml")


def read_words(text: str, file: str) -> tuple[Word, ...]:
    """A word list from its YAML; raises InputError with every fault."""
    reading = Reading()
    what = Text(zh="词表", en="word list")
    top = reading.mapping(read_yaml(text, file), what, ["schema", "words"]) or {}
    words = []
    for item in reading.items(top.get("words"), what):
        entry = reading.mapping(item, what, ["wrong", "right", "severity"], ["except", "note"]) or {}
        severity = reading.word(entry.get("severity"), Text(zh="“severity”", en="`severity`"), Severity)
        wrong, right = reading.text(entry.get("wrong"), what), reading.text(entry.get("right"), what)
        excepted = (
            tuple(reading.text(n, what) or "" for n in reading.items(entry.get("except"), what))
            if "except" in entry
            else ()
        )
        if wrong and right and severity:
            words.append(Word(wrong=wrong, right=right, severity=severity, excepted=excepted))
    reading.done()
    return tuple(words)


def wording(page: Page, words: tuple[Word, ...]) -> list[Observation]:
    """A `wording` observation for each wrong word of the visible text, once a page."""
    text = "".join(page.title.split()) + "\n" + page.squeezed
    found = []
    for word in words:
        if word.wrong not in text:
            continue
        hidden = text
        for longer in word.excepted:
            hidden = hidden.replace(longer, "\0" * len(longer))
        place = hidden.find(word.wrong)
        if place >= 0:
            fields = {"severity": word.severity.value, "text": word.wrong, "correct": word.right, "url": page.url}
            around = text[max(0, place - 20) : place + len(word.wrong) + 20]
            found.append(Observation(
                kind="wording", part=f"{page.url}#{word.wrong}", fields=fields, locator="body", quote=quoted(around)
            ))  # fmt: skip
    return found
