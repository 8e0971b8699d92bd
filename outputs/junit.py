"""An inspection as JUnit XML, for those who run it in a pipeline: a suite a batch, a case an asset.

An asset that fails is a failure, an undetermined one an error (it could not be decided), an exempt one is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from hege.engine.result import AssetResult, Batch, Inspection, Verdict
from hege.engine.text import Language
from hege.outputs import overview
from hege.outputs.characters import lines
from hege.outputs.statements import arithmetic, law


def to_junit(inspection: Inspection, language: Language) -> str:
    """The whole document."""
    suites = "".join(_suite(batch, language) for batch in inspection.batches)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={_a(inspection.title)}>\n{suites}</testsuites>\n'


def _suite(batch: Batch, language: Language) -> str:
    g, name = batch.group, overview.heading(batch, language)
    cases = "".join(_case(r, name, language) for r in batch.assets)
    return (
        f'<testsuite name={_a(name)} tests="{g.total}" failures="{g.failed}" errors="{g.undetermined}" skipped="{g.exempt}" '
        f'timestamp="{batch.as_of.isoformat()}T00:00:00">\n{cases}</testsuite>\n'
    )


def _case(result: AssetResult, suite: str, language: Language) -> str:
    asset = result.asset
    name = " · ".join(w for w in (asset.name or asset.id, asset.platform, asset.id) if w)
    inside = {Verdict.FAIL: "failure", Verdict.UNDETERMINED: "error", Verdict.EXEMPT: "skipped"}.get(result.verdict)
    told = ""
    if inside:
        why = "\n".join(_reasons(result, language))
        told = f"<{inside} message={_a(overview.said(result, language))}"
        told += f">{_t(why)}</{inside}>" if inside != "skipped" else "/>"
    noted = "\n".join(text for text in (result.remark, *result.steps, *result.open_steps) if text)
    told += f"<system-out>{_t(noted)}</system-out>" if noted else ""
    return f"<testcase classname={_a(suite)} name={_a(name)}>{told}</testcase>\n"


def _reasons(result: AssetResult, language: Language) -> Iterator[str]:
    for finding in overview.decisive(result):
        parts = [finding.title, law(finding.clause, language) if finding.clause else "", arithmetic(finding, language)]
        yield " | ".join(part for part in (*parts, " ".join(seen.id for seen in finding.facts)) if part)


def _a(text: str) -> str:
    return quoteattr(lines(text))


def _t(text: str) -> str:
    return escape(lines(text))
