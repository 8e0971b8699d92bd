"""The national tables as a page for policy officers: `python -m hege.outputs.scoring_guide > docs/scoring.zh.md`.

Made from the packs, so that clause, points and how well a text is known cannot differ from what is scored.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date

from hege.engine.rulebook.library import load_rulebook
from hege.engine.rulebook.model import AssetKind, Effect, Indicator, Line, Rulebook, Version
from hege.engine.rulebook.sentence import indicator_sentence
from hege.engine.survey import of_line
from hege.engine.vocabulary import Vocabulary, load_vocabulary
from hege.outputs.score_rows import KNOWN, points_of

_HEAD = """\
# 全国检查指标一览（供政策文件起草和检查人员使用）

*Policy officers' page: the national tables in Chinese, made from the packs by `python -m hege.outputs.scoring_guide`; a test keeps the two equal.*

- **条款**是原文措辞，**分值**是每次扣（得）的分，**怎样得到**说明hege从哪种事实判定；**谁来做**为“人工”的，由`hege survey new`生成检查表、`hege survey import`读回。
- **文本**说明这句话有几分把握：两个来源＝至少两个互不相干的来源一致；一份转录＝只见于一份转录，但各项分值合计与已公布的各组总分相符；残缺＝所见文本有损坏。与官网附件核对一次，即可把“一份转录”全部改为“已与原文核对”。
- 没有查到的不算合格也不算不合格：单项否决待核，得分为区间，区间下限达到及格线才算达到，上限低于及格线才算不合格。
- 各条规则相加，以本项分值为限；已由其他项扣分的栏目不重复扣分（按栏目类别`column.class`划分）。
- “监测时间点前2个月内”，3月1日即1月1日至3月1日，首尾都算；2周为14天，含当日。
"""


def render(day: date = date(2024, 1, 1)) -> str:
    """The page, with the tables in force on a day and those before them."""
    book, vocabulary = load_rulebook(["cn/2019-19"]), load_vocabulary()
    parts = [_HEAD, "## 一、国办秘函〔2019〕19号（2019年4月1日起）\n", *_table(book, vocabulary, day)]
    parts += ["## 二、国办发〔2015〕15号（至2019年3月31日）\n", *_table(book, vocabulary, date(2019, 3, 31))]
    return "\n".join(parts) + "\n"


def _table(book: Rulebook, vocabulary: Vocabulary, day: date) -> Iterator[str]:
    for kind, name in ((AssetKind.SITE, "政府网站"), (AssetKind.ACCOUNT, "政务新媒体")):
        vetoes = [
            (i, v)
            for i in book.indicators
            if i.effect is Effect.VETO and i.applies_to.kind is kind and (v := i.at(day))
        ]
        if vetoes:
            yield f"### {name}单项否决\n"
            yield "| 指标 | 原文 | hege怎样判定 | 文本 |\n|---|---|---|---|"
            for indicator, version in vetoes:
                said = indicator_sentence(indicator, version, vocabulary)
                yield _row(indicator.title, version.law.quote or "（原句未找到）", said, _known(version))
            yield ""
    for sheet, version in ((i, v) for i in book.indicators if i.effect is Effect.SCORE and (v := i.at(day))):
        assert version.sheet is not None
        yield f"### {sheet.title}\n"
        yield f"{version.law.quote}\n" if version.law.quote else f"{version.law.note}\n"
        yield f"{indicator_sentence(sheet, version, vocabulary)}\n"
        for effect in (Effect.DEDUCT, Effect.BONUS):
            for group in version.sheet.groups(effect):
                yield f"#### {'扣分' if effect is Effect.DEDUCT else '加分'}·{group.title}{f'（{group.points}分）' if group.points else ''}\n"
                yield "| 指标 | 上限 | 条款 | 分值 | 怎样得到 | 谁来做 | 文本 |\n|---|---|---|---|---|---|---|"
                for item in book.items(AssetKind.SITE, day, group.title, effect):
                    yield from _item(item, day, vocabulary)
                yield ""


def _item(item: Indicator, day: date, vocabulary: Vocabulary) -> Iterator[str]:
    version = item.at(day)
    assert version is not None
    cap = points_of(item.points) if item.points else "不限"
    if version.other_cap is not None:
        cap += f"（国务院部门{points_of(version.other_cap.points)}）"
    for number, line in enumerate(version.lines):
        source, who = _source(line, vocabulary)
        yield _row(
            item.title if number == 0 else "", cap if number == 0 else "", line.law.quote, points_of(line.points), source, who,
            KNOWN[line.law.verified].zh,
        )  # fmt: skip
    note = version.law.note if version.law.note and "核对一次即可确认" not in version.law.note else ""
    remark = "；".join(
        t
        for t in (
            version.law.quote if version.law.quote not in [item.title, *(n.law.quote for n in version.lines)] else "",
            note,
        )
        if t
    )
    if remark:
        yield _row("", "", f"注：{remark}", "", "", "", "")


def _source(line: Line, vocabulary: Vocabulary) -> tuple[str, str]:
    """From which facts a line is decided, and who gathers them."""
    asked, kinds = of_line(line)
    told = [f"人工检查“{part}”" for part in asked]
    told += [f"{vocabulary.kinds[k].zh}（{k}）" for k in kinds]
    sample = f"，抽{line.ask.number}个" if line.ask is not None and line.ask.number else ""
    who = "人工" if asked and not kinds else "采集或填报" if not asked else "采集加人工"
    return "、".join(told) + sample, who


def _known(version: Version) -> str:
    return KNOWN[version.law.verified].zh + (f"；{version.law.note}" if version.law.note else "")


def _row(*cells: str) -> str:
    return "| " + " | ".join(c.replace("|", "／").replace("\n", " ") for c in cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(render())
