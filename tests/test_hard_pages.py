"""The table of hard pages: structures that real government pages have, and what may be said of each."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from hege.collectors.extracting.articles import published
from hege.collectors.extracting.columns import columns
from hege.collectors.extracting.footer import footer
from hege.collectors.extracting.guides import guide
from hege.collectors.extracting.messages import messages
from hege.collectors.extracting.page import Page, page_of
from hege.collectors.extracting.privacy import privacy
from hege.collectors.extracting.tamper import tamper
from hege.collectors.extracting.updates import home, updates
from hege.collectors.extracting.wording import shipped_words, wording
from hege.collectors.observation import Observation

PAGES = Path(__file__).parent / "pages"
DAY = date(2026, 11, 24)


def cases(name: str) -> list[Any]:
    """The cases of a file, each under its own name."""
    return [pytest.param(c, id=c["name"]) for c in yaml.safe_load((PAGES / f"{name}.yaml").read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", cases("updates"))
def test_newest_day(case: dict[str, Any]) -> None:
    """The newest day, known emptiness, or why it cannot be told."""
    page = page_of(case["html"], case.get("url", "http://www.a.gov.cn/col/"), case.get("day", DAY))
    found = updates(page, case.get("selector", ""))
    said = {"state": found.state, "reason": found.reason, "newest": found.newest, "items": found.items}
    assert {k: v for k, v in said.items() if v not in (None, "")} == case["expect"]


def read(page: Page, what: str) -> list[dict[str, object]]:
    """What an extractor says of a page: state and reason where the kind has them, and the fields."""
    match what:
        case "article":
            day = published(page)
            return [{"newest": day.day}] if day else []
        case "columns":
            fields = [column.known() for column in columns(page)]
            return [{k: v for k, v in f.items() if k != "on_home"} for f in fields]
        case "privacy" | "wording" | "tamper":
            found = {"privacy": privacy, "wording": _wrong_words, "tamper": _tampered}[what](page)
            return [dict(o.fields) for o in found]
    made = {"home": lambda p: [home(p)], "footer": lambda p: [footer(p)], "guide": lambda p: [guide(p, "补领")]}
    return [_said(o) for o in (made[what](page) if what in made else messages(page))]


def _wrong_words(page: Page) -> list[Observation]:
    return wording(page, shipped_words())


def _tampered(page: Page) -> list[Observation]:
    return tamper(page, ("某县",))


def _said(observation: Observation) -> dict[str, object]:
    state = {"state": observation.state} | ({"reason": observation.reason} if observation.reason else {})
    return state | (dict(observation.fields) if observation.state == "known" else {})


@pytest.mark.parametrize("case", cases("others"))
def test_other_observations(case: dict[str, Any]) -> None:
    """What a page says of columns, footers, guides, letters, articles, personal data, wording and tampering."""
    page = page_of(case["html"], case.get("url", "http://www.a.gov.cn/col/"), case.get("day", DAY))
    assert read(page, case["read"]) == case["expect"]
