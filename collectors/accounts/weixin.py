"""Article pages of WeChat accounts by known address: the day they were posted, whose they are, and what became of the account.

The visible time may say 昨天; the page's own epoch (`var ct`, `create_time`) does not.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import date

from hege.collectors.extracting.jsonlists import day_of

_EPOCH = re.compile(r"(?:var\s+ct|create_time|createTime|ori_create_time)\s*[=:]\s*[\"']?(\d{10})")
_NAME = re.compile(
    r"var\s+nickname\s*=\s*(?:htmlDecode\()?[\"']([^\"']+)[\"']|class=\"[^\"]*profile_nickname[^\"]*\"[^>]*>\s*([^<]+)<|id=\"js_name\"[^>]*>\s*([^<]+)<"
)
_ID = re.compile(r"var\s+(?:biz|__biz)\s*=\s*[\"']+([A-Za-z0-9+/=]{8,})[\"']")
_OWNER = re.compile(
    r"(?:账号主体|帐号主体|principal_name|主体信息)\s*[\"']?\s*[:：=]?\s*[\"']?([\u4e00-\u9fa5（）()]{4,40})"
)
_COPYRIGHT = re.compile(r"copyright_stat\s*=\s*[\"']?(\d)|_copyright_stat\s*[:=]\s*[\"'](\d)")
_STATES = (
    ("迁移", re.compile(r"该公众号已迁移|公众号已迁移|transferTargetLink")),
    ("注销", re.compile(r"(?:该)?(?:帐号|账号|公众号)已(?:自主注销|系统注销|注销)|(?:帐号|账号)已被系统回收")),
    ("冻结", re.compile(r"(?:帐号|账号|公众号)已(?:被)?冻结")),
    ("屏蔽", re.compile(r"此(?:帐号|账号)已被屏蔽|(?:帐号|账号)已停止使用")),
)  # fmt: skip
_GONE = re.compile(r"该内容已被发布者删除|此内容因违规无法查看|此内容发送失败无法查看|该内容暂时无法查看")
_BLOCKED = re.compile(r"环境异常|完成验证后即可继续访问|请在微信客户端打开链接|请在微信中打开|操作频繁")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticlePage:
    """What an article page shows. `status` is what became of the account; empty: nothing did."""

    day: date | None
    name: str
    id: str
    owner: str
    status: str
    is_original: bool | None
    blocked: str
    gone: str
    quote: str


def read_article(text: str) -> ArticlePage:
    """What a page says."""
    epoch = _EPOCH.search(text)
    name = _NAME.search(text)
    id = _ID.search(text)
    owner = _OWNER.search(text)
    status = next((word for word, expression in _STATES if expression.search(text)), "")
    blocked, gone = _BLOCKED.search(text), _GONE.search(text)
    copyright = _COPYRIGHT.search(text)
    said = next((g for g in name.groups() if g), "") if name else ""
    return ArticlePage(
        day=day_of(epoch[1]) if epoch else None, name=html.unescape(said).strip(), id=id[1] if id else "",
        owner=owner[1] if owner else "", status=status,
        is_original=(copyright[1] or copyright[2]) == "1" if copyright else None,
        blocked=blocked[0] if blocked and not epoch else "", gone=gone[0] if gone else "",
        quote=epoch[0] if epoch else (gone or blocked or [status])[0],
    )  # fmt: skip
