"""What indicators on trial would have done, for readers (indicator by indicator, in sentences) and for machines (JSON)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from hege.engine.result import Outcome, percent
from hege.engine.text import Language, Text
from hege.engine.trial import Trial, TrialBatch, Tried, Undecided
from hege.engine.wordnames import STATE
from hege.outputs.words import ASSET_KIND, FAILED, OUTCOME, VERDICT

NAMED = 3  # assets that are named for one reason
_REASON = {
    "no-fact": Text(zh="没有记录或记录不完整", en="facts are missing or incomplete"),
    "field-open": Text(zh="该填的没有填", en="a field is open"),
    "old-observation": Text(zh="观测过早，不能说明此后的情况", en="the observation is too old"),
    "future-date": Text(zh="日期晚于观测日", en="a date lies after its observation"),
    "facts-undecided": Text(zh="有的事实未能判定", en="single facts are undecided"),
    "sample-too-small": Text(zh="样本不足", en="the sample is too small"),
    "periods-open": Text(zh="有的周期未能判定", en="periods are undecided"),
    "indicator-open": Text(zh="所引指标待核", en="an indicator it refers to is undecided"),
    "score-open": Text(zh="评分未定", en="the score is open"),
    "calendar": Text(zh="工作日历未发布", en="the working-day calendar is not published"),
    **STATE,
}


def render(tried: Sequence[Tried], language: Language) -> str:
    """For each indicator every inspection it was on trial in, then all of them together."""
    lines: list[str] = []
    for id in dict.fromkeys(t.indicator for one in tried for t in one.trials):
        found = [(one, t) for one in tried for t in one.trials if t.indicator == id]
        lines.append(_heading(found[0][1], len(found)).shown(language))
        for one, trial in found:
            lines.append(f"  {one.inspection}  {one.title}".rstrip())
            lines += [f"    {line}" for b in trial.batches for line in _batch_lines(b, language)]
        lines.append(f"  {_together([t for _, t in found]).shown(language)}")
    return "\n".join([*lines, *(text.shown(language) for text in _notes(tried))]) + "\n"


def _heading(trial: Trial, times: int) -> Text:
    effect = FAILED[trial.effect]
    return Text(
        zh=f"■ {trial.title}（{trial.indicator}）：试行中，不计入结论；假如作为{effect.zh}施行，{times}次检查的情况如下",
        en=f"■ {trial.title} ({trial.indicator}): on trial, not counted; had it counted ({effect.en}) in {times} inspection{'s'[: times != 1]}",
    )


def _batch_lines(batch: TrialBatch, language: Language) -> Iterator[str]:
    kind = ASSET_KIND[batch.kind]
    named = f"“{batch.name}”" if batch.name else ""
    counts = [(OUTCOME[o], batch.outcomes[o]) for o in OUTCOME if o in batch.outcomes]
    turned = len(batch.turned)
    yield Text(
        zh=f"{kind.zh}{named}，监测时间点{batch.as_of}：共{batch.total}个，"
        + "，".join(f"{word.zh}{n}个" for word, n in counts)
        + (f"；{turned}个的结论会改变" if turned else "；没有结论会改变"),
        en=f"{kind.en} {named} as of {batch.as_of}: {batch.total}, ".replace("  ", " ")
        + ", ".join(f"{word.en} {n}" for word, n in counts)
        + (f"; {turned} verdict{'s'[: turned != 1]} would turn" if turned else "; no verdict would turn"),
    ).shown(language)
    for change in batch.turned:
        name = "  ".join(w for w in (change.asset, change.name, change.platform) if w)
        old, new = VERDICT[change.old], VERDICT[change.new]
        told = Text(zh=f"{name}：{old.zh} → {new.zh}", en=f"{name}: {old.en} → {new.en}").shown(language)
        yield f"  {told}  {change.text}".rstrip()
    for why in batch.undecided:
        yield f"  {_undecided(why).shown(language)}"


def _undecided(why: Undecided) -> Text:
    reason, more = _REASON.get(why.code, Text(zh=why.code, en=why.code)), len(why.assets) - NAMED
    names = "、".join(why.assets[:NAMED])
    return Text(
        zh=f"待核{len(why.assets)}个，因为{reason.zh}：{names}{'等' if more > 0 else ''}",
        en=f"{len(why.assets)} unknown, {reason.en}: {', '.join(why.assets[:NAMED])}{f' and {more} more' if more > 0 else ''}",
    )


def _together(trials: Sequence[Trial]) -> Text:
    """All inspections of one indicator in one sentence: whose verdict turns how often, and how much was left open."""
    counts: Counter[Outcome] = Counter()
    turned: Counter[str] = Counter()
    for batch in (b for t in trials for b in t.batches):
        counts.update(batch.outcomes)
        turned.update({c.asset for c in batch.turned})
    asked = sum(n for o, n in counts.items() if o not in (Outcome.NOT_APPLICABLE, Outcome.NOT_IN_FORCE))
    failed, unknown = counts[Outcome.FAIL], counts[Outcome.UNKNOWN]
    share = percent(unknown, asked) or "0.0%"
    turn = Text(
        zh=f"{len(turned)}个网站或账号的结论会改变" if turned else "没有结论会改变",
        en=f"the verdict of {len(turned)} would turn" if turned else "no verdict would turn",
    )
    again = sum(n > 1 for n in turned.values())
    return Text(
        zh=f"合计：判定{asked}项次，不合格{failed}，待核{unknown}（{share}）；{turn.zh}"
        + (f"，其中{again}个不止一次" if again else ""),
        en=f"together: asked {asked} times, {failed} fail, {unknown} unknown ({share}); {turn.en}"
        + (f", of {again} more than once" if again else ""),
    )


def _notes(tried: Sequence[Tried]) -> Iterator[Text]:
    """What a reader must know of the inspections themselves."""
    none = [one.inspection for one in tried if not one.trials]
    if none:
        yield Text(
            zh=f"没有试行指标的检查{len(none)}次：{'、'.join(none)}",
            en=f"nothing was on trial in {len(none)}: {', '.join(none)}",
        )
    other = [one.inspection for one in tried if one.as_recorded is False]
    if other:
        yield Text(
            zh=f"重做结果与记录不同的检查：{'、'.join(other)}；请先运行hege replay查明",
            en=f"run again these differ from what was recorded: {', '.join(other)}; see hege replay",
        )


def to_json(tried: Sequence[Tried]) -> str:
    """The same as data: every inspection with its trials."""
    document = {
        "schema": "hege/trial/1",
        "inspections": [
            {
                "inspection": one.inspection,
                "title": one.title,
                "as_recorded": one.as_recorded,
                "trials": [
                    {
                        "indicator": t.indicator, "title": t.title, "effect": t.effect.value,
                        "batches": [_batch_document(b) for b in t.batches],
                    }
                    for t in one.trials
                ],
            }
            for one in tried
        ],
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _batch_document(batch: TrialBatch) -> dict[str, object]:
    return {
        "name": batch.name, "kind": batch.kind.value, "as_of": batch.as_of.isoformat(), "total": batch.total,
        "outcomes": {o.value: n for o, n in batch.outcomes.items()},
        "undecided": [{"code": u.code, "assets": list(u.assets)} for u in batch.undecided],
        "turned": [
            {
                "asset": c.asset, "name": c.name, "platform": c.platform,
                "old": c.old.value, "new": c.new.value, "text": c.text,
            }
            for c in batch.turned
        ],
    }  # fmt: skip
