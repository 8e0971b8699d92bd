"""An indicator shown to a reader: sentence, law, values in force, and the file and line each came from."""

from __future__ import annotations

from datetime import date

from hege.engine.errors import InputError, Place, Problem, nearest
from hege.engine.rulebook.model import Indicator, Rulebook, Version
from hege.engine.rulebook.sentence import indicator_sentence, sentence
from hege.engine.rulebook.values import shown
from hege.engine.text import Language, Text
from hege.engine.vocabulary import load_vocabulary


def shown_indicator(book: Rulebook, id: str, day: date | None, language: Language) -> str:
    """The indicator with the version of a day, or with all its versions; raises InputError for an unknown id."""
    known = [i.id for i in book.indicators]
    if id not in known:
        near = nearest(id, known)
        hint = Text(
            zh=f"是否想写“{near}”？可用：{'、'.join(known)}", en=f"did you mean “{near}”? Known: {', '.join(known)}"
        )
        message = Text(zh=f"没有指标“{id}”", en=f"there is no indicator “{id}”")
        raise InputError([Problem(code="unknown-word", place=Place(file=id), message=message, hint=hint)])
    indicator = book.indicator(id)
    versions = indicator.versions if day is None else tuple(v for v in (indicator.at(day),) if v)
    lines = [f"{indicator.title}（{indicator.id}，{indicator.effect.value}，{indicator.status.value}）"]
    for version in versions:
        lines += ["", *_version(indicator, version, language)]
    if indicator.ends is not None:
        lines += [
            "",
            Text(zh=f"{indicator.ends}起由另一指标包接续", en=f"succeeded by another pack on {indicator.ends}").shown(
                language
            ),
        ]
    if not versions:
        lines.append(Text(zh="当日未施行", en="not in force on that day").shown(language))
    return "\n".join(lines)


def _version(indicator: Indicator, version: Version, language: Language) -> list[str]:
    def word(zh: str, en: str) -> str:
        return Text(zh=zh, en=en).shown(language)

    lines = [f"{version.start} {word('起', 'on')}"]
    if version.repealed:
        lines.append(f"  {word('停止适用', 'no longer in force')}")
    elif version.fail_when is not None:
        lines.append(f"  {word('不合格情形', 'fails when')}：{sentence(version.fail_when, load_vocabulary())}。")
    else:
        says = indicator_sentence(indicator, version, load_vocabulary(), language)
        lines.append(f"  {word('表述', 'says')}：{says}")
    law = version.law
    lines.append(f"  {word('依据', 'law')}：{law.document} {law.clause} “{law.quote}” [{law.verified.value}]")
    if law.note:
        lines.append(f"  {word('说明', 'note')}：{law.note}")
    for name, value in version.params.items():
        lines.append(f"  {name} = {shown(value)}{_origin(version, f'params.{name}')}")
    for line in version.lines:
        quoted = f"“{line.law.quote}” [{line.law.verified.value}]"
        lines.append(
            f"  {line.id}：{shown(line.points)}{word('分', ' points')} {quoted}{_origin(version, f'lines.{line.id}')}"
        )
    body = "fail_when" if version.fail_when is not None else "lines" if version.lines else "sheet"
    lines.append(f"  {word('条件出处', 'condition from')}{_origin(version, body)}")
    return lines


def _origin(version: Version, field: str) -> str:
    origin = version.origins.get(field)
    return f"  ← {origin.pack} {origin.place.file}:{origin.place.line}" if origin else ""
