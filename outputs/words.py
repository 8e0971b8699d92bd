"""What readers are told things are called: verdicts, outcomes, figures, kinds of facts, their fields and values.

Words only, in Chinese and English; statements made of them are in `statements`. Names of facts follow the vocabulary.
"""

from __future__ import annotations

from datetime import date, datetime, time

from hege.engine.dates import SHANGHAI
from hege.engine.facts import NONE
from hege.engine.result import FieldValue, Outcome, Verdict
from hege.engine.rulebook.model import AssetKind, Effect, Status, Verified
from hege.engine.text import Language, Text
from hege.engine.vocabulary import load_vocabulary
from hege.engine.wordnames import FIELD_WORDS

ASSET_KIND = {
    AssetKind.SITE: Text(zh="政府网站", en="Government websites"),
    AssetKind.ACCOUNT: Text(zh="政务新媒体", en="New-media accounts"),
}
VERDICT = {
    Verdict.PASS: Text(zh="合格", en="passed"),
    Verdict.FAIL: Text(zh="不合格", en="failed"),
    Verdict.UNDETERMINED: Text(zh="待核", en="undetermined"),
    Verdict.EXEMPT: Text(zh="豁免", en="exempt"),
}
OUTCOME = {
    Outcome.FAIL: Text(zh="不合格", en="fails"),
    Outcome.UNKNOWN: Text(zh="待核", en="unknown"),
    Outcome.EXEMPT: Text(zh="豁免", en="exempt"),
    Outcome.PASS: Text(zh="合格", en="passes"),
    Outcome.NOT_APPLICABLE: Text(zh="不适用", en="not applicable"),
    Outcome.NOT_IN_FORCE: Text(zh="未施行", en="not in force"),
}
"""In the order in which a reader wants them."""
FAILED = {
    Effect.VETO: Text(zh="单项否决", en="veto"),
    Effect.DEDUCT: Text(zh="扣分", en="points off"),
    Effect.BONUS: Text(zh="加分", en="bonus"),
    Effect.SCORE: Text(zh="评分", en="score"),
    Effect.REMARK: Text(zh="提示", en="remark"),
    Effect.ESCALATE: Text(zh="处置", en="step"),
}
STATUS = {
    Status.DRAFT: Text(zh="草案", en="draft"),
    Status.TRIAL: Text(zh="试行", en="on trial"),
    Status.IN_FORCE: Text(zh="施行", en="in force"),
    Status.REPEALED: Text(zh="废止", en="repealed"),
}
VERIFIED = {
    Verified.VERBATIM: Text(zh="引文与原文核对一致", en="quote compared with the original"),
    Verified.TWO_SOURCES: Text(zh="引文经两个来源印证，待与原文核对", en="quote from two sources, not the original"),
    Verified.VENDOR_TRANSCRIPTION: Text(
        zh="引文系转录，待与原文核对", en="quote from a transcription, not the original"
    ),
    Verified.LOCAL_NOTICE: Text(zh="见于地方通报，待与原文核对", en="known from a local notice, not the original"),
    Verified.DAMAGED: Text(zh="所见文本有残缺，待与原文核对", en="quote from a damaged copy, not the original"),
}
SECTION = {
    "fail": Text(zh="不合格", en="Failed"),
    "undetermined": Text(zh="待核，须人工查清", en="Undetermined, a person has to look"),
    "exempt": Text(zh="豁免", en="Exempt"),
    "remarks": Text(zh="提示，不影响结论", en="Remarks, no effect on the verdict"),
    "steps": Text(zh="达到的处置步骤", en="Steps reached"),
    "open_steps": Text(zh="是否达到处置步骤待核", en="Steps that may be reached"),
    "alarms": Text(
        zh="两种判定不一致，下列结论暂缓，须报维护者查明",
        en="the two judgements differ: these verdicts are withheld until the maintainers know why",
    ),
}
LABEL = {
    "law": Text(zh="依据", en="law"),
    "arithmetic": Text(zh="计算", en="arithmetic"),
    "unknown": Text(zh="待核", en="unknown"),
    "waiver": Text(zh="报备", en="waiver"),
    "facts": Text(zh="事实", en="facts"),
}
BREAKDOWN = {
    "district": Text(zh="辖区", en="district"),
    "category": Text(zh="类别", en="category"),
    "platform": Text(zh="平台", en="platform"),
}
COLUMN = {
    "name": Text(zh="名称", en="name"),
    **BREAKDOWN,
    "code": Text(zh="标识码", en="code"),
    "owner": Text(zh="开设主体", en="owner"),
    "url": Text(zh="网址", en="address"),
    "verdict": Text(zh="检查结果", en="verdict"),
    "text": Text(zh="情况", en="what is said"),
    "total": Text(zh="总数", en="total"),
    "rate": Text(zh="合格率", en="pass rate"),
    "source": Text(zh="来源", en="source"),
}
"""Heads of the columns of lists and figures."""
RELATION = {
    "at_least": Text(zh="达到", en="at least"),
    "more_than": Text(zh="超过", en="more than"),
    "at_most": Text(zh="不超过", en="at most"),
    "less_than": Text(zh="少于", en="less than"),
}
FIGURE = {
    "newest": Text(zh="最新日期", en="newest"),
    "window_start": Text(zh="窗口起始日", en="window starts"),
    "window_end": Text(zh="窗口截止日", en="window ends"),
    "count": Text(zh="计数", en="count"),
    "unknown": Text(zh="未能判定", en="undecided"),
    "total": Text(zh="总数", en="total"),
    "limit": Text(zh="界限", en="limit"),
    "numerator": Text(zh="计入", en="counted"),
    "denominator": Text(zh="总次数", en="of"),
    "share": Text(zh="占比界限", en="limit of the share"),
    "periods": Text(zh="周期数", en="periods"),
    "which": Text(zh="所计周期的截止日", en="ends of the periods counted"),
    "run": Text(zh="最长连续", en="longest run"),
    "from": Text(zh="起", en="from"),
    "to": Text(zh="止", en="to"),
    "value": Text(zh="所见", en="found"),
}
"""The figures of `Finding.arithmetic`, in the order in which they are told."""

