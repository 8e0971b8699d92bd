"""A page: the text of a capture, its tree and metas, and what tells whether a browser would show more than we see."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote_plus, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from hege.collectors.capture import Capture
from hege.collectors.extracting.charset import Charset, decoded
from hege.collectors.markup import between

# A list that a script fills: what stands beside it on the static page is not all there is.
_FILLED = (
    ("模板由脚本填充", re.compile(r"\{\{[^{}]{1,80}\}\}|<%=|\bv-for=|\bng-repeat=|text/x-handlebars|text/x-template")),
    ("列表由脚本加载", re.compile(r"loadPageData|dataproxy\.jsp|\bjpage\b|/gkmlpt/api")),
)
# A page may load a counter or a weather frame by these; only an otherwise empty list is put in doubt.
_MAYBE_FILLED = (
    ("内容由脚本加载", re.compile(r"\$\.(?:ajax|get|getJSON|post)\s*\(|XMLHttpRequest|\baxios\b|\bfetch\s*\(|\.load\s*\(\s*['\"]")),
    ("页面用框架嵌入", re.compile(r"<i?frame[^>]{0,300}\bsrc\s*=", re.IGNORECASE)),
    ("内容由脚本写出", re.compile(r"document\.write(?:ln)?\s*\(|createElement\s*\(\s*['\"](?:li|tr|a)['\"]|innerHTML\s*=")),
)  # fmt: skip
# Emblems, 找错 entries and dates in the page head are written by script on nearly every page; lists they are not.
_MARKS_WRITTEN = re.compile(
    r"document\.write(?:ln)?\s*\((?=[^;<]{0,1500}?(?:conac|jiucuo|getFullYear|getDate|_bdhm|hm\.baidu))[^;<]{0,1500};?",
    re.IGNORECASE,
)
_ROW = re.compile(r"<(?:li|tr|dd)\b", re.IGNORECASE)
_LINK = re.compile(r"<a\b", re.IGNORECASE)
_MANY_WRITTEN = 50
_PLAIN_PATH = re.compile(r"/(?:(?!\.\.?/)[\w.~%+=&?;,@-]+/?)*")  # what joining would leave as it is
_BREAKS = re.compile(r"[\t\r\n]")
_SKIPPED_SCHEMES = ("javascript:", "mailto:", "tel:", "data:", "about:")


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A captured page as text and tree. `metas` are by lower-case name, the first that is not empty.

    The tree is what a visitor can see: scripts and styles are taken out, `scripts` are the addresses of the former.
    `visible` is its text, `squeezed` the same without blanks, so that a word parted by tags is one word.
    """

    url: str
    text: str
    tree: LexborHTMLParser
    charset: Charset
    fetched_on: date
    title: str
    metas: dict[str, str] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()
    visible: str = ""
    squeezed: str = ""

    def absolute(self, href: str) -> str:
        """An address of the page in full, without fragment; empty for what is no address."""
        href = (_BREAKS.sub("", href) if "\n" in href or "\t" in href or "\r" in href else href).strip()
        if not href or href.startswith("#") or (":" in href and href.lower().startswith(_SKIPPED_SCHEMES)):
            return ""
        if _PLAIN_PATH.fullmatch(href):
            return origin(self.url) + href
        try:
            pieces = urlsplit(urljoin(self.url, href))
            usable = bool(pieces.hostname) and (pieces.port is None or pieces.port > 0)  # a port may be out of range
        except ValueError:
            return ""
        if not usable:
            return ""
        return urlunsplit(pieces._replace(fragment="")) if pieces.scheme in ("http", "https") else ""

    def is_own(self, url: str) -> bool:
        """Whether an address is of this page's host."""
        return same_site(self.url, url)


@functools.lru_cache(maxsize=256)
def origin(url: str) -> str:
    """Scheme and host of an address."""
    pieces = urlsplit(url)
    return f"{pieces.scheme}://{pieces.netloc}"


def read_page(capture: Capture) -> Page:
    """The page of a capture."""
    text, charset = decoded(capture.body, capture.header("content-type"))
    return page_of(text, capture.final_url, capture.fetched_on, charset)


def page_of(text: str, url: str, fetched_on: date, charset: Charset | None = None) -> Page:
    """The page of a text."""
    tree = LexborHTMLParser(text)
    metas: dict[str, str] = {}
    for node in tree.css("meta"):
        attributes = node.attributes
        name = (attributes.get("name") or attributes.get("property") or "").strip().lower()
        content = (attributes.get("content") or "").strip()
        if name and content:
            metas.setdefault(name, content)
    head = tree.css_first("title")
    base = tree.css_first("base[href]")
    if base:
        url = urljoin(url, base.attributes.get("href") or "")
    title = " ".join(head.text().split()) if head else ""
    scripts = tuple(s for n in tree.css("script[src]") if (s := n.attributes.get("src")))
    tree.strip_tags(["script", "style"])
    visible = tree.body.text(deep=True, separator=" ") if tree.body else ""
    return Page(
        url=url, text=text, tree=tree, charset=charset or Charset("", "utf-8", 0), fetched_on=fetched_on, title=title,
        metas=metas, scripts=scripts, visible=visible, squeezed="".join(visible.split()),
    )  # fmt: skip


