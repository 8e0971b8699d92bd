"""What the foot of a home page must show: codes, filings, the emblem, the 找错 entry with its own code, the address."""

from __future__ import annotations

import re

from hege.collectors.extracting.page import Page, filled_elsewhere, written_by_script
from hege.collectors.markup import without_unseen
from hege.collectors.observation import NONE, Observation, quoted

SITE_CODE = re.compile(r"^(\d{10}|bm\d{8})$")
_SITE_CODE = re.compile(r"网站标识码\s*[:：]?\s*(?:<[^>]+>\s*)*((?:bm)?\d{8,10})", re.IGNORECASE)
_ICP = re.compile(r"[\u4e00-\u9fa5]\s*ICP\s*[备证]\s*(?:第\s*)?\d{5,10}\s*号(?:\s*[-－—]\s*\d+)?", re.IGNORECASE)
_POLICE = re.compile(r"[\u4e00-\u9fa5]\s*公网安备\s*(?:第\s*)?\d{11,14}\s*号?")
_POLICE_CODE = re.compile(r"(?:recordcode|code)=(\d{14})")
_EMBLEM = re.compile(r"bszs\.conac\.cn|dcs\.conac\.cn|_ideConac", re.IGNORECASE)
_FIND_ERROR = re.compile(
    r"id\s*=\s*[\"']?_?jiucuo_?|jiucuo\.(?:js|html)|exposure/|check_web/errorInfo|pucha\.kaipuyun\.cn|zfwzzc\.www\.gov\.cn", re.IGNORECASE
)  # fmt: skip
_FIND_ERROR_CODE = re.compile(r"(?:sitecode\s*=\s*[\"']?|site_?code=)((?:bm)?\d{8,10})", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:单位|办公|联系)?地址\s*[:：]\s*([^<\n\r|]{4,60})")
_NEXT_LABEL = re.compile(r"\s+(?=[\u4e00-\u9fa5]{2,8}\s*[:：])")
_OWNER = re.compile(r"主办(?:单位)?\s*[:：]\s*([^\s<|,，；;：:]{4,40})")
_CONTACT = re.compile(r"(?:联系方式|联系电话|电话|邮箱|电子邮件)\s*[:：]\s*([\w.@()（）+-]{5,40}(?:\s?[-—转]\s?\d+)?)")
_PLACEHOLDER = re.compile(r"^(政府)?网站(标识码|名称)$")
_BLANK = re.compile(r"&nbsp;|&emsp;|&ensp;|\u3000|\xa0")
_INLINE_TAG = re.compile(r"</?(?:a|b|i|em|strong|span|font|img)\b[^<>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,500}>")
_EXTERNAL_FOOT = re.compile(
    r"<script[^<>]{1,200}src\s*=\s*[\"'][^\"'<>]{0,200}(foot|bottom|copyright|dibu)[^\"'<>]{0,200}[\"']", re.IGNORECASE
)


def footer(page: Page) -> Observation:
    """The `footer` observation. What is missing is open, not none, where a script may write the foot."""
    raw = page.text + " " + written_by_script(page)
    text = _visible(raw)
    may_be_elsewhere = bool(
        _EXTERNAL_FOOT.search(raw) or filled_elsewhere(page) or ("include" in raw and "shtml" in raw and "<!--#" in raw)
    )
    missing: object = None if may_be_elsewhere else NONE
    code = site_code(page)
    icp, police, address = _ICP.search(text), _POLICE.search(text) or _POLICE_CODE.search(raw), _ADDRESS.search(text)
    owner, contact = _OWNER.search(text), _CONTACT.search(text)
    entry = _FIND_ERROR.search(raw)
    own_code = _FIND_ERROR_CODE.search(raw) if entry else None
    fields: dict[str, object] = {
        "site_code": code or missing,
        "icp": _joined(icp[0]) if icp else missing,
        "police": _joined(police[0]) if police else missing,
        "address": _NEXT_LABEL.split(" ".join(address[1].split()))[0] if address else missing,
        "owner": owner[1] if owner else missing,
        "contact": contact[1].strip() if contact else missing,
        "emblem": bool(_EMBLEM.search(raw)) or (None if may_be_elsewhere else False),
        "find_error": bool(entry) or (None if may_be_elsewhere else False),
        "find_error_code": own_code[1].lower() if own_code else missing if not entry else None,
    }
    known = {name: value for name, value in fields.items() if value is not None}
    if not known:
        return Observation(kind="footer", state="unknown", reason="页脚由脚本写出", quote="")
    quote = " ".join(m[0] for m in (_SITE_CODE.search(text), icp, police, address) if m)
    return Observation(kind="footer", fields=known, locator="body", quote=quoted(quote))


def site_code(page: Page) -> str:
    """The identification code the foot prints, else the one in the meta; placeholders are none."""
    printed = _SITE_CODE.search(_visible(page.text + " " + written_by_script(page)))
    found = printed[1] if printed else page.metas.get("siteidcode", "")
    found = found.strip().lower()
    return found if SITE_CODE.match(found) and not _PLACEHOLDER.match(found) else ""


def _visible(raw: str) -> str:
    """The text without scripts and tags, each tag a blank, entities of blanks resolved."""
    bare = _BLANK.sub(" ", without_unseen(raw))
    return _TAG.sub("\n", _INLINE_TAG.sub(" ", bare))


def _joined(text: str) -> str:
    return re.sub(r"\s+", "", text).replace("－", "-").replace("—", "-")
