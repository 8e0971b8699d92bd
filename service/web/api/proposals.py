"""Proposals to publish a rulebook: made by one, approved by another."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hege.engine.text import Text
from hege.outputs.comparison import impact_document
from hege.service.web import proposals
from hege.service.web.accounts import Change
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.shapes import Decision, NewProposal, faults
from hege.service.web.problems import Refused
from hege.service.web.rights import API

router = new_router(API, tags=["rules"])


@router.get("/proposals", responses=faults())
def list_proposals(service: Serving) -> list[dict[str, Any]]:
    """All proposals, newest first."""
    with service.ledger.reading() as connection:
        return [proposals.plain(row, whole=False) for row in proposals.listed(connection)]


@router.get("/proposals/{proposal}", responses=faults(404))
def show_proposal(service: Serving, proposal: str) -> dict[str, Any]:
    """A proposal with its texts."""
    with service.ledger.reading() as connection:
        return proposals.plain(proposals.found(connection, proposal), whole=True)


@router.post("/proposals", status_code=201, responses=faults(413))
def propose(visitor: Asking, service: Serving, body: NewProposal) -> dict[str, Any]:
    """Proposes a pack to be published. It is compiled, so that what cannot be read is refused here."""
    change = Change(by=visitor.name, why=body.why, at=service.clock())
    return proposals.plain(proposals.propose(service.ledger, change, body.pack, body.files), whole=False)


@router.post("/proposals/{proposal}/approve", responses=faults(404, 409))
async def approve(visitor: Asking, service: Serving, proposal: str, body: Decision) -> dict[str, Any]:
    """Publishes what somebody else proposed: tests, coverage and impact as with `hege rules publish`."""
    most = None if body.max_flips_percent is None else Fraction(str(body.max_flips_percent)) / 100
    done = await service.heavy.run(
        proposals.approve, service.settings.ledger, proposal, visitor.name, body.why, service.clock(), most, body.force
    )
    if done.receipt is None:
        zh, en = ("；".join(o.what.zh for o in done.objections), "; ".join(o.what.en for o in done.objections))
        raise Refused(409, "not-published", Text(zh=f"未发布：{zh}", en=f"not published: {en}"),
                      Text(zh="改好后重新提出，或在force写明仍要发布的理由", en="propose it again when it is right, or give the reason in `force`"))  # fmt: skip
    return {
        "rulebook": done.rulebook, "batch": done.receipt.batch, "against": done.against or None,
        "cases": done.tested.cases, "failed": list(done.tested.failed), "gaps": list(done.tested.gaps),
        "objections": [{"code": o.code, "zh": o.what.zh, "en": o.what.en} for o in done.objections],
        "impacts": {r: impact_document(found) for r, found in done.impacts if visitor.sees(r)},
    }  # fmt: skip


@router.post("/proposals/{proposal}/reject", responses=faults(404, 409))
def reject(visitor: Asking, service: Serving, proposal: str, body: Decision) -> dict[str, Any]:
    """Closes a proposal without publishing it."""
    change = Change(by=visitor.name, why=body.why, at=service.clock())
    return proposals.plain(proposals.reject(service.ledger, change, proposal), whole=False)
