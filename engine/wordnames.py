"""What the closed words of facts are called: what outputs print, and what case files may say in their place.

The words themselves are the vocabulary's; here are their names, since `ok` of a survey and `ok` of a probe are two things to a reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hege.engine.text import Text

STATE = {
    "unknown": Text(zh="未能查看", en="could not be seen"),
    "blocked": Text(zh="访问被拦截", en="access blocked"),
    "error": Text(zh="采集出错", en="collection failed"),
    "not_applicable": Text(zh="不适用", en="not applicable"),
}

FIELD_WORDS: Mapping[str, Mapping[str, Text]] = {
    "survey.answer": {
        "ok": Text(zh="未发现问题", en="ok"),
        "problem": Text(zh="有问题", en="problem"),
        "none": Text(zh="无此项", en="no such item"),
    },
    "probe.outcome": {
        "ok": Text(zh="正常", en="ok"),
        "slow": Text(zh="打开缓慢", en="slow"),
        "timeout": Text(zh="超时", en="timeout"),
        "dns_error": Text(zh="域名解析失败", en="DNS error"),
        "refused": Text(zh="连接被拒绝", en="refused"),
        "reset": Text(zh="连接被中断", en="reset"),
        "tls_error": Text(zh="加密连接失败", en="TLS error"),
        "http_error": Text(zh="返回错误页面", en="HTTP error"),
        "blocked": Text(zh="被拦截", en="blocked"),
        "probe_fault": Text(zh="监测点故障", en="fault of the probe"),
    },
    "link.outcome": {
        "ok": Text(zh="可用", en="ok"),
        "dead": Text(zh="打不开", en="dead"),
        "blocked": Text(zh="被拦截", en="blocked"),
    },
    "link.scope": {"home": Text(zh="首页", en="home page"), "other": Text(zh="其他页面", en="other pages")},
    "wording.severity": {
        "severe": Text(zh="严重", en="severe"),
        "general": Text(zh="一般", en="general"),
        "privacy": Text(zh="泄露个人信息", en="privacy"),
    },
}
"""English words of the vocabulary that an official reads in Chinese, by `kind.field`."""

STATE_NAMES = {
    **{text.zh: word for word, text in STATE.items()},
    "已知": "known", "已查看": "known", "未知": "unknown", "被拦截": "blocked", "出错": "error",
}  # fmt: skip
ASSET_KIND_NAMES = {
    "网站": "site", "政府网站": "site", "账号": "account", "新媒体": "account", "政务新媒体": "account", "政务新媒体账号": "account",
}  # fmt: skip


_BY_WORDS = {frozenset(of): {text.zh: word for word, text in of.items()} for of in FIELD_WORDS.values()}


def names_of(words: Sequence[str]) -> Mapping[str, str]:
    """The Chinese names of the words of a field, each with its word; nothing where the words are Chinese themselves."""
    return _BY_WORDS.get(frozenset(words), {})


def with_names(words: Sequence[str], names: Mapping[str, str]) -> str:
    """The words for a Chinese reader, each with its first name: ok（未发现问题）."""
    first = {word: name for name, word in reversed(list(names.items()))}
    return "、".join(f"{word}（{first[word]}）" if word in first else word for word in words)
