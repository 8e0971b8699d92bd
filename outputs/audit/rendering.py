"""What an audit of a notice found, for a reader and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from hege.engine.text import Language, Text
from hege.outputs.audit.checks import Check, Outcome
from hege.outputs.audit.published import Published
from hege.outputs.audit.signs import Sign
from hege.outputs.characters import one_line

_TITLE = {
    Outcome.DIFFERS: Text(zh="不符", en="differs"),
    Outcome.UNCHECKED: Text(zh="无法核对", en="cannot be checked"),
    Outcome.AGREES: Text(zh="相符", en="agrees"),
}
SHOWN = 60


def to_text(published: Published, checks: Sequence[Check], signs: Sequence[Sign], language: Language) -> str:
    """What differs first, then what cannot be checked, what agrees, and signs of tampering."""
    lines = [one_line(published.file)]
    for outcome, title in _TITLE.items():
        found = [c for c in checks if c.outcome is outcome]
        if found:
            lines += [
                "",
                f"{title.shown(language)} {len(found)}",
                *(line for c in found for line in _check(c, language)),
            ]
    if not checks:
        lines += ["", Text(zh="没有可以核对的数字", en="there are no figures to check").shown(language)]
    lines += ["", *_signs(signs, language)]
    return "\n".join(lines) + "\n"


def _check(check: Check, language: Language) -> Iterator[str]:
    yield f"  {_line(check.line, language)}  {one_line(check.about.shown(language))}"
    if check.outcome is Outcome.DIFFERS:
        yield f"      “{_short(check.quote)}”"


def _signs(signs: Sequence[Sign], language: Language) -> Iterator[str]:
    if not signs:
        yield Text(zh="未见篡改或损坏的迹象", en="no signs of tampering or damage").shown(language)
        return
    yield Text(zh="篡改或损坏的迹象（只提示，不影响核对）", en="Signs of tampering or damage (told, not judged)").shown(
        language
    )
    for sign in signs:
        times = Text(zh=f"{sign.count}处", en=f"{sign.count} times").shown(language)
        about = sign.about.shown(language)
        told = Text(zh=f"{about}（{times}）：", en=f"{about} ({times}): ").shown(language)
        yield f"  {_line(sign.line, language)}  {told}…{_short(sign.example)}…"


def _line(number: int, language: Language) -> str:
    return Text(zh=f"第{number}行", en=f"line {number}").shown(language)


def _short(text: str) -> str:
    kept = one_line(text)
    return kept if len(kept) <= SHOWN else kept[:SHOWN] + "…"


def to_json(published: Published, checks: Sequence[Check], signs: Sequence[Sign]) -> str:
    """The same as a document."""
    document = {
        "schema": "hege/notice-audit/1",
        "file": published.file,
        "checks": [
            {
                "code": c.code, "outcome": c.outcome.value, "line": c.line, "quote": c.quote, "zh": c.about.zh, "en": c.about.en,
            }
            for c in checks
        ],
        "signs": [
            {
                "code": s.code, "count": s.count, "line": s.line, "example": s.example, "zh": s.about.zh, "en": s.about.en,
            }
            for s in signs
        ],
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
