"""A notice in each of its forms, and what a case knows that a notice tells beyond the inspection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hege.engine.facts import Facts
    from hege.engine.result import Inspection
    from hege.outputs.notice.content import Notice
    from hege.outputs.notice.fields import Known

FORMS = ("docx", "html", "md", "pdf", "xlsx")


def known_of(facts: Facts) -> Known:
    """What the facts say beyond their inspection; the newest registration gives an asset's code (标识码)."""
    from hege.outputs.notice.fields import Known

    registered = facts.tables["registration"].sort("observed_at").select("asset", "code").drop_nulls()
    messages = facts.tables["find_error"]
    return Known(
        codes=dict(registered.iter_rows()),
        find_errors=messages.height,
        find_errors_closed=messages["closed"].drop_nulls().len(),
    )


def in_form(form: str, inspection: Inspection, notice: Notice) -> bytes:
    """The bytes of a notice in one of FORMS."""
    match form:
        case "md":
            from hege.outputs.notice.markdown import to_markdown

            return to_markdown(notice).encode()
        case "html":
            from hege.outputs.notice.html import to_html

            return to_html(notice).encode()
        case "xlsx":
            from hege.outputs.workbook import Sheet, to_xlsx

            annexes = zip(notice.annex_names, notice.annexes, strict=True)
            return to_xlsx(
                inspection,
                [Sheet(name=f"{n} {a.title}", header=a.table.header, rows=a.table.rows) for n, a in annexes],
            )
    from hege.outputs.notice.docx import to_docx

    if form == "docx":
        return to_docx(notice)
    from hege.outputs.notice.pdf import to_pdf

    return to_pdf(to_docx(notice))
