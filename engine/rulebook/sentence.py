"""A check as one plain Chinese sentence, for those who read the rules against the law."""

from __future__ import annotations

from hege.engine.rulebook import model
from hege.engine.rulebook.model import Check, Path, Relation, Selection
from hege.engine.rulebook.values import shown
from hege.engine.vocabulary import Kind, Vocabulary

_BOUND = {
    Relation.AT_LEAST: "超过（含）", Relation.MORE_THAN: "超过", Relation.AT_MOST: "不超过", Relation.LESS_THAN: "少于",
    Relation.IS: "为", Relation.IS_NOT: "不为", Relation.ONE_OF: "为", Relation.NONE_OF: "不为", Relation.INCLUDES: "含有",
}  # fmt: skip
_EVERY = {"day": "天", "workday": "个工作日", "week": "周", "month": "个月"}
_SPAN = {"week": "本周", "month": "本月", "quarter": "本季度", "year": "本年"}
_IGNORE = {"space": "空格", "width": "全半角", "punctuation": "标点", "case": "大小写"}


def sentence(check: Check, vocabulary: Vocabulary, row: Kind | None = None) -> str:
    """What a check says, without a full stop."""

    def say(part: Check) -> str:
        return sentence(part, vocabulary, row)

    def name(path: Path) -> str:
        return _name(path, vocabulary, row)

    match check:
        case model.NotUpdated(what=what, within=within):
            return f"{name(what)}不在监测时间点前{_shown(within)}内{_missing(check)}"
        case model.Compare(what=what, relation=relation, value=value):
            return f"{name(what)}{_BOUND[relation]}{_shown(value)}{_missing(check)}"
        case model.Differ(left=left, right=right, ignore=ignore):
            but = f"（不计{'、'.join(_IGNORE[i.value] for i in ignore)}）" if ignore else ""
            return f"{name(left)}与{name(right)}不一致{but}"
        case model.Absent(what=what):
            return f"没有{name(what)}"
        case model.Present(what=what):
            return f"有{name(what)}"
        case model.Elapsed(since=since, until=until, relation=relation, duration=duration):
            end = f"至{name(until)}（没有的计至监测时间点）" if until else "至监测时间点"
            return f"自{name(since)}{end}{_BOUND[relation]}{_shown(duration)}"
        case model.Some(of=of):
            return f"存在{_selected(of, vocabulary)}"
        case model.Count(of=of, relation=relation, number=number):
            return f"{'，以及'.join(_selected(s, vocabulary) for s in of)}，累计{_BOUND[relation]}{_shown(number)}个"
        case model.Ratio(of=of, relation=relation, share=share, enough=enough):
            whole = _selected(
                model.Selection(kind=of.kind, where=of.where, within=of.within, during=of.during), vocabulary
            )
            sample = f"（{_shown(enough.days)}天内每天不足{_shown(enough.per_day)}次的不作结论）" if enough else ""
            assert of.that is not None
            held = sentence(of.that, vocabulary, vocabulary.kinds[of.kind])
            return f"{whole}中，{held}的占比{_BOUND[relation]}{_shown(share)}{sample}"
        case model.Any(of=of):
            return "；或者".join(say(c) for c in of)
        case model.All(of=of):
            return "，并且".join(f"（{say(c)}）" if isinstance(c, model.Any) else say(c) for c in of)
        case model.Not(of=model.Some(of=of)):
            return f"没有{_selected(of, vocabulary)}"
        case model.Not(of=of):
            return f"并非“{say(of)}”"
        case model.Switch(value=value):
            return f"本地启用此条（{_shown(value)}）"
        case model.Fails(indicator=indicator):
            return f"指标{indicator}不合格"
        case model.Periods(every=every, within=within, that=that, relation=relation, number=number, in_a_row=run):
            how = f"连续{_shown(run)}" if run is not None else f"{_BOUND[relation]}{_shown(number)}"
            return f"{_SPAN[within.value]}内有{how}{_EVERY[every.value]}：{say(that)}"


def _shown(value: object) -> str:
    return f"${value.name}" if isinstance(value, model.Param) else shown(value)


def _missing(check: model.NotUpdated | model.Compare) -> str:
    if check.if_missing is None:
        return ""
    words = {model.Missing.TRUE: "不合格", model.Missing.FALSE: "合格", model.Missing.UNKNOWN: "待核"}
    return f"（未注明的视为{words[check.if_missing.then]}）"


def _name(path: Path, vocabulary: Vocabulary, row: Kind | None) -> str:
    kind = vocabulary.kinds[path.kind] if path.kind else row
    assert kind is not None
    extra = {"observed_at": "观测时间", "part": kind.part or "名称"}
    field = kind.field(path.field)
    label = field.zh if field else extra.get(path.field, path.field)
    if not path.kind:
        return label
    return f"{kind.zh}“{path.part}”的{label}" if path.part else f"{kind.zh}的{label}"


def _selected(selection: Selection, vocabulary: Vocabulary) -> str:
    kind = vocabulary.kinds[selection.kind]
    parts = [sentence(c, vocabulary, kind) for c in selection.where]
    if selection.within is not None or selection.during is not None:
        by = _name(Path("", selection.by or "observed_at"), vocabulary, kind)
        when = (
            f"监测时间点前{_shown(selection.within)}内"
            if selection.within is not None
            else _SPAN[selection.during.value]
        )  # type: ignore[union-attr]
        parts.insert(0, f"{by}在{when}")
    if selection.that is not None:
        parts.append(sentence(selection.that, vocabulary, kind))
    return f"{'、'.join(parts)}的{kind.zh}" if parts else kind.zh
