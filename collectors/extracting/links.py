"""Which links a page has, and what the answer to one says: alive, dead, blocked, or not to be said after one look."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hege.collectors.capture import Capture, Outcome
from hege.collectors.extracting.page import Page, key_of, locator
from hege.collectors.observation import Observation, quoted

_NOT_FOUND = re.compile(
    r"404|页面不存在|页面没有找到|找不到(该|您|此)?(要访问的)?页面|内容不存在|已被删除|not\s+found|无法找到|信息不存在",
    re.IGNORECASE,
)
_SHINGLE = 8
_COMPARED = 20_000  # characters are enough to tell an error page


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A link of a page: where it leads, what it says, whether it leaves the site."""

    url: str
    text: str
    external: bool
    locator: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """What a host answers for an address that cannot exist. `is_home`: it answers with its home page."""

    status: int
    title: str
    shingles: frozenset[str]
    is_home: bool = False


def links(page: Page, most: int) -> list[Link]:
    """The links of a page, each address once, so many at most."""
    found: dict[str, Link] = {}
    for node in page.tree.css("a[href]"):
        if len(found) >= most:
            break
        url = page.absolute(node.attributes.get("href") or "")
        if url and key_of(url) not in found:
            found[key_of(url)] = Link(
                url=url, text=quoted(node.text(deep=True)), external=not page.is_own(url), locator=locator(node)
            )
    return list(found.values())


def baseline(capture: Capture, page: Page | None, home: Page | None) -> Baseline | None:
    """What the answer to a random address teaches about a host; None where it was not readable."""
    if not capture.exchanges or capture.outcome not in (Outcome.OK, Outcome.SLOW, Outcome.HTTP_ERROR):
        return None
    if page is None:
        return Baseline(status=capture.status, title="", shingles=frozenset())
    shingles = _shingles(page)
    is_home = home is not None and (
        key_of(page.url) == key_of(home.url) or _alike(shingles, _shingles(home))
    )  # fmt: skip
    return Baseline(status=capture.status, title=page.title, shingles=shingles, is_home=is_home)


def is_soft_404(page: Page, random: Baseline | None, home_url: str) -> bool:
    """Whether a page answered with 200 is an error page: it reads like the host's answer to nonsense.

    The home page itself is never one, though some hosts answer nonsense with it.
    """
    if key_of(page.url) == key_of(home_url):
        return False
    shingles = _shingles(page)
    if random is not None and 200 <= random.status < 300:
        same = bool(page.title) and page.title == random.title and _alike(shingles, random.shingles)
        if same or (shingles and _alike(shingles, random.shingles, share=0.9)):
            return True
    return len(page.tree.css("a[href]")) < 15 and bool(_NOT_FOUND.search(page.title))


def link(found: Link, scope: str, capture: Capture, page: Page | None, random: Baseline | None = None) -> Observation:
    """The `link` observation of one answer.

    Dead is what says so (404, 410, an error page in disguise). A refused or silent server may be back tomorrow: that is
    unknown until a second look.
    """
    fields: dict[str, object] = {"scope": scope, "external": found.external}
    state, reason, quote = "known", "", f"HTTP {capture.status}" if capture.status else capture.reason
    if capture.outcome is Outcome.BLOCKED:
        fields["outcome"] = "blocked"
    elif capture.status in (404, 410):
        fields["outcome"] = "dead"
    elif capture.is_readable:
        soft = page is not None and is_soft_404(page, random, _home_of(capture.final_url))
        fields["outcome"] = "dead" if soft else "ok"
        quote = f"{quote} {page.title}".strip() if soft and page else quote
    else:
        state, reason = ("unknown" if capture.outcome is Outcome.SKIPPED else "error"), _reason(capture)
    return Observation(
        kind="link",
        part=found.url,
        state=state,
        reason=reason,
        fields=fields,
        locator=found.locator,
        quote=quoted(quote),
    )


def _reason(capture: Capture) -> str:
    if capture.outcome in (Outcome.SKIPPED, Outcome.HTTP_ERROR):
        return capture.reason
    return f"一次未打开（{capture.reason or capture.outcome.value}），须隔日复核"


def _home_of(url: str) -> str:
    return "/".join(url.split("/")[:3]) + "/"


def _shingles(page: Page) -> frozenset[str]:
    text = re.sub(r"\W|\d", "", page.squeezed[:_COMPARED])
    return frozenset(text[i : i + _SHINGLE] for i in range(max(1, len(text) - _SHINGLE + 1)))


def _alike(one: frozenset[str], other: frozenset[str], share: float = 0.8) -> bool:
    union = len(one | other)
    return union > 0 and len(one & other) / union >= share
