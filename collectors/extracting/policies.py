"""Policy documents and what interprets them (解读): links from one to the other, asked in both directions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hege.collectors.extracting.articles import dates_of, published
from hege.collectors.extracting.page import Page, filled_elsewhere, hidden_content, key_of, locator
from hege.collectors.observation import Observation, quoted

_INTERPRETS = re.compile(r"解读|图解|一图读懂|问答|说明")
_NAMED = re.compile(r"《([^》]{4,120})》")
_BLANKS = re.compile(r"\s+")


def interpretation_links(page: Page) -> list[str]:
    """Addresses on a policy page whose link reads like an interpretation of it."""
    found = []
    for node in page.tree.css("a[href]"):
        text = f"{node.text(deep=True)} {node.attributes.get('title') or ''}"
        url = page.absolute(node.attributes.get("href") or "")
        if url and _INTERPRETS.search(text) and not _is_navigation(text) and key_of(url) != key_of(page.url):
            found.append(url)
    return list(dict.fromkeys(found))


def _is_navigation(text: str) -> bool:
    """政策解读 alone is the name of a column; an interpretation names what it interprets or has a title's length."""
    return len(_BLANKS.sub("", text)) <= 6 and not re.search(r"图解|文字解读|图文解读|一图读懂", text)


def links_back(interpretation: Page, policy_url: str) -> bool:
    """Whether an interpretation links to the policy."""
    wanted = key_of(policy_url)
    return any(key_of(url) == wanted for url in _addresses(interpretation))


def _addresses(page: Page) -> Iterable[str]:
    return (url for n in page.tree.css("a[href]") if (url := page.absolute(n.attributes.get("href") or "")))


def policy(
    page: Page, title: str, interpretations: Mapping[str, Page | None], elsewhere: Iterable[str] = ()
) -> Observation:
    """The `policy` observation of one document.

    `interpretations` holds the pages its links lead to (None: could not be read), `elsewhere` the titles in the site's
    interpretation column: a document may be interpreted though nothing links the two.
    """
    forward = bool(interpretations)
    day = published(page)
    fields: dict[str, object] = {"title": title}
    if day:
        fields["published"] = day.day
    readable = [p for p in interpretations.values() if p is not None]
    named = next((other for other in elsewhere if _names(other, title)), None)
    quote = ""
    if forward:
        fields |= {"interpreted": True, "links_forward": True}
        quote = next(iter(interpretations))
        back = any(links_back(p, page.url) for p in readable)
        if back or len(readable) == len(interpretations):
            fields["links_back"] = back
    elif named:
        fields |= {"interpreted": True} | ({} if filled_elsewhere(page) else {"links_forward": False})
        quote = named
    elif not hidden_content(page):
        fields["links_forward"] = False
    heading = page.tree.css_first("h1,h2,title")
    return Observation(
        kind="policy", part=title, fields=fields, quote=quoted(quote), candidates=dates_of(page)[:8],
        locator=locator(heading) if heading is not None else "",
    )  # fmt: skip


def _names(interpretation: str, policy_title: str) -> bool:
    wanted = _bare(policy_title)
    return bool(_INTERPRETS.search(interpretation)) and any(
        (name := _bare(n)) and (name in wanted or wanted in name) for n in _NAMED.findall(interpretation)
    )


def _bare(title: str) -> str:
    inner = _NAMED.search(title)
    return _BLANKS.sub("", inner[1] if inner else title)
