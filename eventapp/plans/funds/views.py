"""Requests for funds: all of a plan with their sums, one with its claims, asking, deciding."""

from typing import Any

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.content import queries as lines
from eventapp.plans.files import queries as files
from eventapp.plans.funds import jobs, rules, service  # noqa: F401 - a job is there once it is imported
from eventapp.plans.funds import queries as funds
from eventapp.plans.funds.forms import DecideRequestForm, VersionForm
from eventapp.plans.models import CLAIM_STATE_LABELS, FUND_STATE_LABELS, ClaimState, FundRequest, FundState
from eventapp.plans.pages import page
from eventapp.plans.queries import Seen

blueprint = Blueprint("plan_funds", __name__)


@blueprint.get("/plans/<reference:plan_code>/funds/")
@plan_reader
def index(plan_code: str) -> str:
    """What is asked for, granted, claimed and paid, with sums."""
    seen = queries.plan(viewer(), plan_code)
    context, claims = lines.context(seen), funds.claims(seen.plan)
    rows = [_sums(one, claims.get(one.id, [])) for one in funds.requests(seen.plan)]
    totals = {name: sum((row[name] for row in rows), rules.NOUGHT) for name in ("amount", "share", "claimed", "paid", "left")}
    section = next((one for one in queries.sections(seen.plan) if one.kind.value == "mdf"), None)
    return page(
        "plans/funds/index.html",
        seen,
        "plan",
        rows=rows,
        totals=totals,
        context=context,
        section=section,
        fund_labels=FUND_STATE_LABELS,
        opens=rules.takes_requests(seen.plan),
    )


def _sums(one: FundRequest, claims: list[Any]) -> dict[str, Any]:
    """A request with what became of it in numbers; what was not granted comes to nothing."""
    granted = one.state in (FundState.APPROVED, FundState.EXPIRED)
    return {
        "request": one,
        "amount": one.amount,
        "share": rules.share(one) if granted else rules.NOUGHT,
        "claimed": rules.claimed(claims, *rules.COUNTED),
        "paid": rules.claimed(claims, ClaimState.PAID),
        "left": rules.left(one, claims),
    }


@blueprint.get("/plans/<reference:plan_code>/funds/<id:fund_id>")
@plan_reader
def show(plan_code: str, fund_id: int) -> str:
    """One request with its claims, and what may be done now."""
    seen = queries.plan(viewer(), plan_code)
    one = funds.request(seen.plan, fund_id)
    claims = funds.claims_of(one)
    asks, decides = rules.may_ask(seen.standing), rules.may_decide(seen.standing)
    in_force, pays = rules.takes_requests(seen.plan), rules.takes_claims(seen.plan)
    signed, left = funds.is_signed(seen.plan, one), rules.left(one, claims)
    late = rules.is_too_late(one, now().date())
    return page(
        "plans/funds/show.html",
        seen,
        "plan",
        fund=one,
        claims=claims,
        files=files.of_claims(seen.plan),
        context=lines.context(seen),
        sums=_sums(one, list(claims)),
        late=late,
        signed=signed,
        not_signed=service.NOT_SIGNED,
        fund_labels=FUND_STATE_LABELS,
        claim_labels=CLAIM_STATE_LABELS,
        may_ask=asks and in_force,
        may_decide=decides and in_force and one.state is FundState.SUBMITTED,
        may_claim=asks and pays and signed and left > 0 and not late,
        may_ask_claims=asks and pays,
        may_decide_claims=decides and pays,
    )


def _for(plan_code: str, fund_id: int, *, decides: bool) -> tuple[Seen, FundRequest]:
    """The request for the partner's people who ask, or the vendor's who decide; 403 for everybody else who reads it."""
    seen = queries.plan(viewer(), plan_code)
    found = funds.request(seen.plan, fund_id)
    if not (rules.may_decide if decides else rules.may_ask)(seen.standing):
        abort(403)
    return seen, found


@blueprint.post("/plans/<reference:plan_code>/funds/<id:fund_id>/<any(submit, back):fund_act>")
@plan_writer
def ask(plan_code: str, fund_id: int, fund_act: str) -> ResponseReturnValue:
    """The partner asks, or takes it back."""
    seen, found = _for(plan_code, fund_id, decides=False)
    base = version_in(VersionForm())

    def act() -> None:
        step = service.submit if fund_act == "submit" else service.take_back
        step(seen.plan, found, base=base, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".show", plan_code=plan_code, fund_id=fund_id))


@blueprint.route("/plans/<reference:plan_code>/funds/<id:fund_id>/decide", methods=["GET", "POST"])
@plan_writer
def decide(plan_code: str, fund_id: int) -> ResponseReturnValue:
    """The vendor grants the request or not."""
    seen, found = _for(plan_code, fund_id, decides=True)
    form = DecideRequestForm(data={"version": found.version, "claim_until": rules.last_day(seen.plan, found, now().date())})

    def act() -> str:
        values: dict[str, Any] = {"base": version_in(form), "standing": seen.standing, "by": current_user, "at": now()}
        note = form.note.data or ""
        if form.decision.data == "approve":
            service.approve(seen.plan, found, form.claim_until.data, note, **values)
        else:
            service.reject(seen.plan, found, note, **values)
        return url_for(".show", plan_code=plan_code, fund_id=fund_id)

    def show_again(stale: bool) -> str:
        again, there = _for(plan_code, fund_id, decides=True)
        if stale:
            form.version.data, form.version.raw_data = str(there.version), None
        return page(
            "plans/funds/decide.html",
            again,
            "plan",
            form=form,
            fund=there,
            claim=None,
            share=rules.share(there),
            files=[],
            context=lines.context(again),
            has_errors=form.refused,
        )

    return carry_out(form, act, show_again)
