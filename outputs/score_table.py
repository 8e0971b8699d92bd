"""A score sheet and a ranking on a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hege.engine.ranking import Ranked
from hege.engine.result import AssetResult, Batch
from hege.engine.score import Score, next_steps, points
from hege.engine.text import Language, Text
from hege.outputs.score_rows import HEADER, Level, figures, gate, rows
from hege.outputs.terminal import Colour, aligned, painted
from hege.outputs.words import VERDICT

_INDENT = {Level.GROUP: "", Level.ITEM: "  ", Level.LINE: "    "}


def sheet(result: AssetResult, score: Score, language: Language, is_coloured: bool = False) -> str:
    """The whole sheet of one asset."""
    lines = [f"{result.asset.name}（{result.asset.id}） {score.title} {VERDICT[result.verdict].shown(language)}"]
    lines += [f"  {name} {value}" for name, value in figures(score, language)]
    told = list(rows(score, language))
    table = [
        [f"{_INDENT[r.level]}{r.name}", r.points, r.scored, r.arithmetic, r.unknown or r.facts] for r in told
    ]  # fmt: skip
    header = [HEADER[n].shown(language) for n in ("name", "points", "scored", "arithmetic", "facts")]
    first, *body = aligned([[_cut(c) for c in row] for row in [header, *table]], to_right=(1, 2))
    lines += ["", painted(first, Colour.SOFT, is_coloured)]
    for row, line in zip(told, body, strict=True):
        colour = Colour.OPEN if row.is_open else Colour.STRONG if row.level is Level.GROUP else None
        lines.append(painted(line, colour, is_coloured) if colour else line)
    lines += ["", *steps(score, language)]
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def _cut(cell: str, columns: int = 38) -> str:
    return cell if len(cell) <= columns else f"{cell[: columns - 1]}…"


def steps(score: Score, language: Language) -> Iterator[str]:
    """What to look at next, what narrows the interval most first."""
    found = next_steps(score)
    if not found:
        return
    yield Text(zh="下一步（按最多能收窄多少分排列）", en="next (by how much it narrows the interval at most)").shown(
        language
    )
    for number, step in enumerate(found, 1):
        narrows = "∞" if step.narrows is None else points(step.narrows)
        decides = Text(zh="，可定是否及格", en=", can settle the line").shown(language) if step.decides else ""
        items = "、".join(dict.fromkeys(item.title for item, _ in step.lines))
        yield f"  {number:>2}  {step.look_at}  {narrows}{Text(zh='分', en=' points').shown(language)}{decides}  {items}"


def ranking(batch: Batch, ranked: Sequence[Ranked], language: Language) -> str:
    """The scored assets of one batch in order."""
    header = [Text(zh=z, en=e).shown(language) for z, e in _RANKING]
    table = [
        [r.rank, r.result.asset.name, str(r.score.total or ""), str(r.score.score or ""), f"−{r.score.deducted}",
         gate(r.score, language).partition("；")[0], VERDICT[r.result.verdict].shown(language)]
        for r in ranked
    ]  # fmt: skip
    title = f"■ {batch.name} {batch.as_of}".replace("  ", " ")
    return "\n".join([title, *(line.rstrip() for line in aligned([header, *table], to_right=(0, 2, 3, 4)))]) + "\n"


_RANKING = (
    ("名次", "rank"),
    ("名称", "name"),
    ("总分", "total"),
    ("得分", "score"),
    ("扣分", "off"),
    ("及格线", "line"),
    ("结论", "verdict"),
)
