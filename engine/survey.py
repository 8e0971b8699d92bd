"""What a person has to answer about an asset, and samples that anyone can draw again.

Owns the questions that a rulebook asks through `survey` facts, and the draw. Forms are `outputs.survey_form`, reading
them back is `collectors.survey_form`.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from hege.engine.evaluation import evaluated
from hege.engine.evaluation.view import View
from hege.engine.facts import Facts
from hege.engine.result import AssetResult, Outcome
from hege.engine.rulebook import model
from hege.engine.rulebook.model import AssetKind, Effect, Indicator, Line, Path, Rulebook, Version
from hege.engine.rulebook.references import fact_kinds
from hege.engine.vocabulary import Vocabulary


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One survey item: what is asked, under which clause, where to look, and the sample it is asked of.

    `asked_by` names the indicators, and of items the lines (`INDICATOR/LINE`), that look at the answer. `counts`: the answer comes with a number; `earns`: the number counts what earns points, not what is wrong.
    """

    item: str
    asked_by: tuple[str, ...]
    title: str
    clause: str
    question: str
    look: str = ""
    of: str = ""
    number: int = 0
    counts: bool = False
    earns: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A sample: by which seed, out of how many, and which parts; all of them where there are fewer than asked."""

    seed: str
    frame: int
    sample: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question to be put about one asset."""

    question: Question
    drawn: Drawn | None


def draw(frame: Sequence[str], number: int, seed: str) -> Drawn:
    """So many of a frame, in the order of SHA-256 of seed and part: the same wherever and whenever it is drawn."""
    parts = sorted(set(frame))

    def place(part: str) -> str:
        return hashlib.sha256(f"{seed}\n{part}".encode()).hexdigest()

    return Drawn(seed=seed, frame=len(parts), sample=tuple(sorted(parts, key=place)[:number]))


def questions(rulebook: Rulebook, kind: AssetKind, day: date) -> tuple[Question, ...]:
    """Every survey item that the indicators in force ask for, once, in rulebook order."""
    found: dict[str, Question] = {}
    for indicator, version in evaluated(rulebook, kind, day):
        for question in _asked_by(indicator, version) if version is not None else ():
            known = found.get(question.item)
            found[question.item] = question if known is None else dataclasses.replace(
                known, counts=known.counts or question.counts, asked_by=known.asked_by + question.asked_by
            )  # fmt: skip
    return tuple(found.values())


def _asked_by(indicator: Indicator, version: Version) -> Iterator[Question]:
    for line in version.lines:
        yield from _of_line(indicator, line)
    for part in dict.fromkeys(
        p.part for p in _paths((version.fail_when, version.applies_when, version.sheet)) if p.part
    ):
        law = version.law
        yield Question(
            item=part, asked_by=(indicator.id,), title=indicator.title, clause=f"{law.document} {law.clause}",
            question=f"{indicator.title}：{law.quote or law.note}",
        )  # fmt: skip


def _of_line(indicator: Indicator, line: Line) -> Iterator[Question]:
    paths = list(_paths((line.when, line.times, line.each, line.share)))
    for part in dict.fromkeys(p.part for p in paths if p.part):
        ask = line.ask or model.Ask(question=line.law.quote)
        yield Question(
            item=part, asked_by=(f"{indicator.id}/{line.id}",), title=indicator.title, clause=f"{line.law.document} {line.law.clause}",
            question=ask.question, look=ask.look, of=ask.of, number=ask.number,
            counts=any(p.part == part and p.field == "count" for p in paths), earns=indicator.effect is Effect.BONUS,
        )  # fmt: skip


def of_line(line: Line) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The survey items that a line looks at, and the kinds of other facts."""
    said = (line.when, line.times, line.each, line.share)
    asked = dict.fromkeys(p.part for p in _paths(said) if p.part)
    return tuple(asked), tuple(dict.fromkeys(k for k in fact_kinds(said) if k not in ("survey", "asset")))


def _paths(item: object) -> Iterator[Path]:
    """The survey items that a part of a rule looks at."""
    if isinstance(item, Path):
        if item.kind == "survey":
            yield item
    elif isinstance(item, tuple):
        for part in item:
            yield from _paths(part)
    elif dataclasses.is_dataclass(item) and not isinstance(item, type):
        for f in dataclasses.fields(item):
            yield from _paths(getattr(item, f.name))


# ---- one asset -----------------------------------------------------------------------------------------------------


def still_open(
    result: AssetResult, asked: Sequence[Question], facts: Facts, vocabulary: Vocabulary, day: date, seed: str
) -> tuple[Asked, ...]:
    """What nobody has answered yet of what is asked about an asset, each with its sample.

    The frame of a sample is what is recorded of the kind on that day; with nothing recorded there is none to draw from.
    """
    view = View(facts, vocabulary, day)
    answered = _parts(view, "survey", result.asset.id, known_only=True)
    checked = _checked(result)
    return tuple(
        Asked(question=q, drawn=_sample(view, result.asset.id, q, seed))
        for q in asked
        if q.item not in answered and not checked.isdisjoint(q.asked_by)
    )


def _sample(view: View, asset: str, question: Question, seed: str) -> Drawn | None:
    if not question.of or not question.number:
        return None
    # One seed for all questions of one frame: what is asked of 5 services is asked of the same 5.
    return draw(_parts(view, question.of, asset), question.number, f"{seed}/{asset}/{question.of}")


def _parts(view: View, kind: str, asset: str, *, known_only: bool = False) -> list[str]:
    rows = view.rows(kind).filter(view.rows(kind)["asset"] == asset)
    if known_only:
        rows = rows.filter(rows["state"] == "known")
    found: list[str] = rows["part"].to_list()
    return found


def _checked(result: AssetResult) -> set[str]:
    """What is checked of the asset: indicators that apply or may, and the lines of its score sheet that do."""
    found = {f.indicator for f in result.findings if f.outcome not in (Outcome.NOT_APPLICABLE, Outcome.NOT_IN_FORCE)}
    for item in result.score.items if result.score is not None else ():
        if item.outcome is not Outcome.NOT_APPLICABLE:
            found |= {f"{item.indicator}/{line.id}" for line in item.lines if line.applies is not False}
    return found
