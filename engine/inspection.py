"""An inspection, step by step: evaluate, judge, explain, group. Start reading here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import polars as pl

from hege.engine.byasset import ByAsset
from hege.engine.calendar import WorkingDays
from hege.engine.case import Case, PlannedBatch
from hege.engine.evaluation import findings
from hege.engine.evaluation.conditions import Conditions
from hege.engine.explanation import Explainer
from hege.engine.judgement import Found, Judge, make_judge
from hege.engine.result import Asset, AssetResult, Batch, Finding, Group, Inspection, Outcome, Verdict
from hege.engine.rulebook.model import AssetKind, Presentation, Rulebook
from hege.engine.scoring import Scorer
from hege.engine.sharing import Sharing
from hege.engine.vocabulary import Vocabulary

Progress = Callable[[int, int], None]
BREAKDOWNS = ("district", "category", "platform")


def inspect(
    case: Case,
    rulebook: Rulebook,
    vocabulary: Vocabulary,
    working_days: WorkingDays,
    progress: Progress = lambda done, total: None,
) -> Inspection:
    """The inspection of a case: every batch evaluated, judged and explained."""
    judge = make_judge(i.id for i in rulebook.indicators)
    total = sum(planned_assets(case, b).height for b in case.batches)
    done = 0
    batches = []
    for planned in case.batches:
        batch = _inspect_batch(case, planned, rulebook, vocabulary, working_days, judge)
        batches.append(batch)
        done += batch.group.total
        progress(done, total)
    return made(case, rulebook, working_days, batches, judge.alarms)


def made(
    case: Case, rulebook: Rulebook, working_days: WorkingDays, batches: Iterable[Batch], alarms: Iterable[str]
) -> Inspection:  # fmt: skip
    """The inspection that these batches are."""
    return Inspection(
        title=case.title,
        jurisdiction=case.jurisdiction,
        issuer=case.issuer,
        packs=rulebook.packs,
        rulebook_digest=rulebook.digest,
        calendar_digest=working_days.digest,
        batches=tuple(batches),
        previous=case.previous,
        rectify_by=case.rectify_by,
        frames=case.frames,
        alarms=tuple(alarms),
    )


def _inspect_batch(
    case: Case, planned: PlannedBatch, rulebook: Rulebook, vocabulary: Vocabulary, working_days: WorkingDays, judge: Judge
) -> Batch:  # fmt: skip
    conditions = Conditions(
        rulebook=rulebook, facts=case.facts, vocabulary=vocabulary, working_days=working_days,
        kind=planned.kind, day=planned.as_of,
    )  # fmt: skip
    rows = findings(conditions)
    explainer = Explainer(conditions)
    scorer = Scorer(explainer)
    results = tuple(
        _result(asset, rows, scorer, rulebook, judge) for asset, rows in _by_asset(planned_assets(case, planned), rows)
    )
    return batch_of(planned, results)


def batch_of(planned: PlannedBatch, results: tuple[AssetResult, ...]) -> Batch:
    """The batch that these results, by asset, are."""
    return Batch(
        name=planned.name,
        kind=planned.kind,
        as_of=planned.as_of,
        assets=results,
        group=grouped(results),
        printed=planned.printed,
        rated=planned.rated,
        breakdowns={name: _breakdown(results, name) for name in BREAKDOWNS},
    )


def planned_assets(case: Case, planned: PlannedBatch) -> pl.DataFrame:
    """The assets that a batch is about."""
    found = case.facts.assets.filter(pl.col("kind") == planned.kind.value)
    return found.filter(pl.col("category").is_in(planned.category)) if planned.category else found


def _by_asset(assets: pl.DataFrame, rows: pl.DataFrame) -> Iterable[tuple[Asset, list[Mapping[str, object]]]]:
    found, sharing = ByAsset(rows, "asset"), Sharing()
    for row in assets.sort("id").iter_rows(named=True):
        words = {name: sharing.one(word) for name, word in row.items() if name not in ("id", "kind", "name", "url")}
        asset = Asset(id=row["id"], kind=AssetKind(row["kind"]), name=row["name"], url=row["url"], **words)
        yield asset, found[row["id"]]


def _result(
    asset: Asset, rows: list[Mapping[str, object]], scorer: Scorer, rulebook: Rulebook, judge: Judge
) -> AssetResult:
    explained, explainer = [], scorer.explainer
    for row in rows:
        indicator = rulebook.indicator(str(row["indicator"]))
        if indicator.is_item:
            continue  # shown on the score sheet, not among the findings
        version = indicator.at(explainer.conditions.day) if row["version"] is not None else None
        would_be = Outcome(row["would_be"]) if row["would_be"] is not None else None
        explained.append(explainer.finding(asset.id, indicator, version, Outcome(row["outcome"]), would_be))
    score = scorer.score(asset.id, explained)
    if score is not None:
        explained = [scorer.told(f, score) if f.indicator == score.indicator else f for f in explained]
    judged = judge.judge(tuple(Found(f.indicator, f.effect, f.status, f.outcome, f.would_be) for f in explained))
    by_id = {f.indicator: f for f in explained}
    return AssetResult(
        asset=asset,
        verdict=judged.verdict,
        findings=tuple(explained),
        problem=_joined(rulebook.presentation, [by_id[i] for i in judged.failed]),
        remark=_joined(rulebook.presentation, [by_id[i] for i in judged.remarks]),
        steps=tuple(f"{by_id[i].consequence}：{by_id[i].text}" for i in judged.steps),
        open_steps=tuple(f"{by_id[i].consequence}：{by_id[i].text}" for i in judged.open_steps),
        score=score,
    )


def _joined(presentation: Presentation, told: list[Finding]) -> str:
    """Problem texts in the pack's order, each once."""

    def rank(finding: Finding) -> tuple[int, int]:
        if finding.indicator in presentation.first:
            return 0, presentation.first.index(finding.indicator)
        if finding.indicator in presentation.last:
            return 2, presentation.last.index(finding.indicator)
        return 1, 0

    return presentation.join.join(dict.fromkeys(f.text for f in sorted(told, key=rank)))


def grouped(results: Iterable[AssetResult]) -> Group:
    """Verdicts counted."""
    verdicts = [r.verdict for r in results]
    return Group(
        total=len(verdicts),
        passed=verdicts.count(Verdict.PASS),
        failed=verdicts.count(Verdict.FAIL),
        undetermined=verdicts.count(Verdict.UNDETERMINED),
        exempt=verdicts.count(Verdict.EXEMPT),
    )


def _breakdown(results: Iterable[AssetResult], name: str) -> dict[str, Group]:
    """Groups by a word of the asset, in the order of the words; assets without one are left out."""
    by_word: dict[str, list[AssetResult]] = {}
    for result in results:
        if word := getattr(result.asset, name):
            by_word.setdefault(word, []).append(result)
    return {word: grouped(by_word[word]) for word in sorted(by_word)}


def failing(inspection: Inspection, verdict: Verdict) -> bool:
    """Whether any asset got this verdict in a batch of its kind's newest monitoring day."""
    newest = {b.kind: b.as_of for kind in AssetKind if (b := inspection.latest(kind)) is not None}
    return any(r.verdict is verdict for b in inspection.batches if b.as_of == newest[b.kind] for r in b.assets)
