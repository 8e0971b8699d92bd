"""What writers write instead of the words of the language, and what a missing key looks like when it is there.

Owns the words only; `yamlnodes.Reading` offers them where a word is unknown or a key is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from hege.engine.errors import nearest

# Official terms and the symbols of other languages, each with the words it may stand for here.
_MEANT = {
    "单项否决": ("veto",), "否决": ("veto",), "提示": ("remark",), "扣分": ("{deduct: 5}", "deduct"), "减分": ("{deduct: 5}", "deduct"),
    "加分": ("{bonus: 2}", "bonus"), "处置": ("{escalate: 通报}", "escalate"), "通报": ("{escalate: 通报}",), "关停": ("{escalate: 通报}",),
    "网站": ("site",), "政府网站": ("site",), "website": ("site",), "账号": ("account",), "新媒体": ("account",), "政务新媒体": ("account",),
    "起草": ("draft",), "草案": ("draft",), "试行": ("trial",), "施行": ("in_force",), "生效": ("in_force",), "active": ("in_force",),
    "废止": ("repealed",), "收紧": ("tighten",), "放宽": ("loosen",), "不变": ("same",),
    "合格": ("pass",), "不合格": ("fail",), "待核": ("unknown", "undetermined"), "豁免": ("exempt",), "不适用": ("not_applicable",), "未施行": ("not_in_force",),
    ">=": ("at_least",), "≥": ("at_least",), ">": ("more_than",), "<=": ("at_most",), "≤": ("at_most",), "<": ("less_than",),
    "=": ("is",), "==": ("is",), "!=": ("is_not",), "≠": ("is_not",), "in": ("one_of",), "equals": ("is",), "min": ("at_least",), "max": ("at_most",),
    "超过": ("more_than",), "不少于": ("at_least",), "至少": ("at_least",), "不超过": ("at_most",), "至多": ("at_most",), "少于": ("less_than",),
    "and": ("all",), "or": ("any",), "且": ("all",), "或": ("any",), "非": ("not",), "not_in": ("none_of",), "stale": ("not_updated",), "missing": ("absent",), "exists": ("present",),
    "天": ("day",), "日": ("day",), "周": ("week",), "月": ("month",), "季": ("quarter",), "季度": ("quarter",), "年": ("year",), "工作日": ("workday",),
    "number_of": ("count",), "set": ("params",), "percentage": ("ratio",), "percent": ("ratio",),
}  # fmt: skip

EXAMPLES = {
    "schema": "schema: indicators/1",
    "pack": "pack: cn/省/市",
    "title": "title: 内容不更新",
    "indicators": "indicators: [...]",
    "id": "id: account.stale",
    "applies_to": "applies_to: {kind: site}",
    "effect": "effect: veto",
    "from": "from: 2024-01-01",
    "until": "until: 2024-12-31",
    "law": "law: {document: 文件名, clause: 条款, quote: 原文, verified: verbatim}",
    "document": "document: 国办秘函〔2019〕19号",
    "fail_when": "fail_when: {not_updated: {what: home.newest, within: 14d}}",
    "direction": "direction: tighten",
    "reason": "reason: 升级改版",
    "approved_by": "approved_by: 市政府办公室",
    "what": "what: home.newest",
    "within": "within: 14d",
    "of": "of: {each: column}",
    "each": "each: column",
    "at": "at: 2024-02-23",
}
"""Keys as they look when they are there."""


def meant(word: str, known: Sequence[str]) -> str | None:
    """The known word that a writer most likely means by another one."""
    for guess in (word, word.strip().lower()):
        for one in _MEANT.get(guess, ()):
            if one in known:
                return one
    return nearest(word, known)


def closest(word: str, known: Sequence[str], most: int) -> list[str]:
    """The known words, only those closest to a mistyped one where there are very many."""
    return list(known) if len(known) <= most else get_close_matches(word, known, n=12, cutoff=0.0)