_NUMERALS = "零一二三四五六七八九"


def numbered(number: int, language: Language, within: int | None = None) -> str:
    """The number before a heading: 一、 and （一） below it; 1 and 1.1 in English."""
    if language is Language.EN:
        return f"{within}.{number}  " if within else f"{number}  "
    return f"（{numeral(number)}）" if within else f"{numeral(number)}、"


def numeral(number: int) -> str:
    """A number below 100 in Chinese."""
    tens, ones = divmod(number, 10)
    if number < 10:
        return _NUMERALS[number]
    return f"{_NUMERALS[tens] if tens > 1 else ''}十{_NUMERALS[ones] if ones else ''}"


def fact_name(kind: str, language: Language) -> str:
    """What a kind of fact is called."""
    known = load_vocabulary().kind(kind)
    return known.zh if known and language is Language.ZH else kind


def part_name(kind: str, language: Language) -> str:
    """What a part of that kind of fact is: a column, a menu, a survey item; empty where facts have no parts."""
    known = load_vocabulary().kind(kind)
    if known is None or not known.part:
        return ""
    return known.part if language is Language.ZH else "part"


def field_name(kind: str, field: str, language: Language) -> str:
    """What a field of a kind of fact is called, with its unit."""
    known = load_vocabulary().kind(kind)
    found = known.field(field) if known else None
    if found is None or language is Language.EN:
        return field
    return f"{found.zh}（{found.unit}）" if found.unit else found.zh


def value_shown(kind: str, field: str, value: FieldValue, language: Language) -> str:
    """A field's value as a person reads it; `none` is something looked for and not there."""
    if isinstance(value, tuple):
        return "、".join(value) or plain(NONE, language)
    words = FIELD_WORDS.get(f"{kind}.{field}", {})
    if isinstance(value, str) and value in words:
        return words[value].shown(language)
    return plain(value, language)


def plain(value: FieldValue, language: Language) -> str:
    """A value without its field: truth in words, time of Shanghai to the second where it has one."""
    if value is True or value is False:
        return (Text(zh="是", en="yes") if value else Text(zh="否", en="no")).shown(language)
    if value is None or value == NONE:
        return Text(zh="无", en="none").shown(language)
    return moment(value) if isinstance(value, date) else str(value)


def moment(value: date) -> str:
    """A day, or a time of Asia/Shanghai; midnight is the day."""
    if not isinstance(value, datetime):
        return value.isoformat()
    local = value.astimezone(SHANGHAI)
    if local.time() == time():
        return local.date().isoformat()
    return local.strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
