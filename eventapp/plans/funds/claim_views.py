"""Claims: writing them down, their proof, handing in, deciding, paying."""

from typing import Any

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_writer
from eventapp.plans.content import queries as lines
from eventapp.plans.files import queries as files
from eventapp.plans.files import service as keeping
from eventapp.plans.files.forms import FileForm
from eventapp.plans.files.rules import takes_files
from eventapp.plans.funds import claims as service
from eventapp.plans.funds import queries as funds
from eventapp.plans.funds import rules
from eventapp.plans.funds.forms import ClaimForm, DecideForm, PayForm, VersionForm
from eventapp.plans.models import FundClaim, FundRequest
from eventapp.plans.pages import page
from eventapp.plans.queries import Seen

blueprint = Blueprint("plan_claims", __name__)


def _back(plan_code: str, request: FundRequest | FundClaim) -> str:
    fund_id = request.id if isinstance(request, FundRequest) else request.request_id
    return url_for("plan_funds.show", plan_code=plan_code, fund_id=fund_id)


def _for(plan_code: str, claim_id: int, *, decides: bool) -> tuple[Seen, FundClaim]:
    """The claim for the partner's people who claim, or the vendor's who decide; 403 for everybody else who reads it."""
    seen = queries.plan(viewer(), plan_code)
    found = funds.claim(seen.plan, claim_id)
    if not (rules.may_decide if decides else rules.may_ask)(seen.standing):
        abort(403)
    return seen, found


@blueprint.route("/plans/<reference:plan_code>/funds/<id:fund_id>/claim", methods=["GET", "POST"])
@plan_writer
def add(plan_code: str, fund_id: int) -> ResponseReturnValue:
    """Writes a claim down; its proof comes next."""
    seen = queries.plan(viewer(), plan_code)
    request = funds.request(seen.plan, fund_id)
    if not rules.may_ask(seen.standing):
        abort(403)
    form = ClaimForm()

    def act() -> str:
        made = service.add(seen.plan, request, *form.said(), standing=seen.standing, by=current_user, at=now())
        return url_for(".proof", plan_code=plan_code, claim_id=made.id)

    return carry_out(form, act, lambda _stale: _form_page(plan_code, fund_id, form, None))


@blueprint.route("/plans/<reference:plan_code>/funds/claims/<id:claim_id>", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str, claim_id: int) -> ResponseReturnValue:
    """Changes a claim that is not handed in."""
    seen, found = _for(plan_code, claim_id, decides=False)
    form = ClaimForm(obj=found)

    def act() -> str:
        base = version_in(form)
        service.change(seen.plan, found, *form.said(), base=base, standing=seen.standing, by=current_user, at=now())
        return _back(plan_code, found)

    def show(stale: bool) -> str:
        _again, there = _for(plan_code, claim_id, decides=False)
        if stale:
            form.version.data, form.version.raw_data = str(there.version), None
        return _form_page(plan_code, there.request_id, form, there if stale else None, claim_id)

    return carry_out(form, act, show)


def _form_page(plan_code: str, fund_id: int, form: ClaimForm, theirs: FundClaim | None, claim_id: int | None = None) -> str:
    seen = queries.plan(viewer(), plan_code)
    request = funds.request(seen.plan, fund_id)
    others = [one for one in funds.claims_of(request) if one.id != claim_id]
    return page(
        "plans/funds/claim.html",
        seen,
        "plan",
        form=form,
        fund=request,
        claim_id=claim_id,
        theirs=theirs,
        left=rules.left(request, others),
        context=lines.context(seen),
        has_errors=form.refused,
    )


@blueprint.post("/plans/<reference:plan_code>/funds/claims/<id:claim_id>/<any(submit, back, remove):claim_act>")
@plan_writer
def act(plan_code: str, claim_id: int, claim_act: str) -> ResponseReturnValue:
    """The partner hands a claim in, takes it back, or deletes it."""
    seen, found = _for(plan_code, claim_id, decides=False)
    base, back = version_in(VersionForm()), _back(plan_code, found)
    steps = {"submit": service.submit, "back": service.take_back, "remove": service.remove}

    def carry() -> None:
        steps[claim_act](seen.plan, found, base=base, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), carry, back)


