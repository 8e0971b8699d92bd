"""Published letters and replies (来信选登): when each was submitted and when it was answered."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from hege.collectors.extracting.dates import full_days
from hege.collectors.extracting.page import Page, filled_elsewhere, locator
from hege.collectors.observation import NONE, Observation, quoted

_SUBMITTED = re.compile(r"(提交|来信|写信|留言|咨询|提问|受理)(时间|日期)")
_REPLIED = re.compile(r"(答复|回复|办结|反馈|处理)(时间|日期)")


def messages(page: Page) -> list[Observation]:
    """A `message` observation for each row of a table that shows both days; nothing where the page has no such table."""
    found: list[Observation] = []
    for table in page.tree.css("table"):
        lines = table.css("tr")
        headings = [c.text(deep=True).strip() for c in lines[0].css("td,th")] if lines else []
        submitted = next((i for i, h in enumerate(headings) if _SUBMITTED.search(h)), None)
        replied = next((i for i, h in enumerate(headings) if _REPLIED.search(h)), None)
        if submitted is None or replied is None:
            continue
        found += [m for line in lines[1:] if (m := _message(page, line, submitted, replied))]
    return found


def are_complete(page: Page) -> bool:
    """Whether nothing on the page hints at more letters than it shows."""
    return not filled_elsewhere(page)


def _message(page: Page, line: LexborNode, submitted: int, replied: int) -> Observation | None:
    cells = line.css("td,th")
    if len(cells) <= max(submitted, replied):
        return None
    asked = next(iter(full_days(cells[submitted].text(deep=True, separator=" "))), None)
    if asked is None:
        return None
    answered = next(iter(full_days(cells[replied].text(deep=True, separator=" "))), None)
    anchor = line.css_first("a[href]")
    url = page.absolute(anchor.attributes.get("href") or "") if anchor is not None else ""
    text = quoted(line.text(deep=True, separator=" "))
    part = url or f"{page.url}#{quoted(cells[0].text(deep=True))}-{asked.day}"
    fields = {"submitted": asked.day, "replied": answered.day if answered else NONE, "valid": True}
    return Observation(kind="message", part=part, fields=fields, locator=locator(line), quote=text)
