"""The commands for what only a person can judge: `hege survey new` and `hege survey import`.

What they need is imported when they run, so that help answers at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hege.engine.text import Text
from hege.service.arguments import as_of_option, packs, rules_option
from hege.service.bilingual import Command, Group, argument, chosen_language, language_option, option
from hege.service.endings import DONE, say
from hege.service.inspecting import at, case_argument, inspected, no_such_asset

if TYPE_CHECKING:
    from hege.collectors.survey_form import Form
    from hege.engine.case import Case


@click.group(
    "survey",
    cls=Group,
    about=Text(
        zh="只能由人判断的检查项：生成检查表，读回填好的检查表。",
        en="What only a person can judge: forms to fill in, and the filled-in forms read back.",
    ),
)
@language_option()
def survey_group() -> None:
    """The commands about surveys."""


@survey_group.command(
    "new",
    cls=Command,
    about=Text(
        zh="为每个网站、账号生成一份检查表（XLSX）：还没有答案的检查项、条款、到哪里看、抽到的样本。\n\n"
        "样本由种子决定，同一种子重抽结果相同；种子和抽样总体随答案一起记入事实。",
        en="Make a form (XLSX) for each asset: what is still unanswered, its clause, where to look, and the sample drawn.\n\n"
        "The seed decides the sample: drawn again it is the same. Seed and frame come back with the answers.",
    ),
)
@case_argument
@argument(
    "asset", nargs=-1, about=Text(zh="编号；不写时为所有要评分的网站。", en="Ids; else every website that is scored.")
)
@option(
    "--seed",
    required=True,
    metavar="TEXT",
    about=Text(zh="抽样种子，如2024-1。", en="Seed of the samples, such as 2024-1."),
)
@option("--out", required=True, metavar="DIR", about=Text(zh="放检查表的文件夹。", en="Folder for the forms."))
@as_of_option
@rules_option
@language_option()
@click.pass_context
def new_command(
    context: click.Context,
    case: str,
    asset: tuple[str, ...],
    seed: str,
    out: str,
    as_of: date | None,
    rules: tuple[str, ...],
) -> int:
    """Draws, writes the forms, says how many questions each has."""
    from hege.engine.rulebook.library import load_rulebook
    from hege.engine.survey import questions, still_open
    from hege.engine.vocabulary import load_vocabulary
    from hege.outputs.survey_form import to_xlsx
    from hege.service.saving import write_files

    language = chosen_language(context)
    plan = _case(case, as_of)
    inspection = inspected(case, as_of, rules, language)
    book = load_rulebook(packs(rules or plan.rules))
    known = {r.asset.id for b in inspection.batches for r in b.assets}
    for name in asset:
        if name not in known:
            raise no_such_asset(case, name, sorted(known))
    forms: dict[str, bytes] = {}
    lines: list[str] = []
    for batch in inspection.batches:
        asked = questions(book, batch.kind, batch.as_of)
        for result in batch.assets:
            if result.asset.id in asset or (not asset and result.score is not None):
                put = still_open(result, asked, plan.facts, load_vocabulary(), batch.as_of, seed)
                if put:
                    name = f"{result.asset.id}-{batch.as_of}.xlsx"
                    forms[name] = to_xlsx(result.asset, put, batch.as_of)
                    lines.append(Text(zh=f"{name}：{len(put)}项", en=f"{name}: {len(put)} questions").shown(language))
    if forms:
        write_files(Path(out), forms)
    lines.append(Text(zh=f"共{len(forms)}份检查表", en=f"{len(forms)} forms").shown(language))
    say("\n".join(lines) + "\n")
    return DONE


@survey_group.command(
    "import",
    cls=Command,
    about=Text(
        zh="读回填好的检查表，写成案例文件夹里的survey事实（facts/survey-资产-日期.csv），记下检查人。\n\n"
        "没有填的仍是未知；有任何一处不对，什么也不写。",
        en="Read filled-in forms into the case folder as survey facts (facts/survey-ASSET-DATE.csv), with the inspector's name.\n\n"
        "What is not filled in stays unknown; with any fault nothing is written.",
    ),
)
@case_argument
@argument("form", nargs=-1, required=True, about=Text(zh="填好的检查表。", en="Filled-in forms."))
@option(
    "--inspector",
    default="",
    metavar="NAME",
    about=Text(zh="检查表没有写检查人时用。", en="Where a form names no inspector."),
)
@rules_option
@language_option()
@click.pass_context
def import_command(
    context: click.Context, case: str, form: tuple[str, ...], inspector: str, rules: tuple[str, ...]
) -> int:
    """Reads and checks all forms, then writes."""
    from hege.collectors.survey_form import read_forms
    from hege.engine.rulebook.library import load_rulebook
    from hege.engine.survey import questions
    from hege.service.saving import write_files

    language = chosen_language(context)
    plan = _case(case, None)
    book = load_rulebook(packs(rules or plan.rules))
    asked = {q.item: q for b in plan.batches for q in questions(book, b.kind, b.as_of)}
    forms = read_forms([Path(f) for f in form], asked, plan.facts.assets["id"].to_list(), inspector)
    _refuse_what_is_there(Path(case), forms)
    written = {f"survey-{f.asset}-{f.day}.csv": f.to_csv().encode() for f in forms if f.rows}
    if written:
        write_files(Path(case) / "facts", written)
    for f in forms:
        text = Text(
            zh=f"{f.file.name}：{f.asset}，{f.day}，{f.inspector}，{len(f.rows)}项已答，{f.unanswered}项未答",
            en=f"{f.file.name}: {f.asset}, {f.day}, {f.inspector}, {len(f.rows)} answered, {f.unanswered} open",
        )
        say(text.shown(language) + "\n")
    return DONE


def _case(folder: str, as_of: date | None) -> Case:
    from hege.collectors.casefolder import read_case
    from hege.engine.vocabulary import load_vocabulary

    case = read_case(Path(folder), load_vocabulary())
    return case if as_of is None else at(case, as_of)


def _refuse_what_is_there(folder: Path, forms: Iterable[Form]) -> None:
    """Two forms about one asset and day, or a file already there: nothing says which of the two is right."""
    from hege.engine.errors import InputError, Place, Problem

    problems, seen = [], dict[str, Path]()
    for form in forms:
        name = f"survey-{form.asset}-{form.day}.csv"
        there = folder / "facts" / name
        if name in seen or (there.exists() and there.read_bytes() != form.to_csv().encode()):
            first = seen.get(name, there)
            problems.append(Problem(
                code="already-imported", place=Place(file=str(form.file)),
                message=Text(zh=f"{form.asset}在{form.day}的检查表已有：{first}", en=f"there is a form about {form.asset} on {form.day} already: {first}"),
                hint=Text(zh="更正的，改写检查日期另行导入，或先删去原文件", en="to correct it, import it under another date, or remove that file first"),
            ))  # fmt: skip
        seen.setdefault(name, form.file)
    if problems:
        raise InputError(problems)
