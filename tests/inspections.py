"""A small inspection that holds everything a reader can be told, with names that no format likes."""

from __future__ import annotations

from datetime import date, datetime

from hege.engine.dates import SHANGHAI
from hege.engine.inspection import grouped
from hege.engine.result import (
    Asset,
    AssetResult,
    Batch,
    FactSeen,
    Finding,
    Inspection,
    Outcome,
    Previous,
    Reason,
    Verdict,
)
from hege.engine.rulebook.model import AssetKind, Effect, Law, PackId, Status, Verified
from hege.engine.text import Text

DAY = date(2024, 2, 23)
HOSTILE = (
    '=HYPERLINK("http://evil.example","点我")',
    "<script>alert('㐂𠮷')</script>&amp;",
    '逗号，引号"与\n换行\t制表',
    "👨‍👩‍👧 emoji e\u0301 \ue000",
)
"""Names that come back equal from every format that keeps text."""
STALE = Law(
    document="国办秘函〔2019〕19号",
    clause="单项否决·内容不更新",
    quote="监测时间点前2周内无更新",
    verified=Verified.VERBATIM,
)


def fact(kind: str, part: str = "", state: str = "known", **values: object) -> FactSeen:
    """A fact seen on the day; its id is made up."""
    return FactSeen(
        id=f"{len(kind) + 16 * len(part):016x}",
        kind=kind,
        part=part,
        observed_at=datetime(2024, 2, 23, 9, 30, tzinfo=SHANGHAI),
        state=state,
        values=values,  # type: ignore[arg-type]
    )


def finding(outcome: Outcome, text: str = "未发现问题", effect: Effect = Effect.VETO, **more: object) -> Finding:
    """A finding of `account.stale` unless told otherwise."""
    given: dict[str, object] = {
        "indicator": "account.stale",
        "title": "内容不更新",
        "status": Status.IN_FORCE,
        "clause": STALE,
        "version": date(2019, 4, 1),
    }
    return Finding(effect=effect, outcome=outcome, text=text, **given | more)  # type: ignore[arg-type]


FAILED = finding(
    Outcome.FAIL,
    "14天未更新",
    facts=(fact("feed", newest=date(2024, 2, 8), newest_original="none"),),
    arithmetic={"newest": "2024-02-08", "window_start": "2024-02-10", "window_end": "2024-02-23"},
)
OPEN = finding(
    Outcome.UNKNOWN,
    "待核：更新情况访问被拦截（需要登录）",
    facts=(fact("feed", state="blocked"),),
    reasons=(Reason(code="blocked", text=Text(zh="更新情况访问被拦截（需要登录）", en="feed is blocked (需要登录)")),),
)
EXEMPT = finding(
    Outcome.EXEMPT,
    "14天未更新",
    would_be=Outcome.FAIL,
    waiver="bb-1：机构改革期间暂停更新（市政府办公室）",
    arithmetic={"newest": "2024-01-31", "window_start": "2024-02-10", "window_end": "2024-02-23"},
)
REMARK = finding(
    Outcome.FAIL, "菜单打不开", Effect.REMARK, indicator="x.menu", title="菜单可用", arithmetic={"count": 1, "unknown": 2, "limit": 1}
)  # fmt: skip
STEP = finding(
    Outcome.FAIL, "当月累计提醒2次", Effect.ESCALATE, indicator="x.notice", title="累计提醒", consequence="通报"
)
OPEN_STEP = finding(
    Outcome.UNKNOWN, "待核：有1个周期未能判定", Effect.ESCALATE, indicator="x.close", title="连续未更新", consequence="关停",
    reasons=(Reason(code="periods-open", text=Text(zh="有1个周期未能判定", en="1 periods are undecided")),),
    arithmetic={"periods": 4, "count": 2, "run": 2, "unknown": 1, "limit": 3},
)  # fmt: skip
TRIAL = finding(
    Outcome.FAIL, "转载比例不足", indicator="x.trial", title="转载", status=Status.TRIAL, version=None, clause=None,
    arithmetic={"numerator": 3, "denominator": 8, "unknown": 0, "share": "50%"},
)  # fmt: skip
IDLE = finding(
    Outcome.NOT_IN_FORCE, "监测时间点未施行", indicator="x.idle", title="站点无法访问", clause=None, version=None
)


def result(id: str, name: str, verdict: Verdict, *findings: Finding, **more: object) -> AssetResult:
    """One asset's result."""
    asset = {k: more.pop(k) for k in ("platform", "owner", "district", "category", "url", "synthetic") if k in more}
    return AssetResult(
        asset=Asset(id=id, kind=AssetKind.ACCOUNT, name=name, **asset),  # type: ignore[arg-type]
        verdict=verdict,
        findings=findings,
        **more,  # type: ignore[arg-type]
    )


def small() -> Inspection:
    """Every verdict, a remark, a step, a step that may be reached, unnamed assets, an alarm, a sample, a printed rate."""
    results = (
        result(
            "a1", HOSTILE[0], Verdict.FAIL, FAILED, TRIAL, IDLE,
            problem="14天未更新", platform="微信", owner=HOSTILE[1], district="甲县", url="https://a1.example/?a=1&b=2",
        ),
        result("a2", HOSTILE[1], Verdict.UNDETERMINED, OPEN, platform="微信", district="甲县", url="javascript:alert(1)"),
        result("a3", HOSTILE[2], Verdict.EXEMPT, EXEMPT, platform="微博", district="乙县"),
        result(
            "a4", HOSTILE[3], Verdict.PASS, finding(Outcome.PASS), REMARK, STEP, OPEN_STEP,
            remark="菜单打不开", steps=("通报：当月累计提醒2次",), open_steps=("关停：待核：有1个周期未能判定",), platform="微博",
        ),
        *(result(f"b{n}", f"未列名账号{n}", Verdict.PASS, finding(Outcome.PASS), synthetic=True) for n in (1, 2, 3)),
    )  # fmt: skip
    return Inspection(
        title="某市2024年第一季度政务新媒体检查",
        jurisdiction="某市",
        issuer="某市人民政府办公室",
        packs=(PackId(id="x/y", title="某市检查指标", digest="ab" * 32),),
        rulebook_digest="cd" * 32,
        calendar_digest="ef" * 32,
        batches=(
            Batch(
                name="抽查",
                kind=AssetKind.ACCOUNT,
                as_of=DAY,
                assets=results,
                group=grouped(results),
                printed="57%",
                breakdowns={
                    "district": {"甲县": grouped(results[:2]), "乙县": grouped(results[2:3])},
                    "category": {},
                    "platform": {"微信": grouped(results[:2]), "微博": grouped(results[2:4])},
                },
            ),
        ),
        previous=(Previous(kind=AssetKind.ACCOUNT, pass_rate="60%", label="去年第四季度检查"),),
        rectify_by=date(2024, 3, 10),
        frames={"account": 70},
        alarms=("两种判定不一致，结论暂缓 / verdict withheld: \x1b[31mred\x1b[0m",),
    )