@blueprint.route("/plans/<reference:plan_code>/funds/claims/<id:claim_id>/proof", methods=["GET", "POST"])
@plan_writer
def proof(plan_code: str, claim_id: int) -> ResponseReturnValue:
    """The files that prove a claim: those that are there, and a further one."""
    seen, found = _for(plan_code, claim_id, decides=False)
    me = seen.standing.member
    assert me is not None
    form = FileForm()

    def act() -> str:
        file = keeping.read(form.file.data.filename, form.file.data.stream)
        keeping.keep(seen.plan, found, file, member=me, by=current_user, at=now())
        return url_for(".proof", plan_code=plan_code, claim_id=claim_id)

    def show(_stale: bool) -> str:
        again, there = _for(plan_code, claim_id, decides=False)
        return page(
            "plans/funds/proof.html",
            again,
            "plan",
            form=form,
            claim=there,
            fund=funds.request(again.plan, there.request_id),
            files=files.files(there),
            context=lines.context(again),
            opens=takes_files(again.plan, there),
            has_errors=form.refused,
        )

    return carry_out(form, act, show)


@blueprint.post("/plans/<reference:plan_code>/funds/claims/<id:claim_id>/proof/<token:plan_file_key>/remove")
@plan_writer
def remove_proof(plan_code: str, claim_id: int, plan_file_key: str) -> ResponseReturnValue:
    """Deletes a file of a claim that is not handed in."""
    seen, claim = _for(plan_code, claim_id, decides=False)
    found = files.file(seen.plan, plan_file_key, seen.standing)
    me = seen.standing.member
    if found.claim_id != claim.id or me is None:
        raise NotFoundError(plan_file_key)
    back = url_for(".proof", plan_code=plan_code, claim_id=claim_id)

    def act() -> None:
        keeping.remove(seen.plan, claim, found, member=me, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, back, _("Removed."))


@blueprint.route("/plans/<reference:plan_code>/funds/claims/<id:claim_id>/decide", methods=["GET", "POST"])
@plan_writer
def decide(plan_code: str, claim_id: int) -> ResponseReturnValue:
    """The vendor grants a claim or not."""
    seen, found = _for(plan_code, claim_id, decides=True)
    form = DecideForm(data={"version": found.version})

    def act() -> str:
        values: dict[str, Any] = {"base": version_in(form), "standing": seen.standing, "by": current_user, "at": now()}
        step = service.approve if form.decision.data == "approve" else service.reject
        step(seen.plan, found, form.note.data or "", **values)
        return _back(plan_code, found)

    return carry_out(form, act, lambda stale: _vendor_page(plan_code, claim_id, form, "decide", stale))


@blueprint.route("/plans/<reference:plan_code>/funds/claims/<id:claim_id>/pay", methods=["GET", "POST"])
@plan_writer
def pay(plan_code: str, claim_id: int) -> ResponseReturnValue:
    """The vendor says that a claim is paid."""
    seen, found = _for(plan_code, claim_id, decides=True)
    form = PayForm(data={"version": found.version, "paid_on": now().date()})

    def act() -> str:
        base = version_in(form)
        service.pay(seen.plan, found, form.paid_on.data, base=base, standing=seen.standing, by=current_user, at=now())
        return _back(plan_code, found)

    return carry_out(form, act, lambda stale: _vendor_page(plan_code, claim_id, form, "pay", stale))


def _vendor_page(plan_code: str, claim_id: int, form: Any, what: str, stale: bool) -> str:
    seen, there = _for(plan_code, claim_id, decides=True)
    if stale:
        form.version.data, form.version.raw_data = str(there.version), None
    return page(
        "plans/funds/decide.html" if what == "decide" else "plans/funds/pay.html",
        seen,
        "plan",
        form=form,
        claim=there,
        fund=funds.request(seen.plan, there.request_id),
        files=files.files(there),
        context=lines.context(seen),
        has_errors=form.refused,
    )