def filled_elsewhere(page: Page) -> str:
    """Why the list of the page is surely filled by something we do not run; empty where nothing says so."""
    if re.search(r"<frameset\b", page.text, re.IGNORECASE):
        return "页面用框架嵌入"
    if commented_lists(page):
        return "列表在注释中"
    return next((reason for reason, expression in _FILLED if expression.search(page.text)), "")


def hidden_content(page: Page) -> str:
    """Why a browser may show more than the static page; empty where nothing hints at that."""
    certain = filled_elsewhere(page)
    text = page.text
    if text.count("document.write") <= _MANY_WRITTEN:
        text = _MARKS_WRITTEN.sub("", text)
    return certain or next((reason for reason, expression in _MAYBE_FILLED if expression.search(text)), "")


def commented_lists(page: Page) -> list[str]:
    """Comments of the page that hold list rows: a script may open them, and what they hold is not what visitors see."""
    comments = between(page.text, "<!--", "-->")
    return [c for c in comments if (row := _ROW.search(c)) and _LINK.search(c, row.end())]


def written_by_script(page: Page) -> str:
    """What `document.write(unescape("%3C…"))` would write: footers and emblems often come so."""
    return " ".join(
        unquote_plus(m[1].replace("+", "%2B"))
        for m in re.finditer(r"unescape\(\s*[\"']([^\"']{1,4000})[\"']", page.text)
    )


def locator(node: LexborNode) -> str:
    """A CSS path to a node: short, and the same for the same page."""
    steps: list[str] = []
    current: LexborNode | None = node
    while current is not None and current.tag not in ("html", "-document", "-undef") and len(steps) < 12:
        tag = current.tag or ""
        identity = current.attributes.get("id") if current.is_element_node else None
        if identity and re.fullmatch(r"[A-Za-z_][\w-]*", identity):
            steps.append(f"{tag}#{identity}")
            break
        place = 1
        before = current.prev
        while before is not None:
            place += before.tag == tag
            before = before.prev
        steps.append(f"{tag}:nth-of-type({place})")
        current = current.parent
    return " > ".join(reversed(steps))


_GATEWAYS = re.compile(r"(\.ipv6[\w.-]*|\.v6[\w-]*\.[\w.-]+)$")


def host_of(url: str) -> str:
    """The host of an address, lower case, without `www.`, without the suffix of a known kind of IPv6 gateway."""
    pieces = urlsplit(url)
    host = (pieces.hostname or "").lower()
    host = _GATEWAYS.sub("", host)
    port = f":{pieces.port}" if pieces.port and pieces.port not in (80, 443) else ""
    return host.removeprefix("www.") + port


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one host."""
    try:
        return host_of(one) == host_of(other)
    except ValueError:
        return False


def key_of(url: str) -> str:
    """An address for comparing: no scheme, no `www.`, no default port, no index file, no fragment, no trailing slash."""
    pieces = urlsplit(url)
    path = re.sub(r"/(index|default|home)\.(s?html?|jsp|php|aspx?)$", "/", pieces.path, flags=re.IGNORECASE)
    return host_of(url) + (path.rstrip("/") or "/") + (f"?{pieces.query}" if pieces.query else "")


_REFRESH = re.compile(r"url\s*=\s*['\"]?\s*([^'\"\s>]+)", re.IGNORECASE)
_LOCATION = re.compile(
    r"(?:window\.|top\.|self\.|document\.)?location(?:\.href)?\s*(?:=|\.replace\s*\(|\.assign\s*\()\s*['\"]([^'\"]+)['\"]"
)


def client_redirect(page: Page) -> str:
    """Where a page that holds next to nothing sends its visitor by meta refresh or script; empty where it does not."""
    body = page.tree.body
    if body is not None and (len(body.text(deep=True).strip()) > 200 or len(page.tree.css("a[href]")) > 5):
        return ""
    refresh = page.tree.css_first("meta[http-equiv=refresh i]")
    found = _REFRESH.search(refresh.attributes.get("content") or "") if refresh is not None else None
    found = found or _LOCATION.search(page.text)
    target = page.absolute(found[1]) if found else ""
    return target if target and key_of(target) != key_of(page.url) else ""


def frame_sources(page: Page) -> list[str]:
    """The addresses of the frames of a page that are of its own host."""
    nodes = page.tree.css("iframe[src],frame[src]")
    found = [page.absolute(node.attributes.get("src") or "") for node in nodes]
    return [url for url in found if url and page.is_own(url)]
